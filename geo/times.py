"""Moments as people in China read them: stored in UTC, shown by the one clock of the whole country."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

CHINA = ZoneInfo("Asia/Shanghai")


def local(moment: datetime) -> datetime:
    """An aware moment by China's clocks."""
    return moment.astimezone(CHINA)


def china_day(moment: datetime) -> date:
    """The calendar day that an aware moment falls on in China."""
    return local(moment).date()


def days_since(start: datetime, moments: Sequence[datetime]) -> NDArray[np.float64]:
    """Days from `start` to each moment, parts included, whatever their zones. A moment without a zone is refused
    with ValueError: nobody can say when it was.
    """
    if start.tzinfo is None or any(moment.tzinfo is None for moment in moments):
        raise ValueError("moments need a time zone")
    return np.array([(moment - start).total_seconds() / 86_400 for moment in moments], dtype=float)
