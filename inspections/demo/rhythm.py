"""When things happen: school terms and vacations, weekends, evenings, public holidays.

Terms and holidays are those of an ordinary school year, the same each year. They are the rhythm of a story, not
the statutory calendar, which is data of its own.
"""

from datetime import date, timedelta

from .chance import Chance

WINTER, SUMMER = ((1, 18), (2, 18)), ((7, 6), (8, 31))  # vacations, first and last day
HOLIDAYS = (((1, 1), (1, 3)), ((2, 1), (2, 8)), ((4, 4), (4, 6)), ((5, 1), (5, 5)), ((10, 1), (10, 7)))
SPRING_FESTIVAL = HOLIDAYS[1]

Span = tuple[tuple[int, int], tuple[int, int]]


def is_within(day: date, span: Span) -> bool:
    return span[0] <= (day.month, day.day) <= span[1]


def is_vacation(day: date) -> bool:
    return is_within(day, WINTER) or is_within(day, SUMMER)


def is_holiday(day: date) -> bool:
    return any(is_within(day, span) for span in HOLIDAYS)


def is_weekend(day: date) -> bool:
    return day.weekday() >= 5


def is_workday(day: date) -> bool:
    return not is_weekend(day) and not is_holiday(day)


def is_term_opening(day: date) -> bool:
    return is_within(day, ((9, 1), (9, 12))) or is_within(day, ((2, 19), (3, 1)))


def is_off(day: date) -> bool:
    """A day on which pupils have no lessons, and subject training is forbidden."""
    return is_weekend(day) or is_vacation(day) or is_holiday(day)


def days_until(today: date, count: int = 365) -> list[date]:
    """The days of the story, yesterday last."""
    return [today - timedelta(days=back) for back in range(count, 0, -1)]


def tip_weight(day: date, rhythm: str = "county", today: date | None = None) -> float:
    """How many tips a day brings against an ordinary school day."""
    if is_within(day, SPRING_FESTIVAL):
        return 0.15
    weight = 2.4 if is_weekend(day) else 1.0
    weight *= 1.5 if is_vacation(day) else 1.0
    weight *= 1.3 if is_holiday(day) else 1.0
    weight *= 1.4 if is_term_opening(day) else 1.0
    match rhythm:
        case "evening":
            weight = 0.25 if is_off(day) else 1.0
        case "weekend":
            weight *= 2.5 if is_off(day) else 0.4
        case "rising":
            weight *= max(0.02, 1 - ((today or day) - day).days / 75)
    return weight


def tip_hour(day: date, chance: Chance, rhythm: str = "county") -> float:
    """The hour at which a class is seen: after school on school days, in the morning and afternoon on others."""
    if not is_off(day) or rhythm == "evening":
        return min(21.8, max(11.6, chance.gauss(18.9, 1.1) if chance.happens(0.85) else chance.gauss(12.3, 0.4)))
    return chance.weighted({chance.gauss(9.4, 0.9): 45, chance.gauss(15.2, 1.2): 30, chance.gauss(19.2, 0.9): 25})


def work_hour(chance: Chance) -> float:
    """Within office hours, rarely over lunch."""
    return chance.uniform(8.6, 11.6) if chance.happens(0.55) else chance.uniform(14.4, 17.2)


def next_workday(day: date) -> date:
    while not is_workday(day):
        day += timedelta(days=1)
    return day
