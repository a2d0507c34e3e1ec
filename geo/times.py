"""Moments as people in China read them: stored in UTC, shown by the one clock of the whole country."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def local(moment: datetime) -> datetime:
    """An aware moment by China's clocks."""
    return moment.astimezone(CHINA)


def china_day(moment: datetime) -> date:
    """The calendar day that an aware moment falls on in China."""
    return local(moment).date()
