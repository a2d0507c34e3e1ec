"""Moments as people read them: stored in UTC, shown in China's time."""

from datetime import datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def local(moment: datetime) -> datetime:
    """The moment by China's clocks."""
    return moment.astimezone(CHINA)
