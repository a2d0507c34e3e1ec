"""Time bands: the parts of the week in which hidden teaching goes on, and grid cells are walked."""

from datetime import datetime
from typing import TYPE_CHECKING

from ..days import CHINA
from ..errors import say
from ..vocabulary import Choice

if TYPE_CHECKING:
    from ..rules.calendar import Calendar

EVENING_FROM = 18  # o'clock, when schools' after-school service is over


class TimeBand(Choice):
    WORKDAY = "workday", say("工作日白天")
    EVENING = "evening", say("工作日晚间")
    WEEKEND = "weekend", say("周末")
    HOLIDAY = "holiday", say("节假日")


def band_at(calendar: "Calendar", moment: datetime) -> TimeBand:
    """The band of an aware moment, by the day it is in China.

    A vacation of the county's schools is a holiday, a weekend worked for a holiday is a workday. In a year whose
    calendar isn't published, the days from Monday to Friday are workdays.
    """
    from ..rules.calendar import VACATIONS, DayKind  # rules know this package's tables

    local = moment.astimezone(CHINA)
    kind, period = calendar.kind_of(local.date()), calendar.period_of(local.date())
    if kind is DayKind.HOLIDAY or (period and period.kind in VACATIONS):
        return TimeBand.HOLIDAY
    if kind is DayKind.WEEKEND or (kind is DayKind.UNKNOWN and local.weekday() > 4):
        return TimeBand.WEEKEND
    return TimeBand.EVENING if local.hour >= EVENING_FROM else TimeBand.WORKDAY
