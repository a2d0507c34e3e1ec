"""Every detector over a county's material: what signals today, and of what it would have warned in the past."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import Message, say
from ...field.checklists import ChecklistItem
from ...registry.areas import Area, AreaLevel
from ...registry.sites import SiteCategory
from .detectors import Detector, InForce, Values
from .fees import fees
from .material import Material
from .nearby import near_repeats
from .places import reopened, shared_clues, spread
from .seasons import seasons
from .signals import Names, Signal, episodes, folded
from .streams import first_day
from .surges import SURGES, surges

LOOKED_BACK = 3  # days that are judged again each time: what was late to come counts for its own day
OVER_AFTER = timedelta(days=7)  # without a signal a condition is over
TRIAL_DAYS = 365

Find = Callable[[Material, Values, Iterable[date], Names], Iterator[Signal]]


def _surge(
    detector: Detector, material: Material, values: Values, days: Iterable[date], names: Names
) -> Iterator[Signal]:
    return surges(material, detector, values, days, names)


FINDERS: Mapping[Detector, Find] = {
    Detector.FEES: fees,
    Detector.REOPENED: reopened,
    Detector.SPREAD: spread,
    Detector.SHARED: shared_clues,
    Detector.NEAR_REPEAT: near_repeats,
    Detector.SEASON: seasons,
    **{detector: partial(_surge, detector) for detector in SURGES},
}


def detect(material: Material, settings: Mapping[Detector, InForce], names: Names) -> list[Signal]:
    """The conditions that signal now, each once."""
    last = material.last_day
    days = [last - timedelta(days=back) for back in range(LOOKED_BACK)]
    found: list[Signal] = []
    for detector, setting in settings.items():
        if setting.is_on:
            found += FINDERS[detector](material, setting.values, days, names)
    return folded(found)


class Trial(NamedTuple):
    """How many warnings some thresholds would have given between two days; None where there is no data."""

    first: date | None
    last: date
    warned: int


def try_out(material: Material, detector: Detector, values: Values, names: Names) -> Trial:
    """Run one detector over each day of the past year. Tips count as they stand now."""
    last, begin = material.last_day, first_day(material)
    if begin is None:
        return Trial(None, last, 0)
    first = max(begin, last - timedelta(days=TRIAL_DAYS - 1))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return Trial(first, last, episodes(FINDERS[detector](material, values, days, names), OVER_AFTER))


def read_names(session: Session, county: str) -> Names:
    """Townships by id; categories and items of checklists by code."""
    towns = select(Area.id, Area.name).where(Area.county == county, Area.level == AreaLevel.TOWNSHIP)
    items = select(ChecklistItem.code).distinct()
    kinds: dict[str, Message] = {code: say("第 {code} 项", code=code) for code in session.scalars(items)}
    kinds |= {category.value: category.label for category in SiteCategory} | {"other": say("其他")}
    return Names({str(key): name for key, name in session.execute(towns)}, kinds)
