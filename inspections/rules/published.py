"""Years of the State Council's calendar as a public library knows them (`chinesecalendar`, 2004 on).

A new release of the library brings a new year without anybody typing it. What stands in our own table, or was
entered from the notice, goes before it: the notice is the law, the library a reading of it.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.metadata import version
from types import MappingProxyType
from typing import NamedTuple


class Year(NamedTuple):
    """`off` are days off and `work` weekend days that are worked: ISO days with the name of their holiday."""

    source: str
    off: Mapping[str, str]
    work: Mapping[str, str]


# The library names three feasts without the word for feast
NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


@cache
def published_years() -> Mapping[int, Year]:
    """Every year that the installed library knows. A year it doesn't know is absent: nothing is guessed."""
    from chinese_calendar.constants import Holiday, holidays, workdays  # 30 ms: read when first asked

    def of(days: Mapping[date, str], year: int) -> dict[str, str]:
        return {day.isoformat(): _name(Holiday(name).chinese) for day, name in days.items() if day.year == year}

    source = f"chinesecalendar {version('chinesecalendar')}"
    years = sorted({day.year for day in holidays})
    return MappingProxyType({year: Year(source, of(holidays, year), of(workdays, year)) for year in years})


def _name(name: str) -> str:
    return NAMES.get(name, name)
