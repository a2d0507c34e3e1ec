"""The county's school calendar, and facts that officers recorded on the newest checks, for someone to judge."""

from datetime import date, timedelta
from typing import Any

from geo.times import china_day

from ..field.checks import Check, CheckKind
from ..registry.sites import Site, SiteKind
from ..rules.observations import Observation
from ..rules.school_year import PeriodKind, SchoolPeriod
from ..rules.subjects import Subject
from . import names, rhythm
from .book import Book, Row, moment
from .chance import Chance

SOURCE = "{county}中小学校历（演示数据）"
OBSERVED = 40  # the newest checks
ENDS = ("20:00", "20:20", "20:30", "20:45", "21:10")


def write_school_years(book: Book) -> None:
    """Terms and vacations as `rhythm` has them, from the school year of the story's beginning to the next."""
    chance = book.chance.stream("school years")
    source = SOURCE.format(county=names.COUNTY)
    entered = moment(book.today - timedelta(days=400), 9)
    for year in range(book.today.year - 2, book.today.year + 2):
        winter, summer = (_days(year, span) for span in (rhythm.WINTER, rhythm.SUMMER))
        autumn = date(year - 1, 9, 1)
        spans = (
            (PeriodKind.AUTUMN_TERM, autumn, _before(winter[0])),
            (PeriodKind.WINTER, *winter),
            (PeriodKind.SPRING_TERM, _after(winter[1]), _before(summer[0])),
            (PeriodKind.SUMMER, *summer),
        )
        for kind, first, last in spans:
            book.add(SchoolPeriod, id=chance.id(entered), kind=kind, first_day=first, last_day=last, source=source)


def write_observations(book: Book) -> None:
    chance = book.chance.stream("observations")
    kinds = {row["id"]: row["kind"] for row in book.of(Site)}
    checks = sorted(book.of(Check, lambda row: row["kind"] is not CheckKind.SELF), key=_finished)[-OBSERVED:]
    for check in checks:
        at_school = kinds[check["site_id"]] is SiteKind.SCHOOL
        for subject, about, facts in _at_school(chance) if at_school else _at_institution(chance):
            received = check["received_at"]
            book.add(
                Observation,
                id=chance.id(received),
                check_id=check["id"],
                subject=subject,
                day=china_day(_finished(check)),
                about=about,
                facts=facts,
                person_id=check["person_id"],
                created_at=received,
                updated_at=received,
            )


Noted = tuple[Subject, str, dict[str, Any]]


def _at_school(chance: Chance) -> list[Noted]:
    grade = chance.randint(1, 9)
    minutes = 0 if grade < 3 and chance.happens(0.8) else chance.choice((20, 40, 50, 60, 75, 90, 100))
    return [(Subject.HOMEWORK, f"{grade}年级{chance.randint(1, 6)}班", {"grade": grade, "minutes": minutes})]


def _at_institution(chance: Chance) -> list[Noted]:
    lesson = {"is_online": False, "starts_at": "18:30", "ends_at": chance.choice(ENDS)}
    if chance.happens(0.7):  # otherwise a fact is missing, and is asked for
        lesson |= {"audience": "compulsory", "is_subject": chance.happens(0.5)}
    fee = {"months": chance.choice((1, 3, 6)), "paid_yuan": chance.choice((1800, 3600, 4980, 6800))}
    noted: list[Noted] = [(Subject.LESSON, "二楼教室正在上的课", lesson)]
    if chance.happens(0.5):
        noted.append((Subject.FEE, "抽看的一张收据", fee))
    return noted


def _finished(check: Row) -> Any:
    return check["device_finished_at"]


def _days(year: int, span: rhythm.Span) -> tuple[date, date]:
    first, last = span
    return date(year, *first), date(year, *last)


def _before(day: date) -> date:
    return day - timedelta(days=1)


def _after(day: date) -> date:
    return day + timedelta(days=1)
