"""Regions that a rule or a calendar holds for: division codes of GB/T 2260, from the county up to the nation."""

from typing import Any

from sqlalchemy import CHAR, case, literal

from ..errors import Message, say

NATION = "000000"
CODE = CHAR(6)


def chain(county: str) -> list[str]:
    """A county and the regions above it, the nearest first."""
    return [county, f"{county[:4]}00", f"{county[:2]}0000", NATION]


def nearness(column: Any, county: str) -> Any:
    """An expression that orders regions of the county's chain, the nearest first."""
    return case({code: literal(place) for place, code in enumerate(chain(county))}, value=column)


def level(region: str) -> Message:
    """What kind of region a code is of."""
    if region == NATION:
        return say("全国")
    if region.endswith("0000"):
        return say("全省")
    return say("全市") if region.endswith("00") else say("本县")
