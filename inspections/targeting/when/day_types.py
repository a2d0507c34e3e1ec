"""Kinds of days that have a rhythm of their own: school days by weekday, weekends, holidays, vacations."""

from datetime import date
from typing import NamedTuple

from ...errors import Message, say
from ...rules.calendar import VACATIONS, Calendar, DayKind
from ...vocabulary import Choice


class DayType(Choice):
    MONDAY = "monday", say("上学日（周一）")
    TUESDAY = "tuesday", say("上学日（周二）")
    WEDNESDAY = "wednesday", say("上学日（周三）")
    THURSDAY = "thursday", say("上学日（周四）")
    FRIDAY = "friday", say("上学日（周五）")
    SATURDAY = "saturday", say("周六")
    SUNDAY = "sunday", say("周日")
    HOLIDAY = "holiday", say("法定节假日")
    VACATION_DAY = "vacation_day", say("寒暑假（周一至周五）")
    VACATION_WEEKEND = "vacation_weekend", say("寒暑假周末")


TYPES = tuple(DayType)
SCHOOL_DAYS = tuple(range(5))


class TypedDay(NamedTuple):
    """`types` are indices in `TYPES`: one, or all five school days for a day worked for a holiday, whose timetable
    is that of any of them. `doubts` say what of the calendar isn't known.
    """

    day: date
    types: tuple[int, ...]
    label: Message
    doubts: tuple[Message, ...]


def typed(calendar: Calendar, day: date) -> TypedDay:
    kind, period, doubts = calendar.kind_of(day), calendar.period_of(day), []
    if kind is DayKind.UNKNOWN:
        doubts.append(say("{year} 年放假安排尚未公布，按周末估计", year=day.year))
    if period is None:
        doubts.append(say("校历没有登记 {day}，按上学期间估计", day=day.isoformat()))
    weekend = day.weekday() > 4 and kind is not DayKind.MAKE_UP
    if kind is DayKind.HOLIDAY:
        types: tuple[int, ...] = (TYPES.index(DayType.HOLIDAY),)
    elif period is not None and period.kind in VACATIONS:
        types = (TYPES.index(DayType.VACATION_WEEKEND if weekend else DayType.VACATION_DAY),)
    elif kind is DayKind.MAKE_UP:
        return TypedDay(day, SCHOOL_DAYS, kind.label, tuple(doubts))
    else:
        types = (day.weekday(),)
    return TypedDay(day, types, TYPES[types[0]].label, tuple(doubts))
