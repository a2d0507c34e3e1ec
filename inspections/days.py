"""Days as the county counts them: China has one time zone and no summer time."""

from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "CST")


def day_of(moment: datetime) -> date:
    """The day it is in China at an aware moment."""
    return moment.astimezone(CHINA).date()
