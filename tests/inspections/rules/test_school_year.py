"""The county's terms and vacations."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inspections.db import error_from, new_id, scope
from inspections.errors import Forbidden, Invalid, NotFound
from inspections.registry.people import Person, Role
from inspections.rules.school_year import PeriodKind, SchoolPeriod, list_periods, remove_period, set_period
from tests.factories import COUNTY, make_person

AUTUMN = {
    "kind": "autumn_term",
    "first_day": "2026-09-01",
    "last_day": "2027-01-22",
    "source": "万年县中小学2026—2027学年校历",
}


@pytest.fixture
def director(session: Session) -> Person:
    return make_person(session, Role.DIRECTOR)


def refused(session: Session, person: Person, **changes: str) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        set_period(session, person, AUTUMN | changes)
    return {name: str(message) for name, message in caught.value.fields.items()}


def test_a_term_is_entered_corrected_and_removed(session: Session, director: Person) -> None:
    period = set_period(session, director, AUTUMN)
    set_period(session, director, AUTUMN | {"last_day": "2027-01-20"}, period.id)
    (kept,) = list_periods(session, director)
    assert (kept.kind, kept.last_day.isoformat()) == (PeriodKind.AUTUMN_TERM, "2027-01-20")
    remove_period(session, director, period.id)
    session.flush()
    assert list_periods(session, director) == []


def test_two_periods_never_overlap(session: Session, director: Person) -> None:
    set_period(session, director, AUTUMN)
    assert refused(session, director, kind="winter", first_day="2027-01-22", last_day="2027-02-20") == {
        "first_day": "与“秋季学期”（2026-09-01 至 2027-01-22）重叠，请核对"
    }
    set_period(session, director, AUTUMN | {"kind": "winter", "first_day": "2027-01-23", "last_day": "2027-02-20"})


def test_of_two_who_enter_at_once_the_second_is_told_so(session: Session, director: Person) -> None:
    set_period(session, director, AUTUMN)
    period = list_periods(session, director)[0]
    session.add(
        SchoolPeriod(
            county=COUNTY, id=new_id(), kind=PeriodKind.WINTER, source="校历",
            first_day=period.last_day, last_day=period.last_day,
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError) as caught:
        session.flush()
    assert "重叠" in str(error_from(caught.value).fields["first_day"])  # type: ignore[attr-defined]


def test_what_cannot_be_is_named_field_by_field(session: Session, director: Person) -> None:
    assert set(refused(session, director, kind="holiday", first_day="2026-02-30", source="")) == {
        "kind", "first_day", "source",
    }  # fmt: skip
    assert refused(session, director, last_day="2026-08-31") == {"last_day": "最后一天早于第一天，请核对"}
    assert set(refused(session, director, last_day="2028-01-01")) == {"last_day"}
    assert set(refused(session, director, first_day="9999-12-31", last_day="9999-12-31")) == {
        "first_day",
        "last_day",
    }


def test_another_county_sees_and_changes_none(session: Session, director: Person) -> None:
    period = set_period(session, director, AUTUMN)
    session.flush()
    scope(session, "421303")
    stranger = make_person(session, Role.DIRECTOR, county="421303")
    assert list_periods(session, stranger) == []
    with pytest.raises(NotFound):
        remove_period(session, stranger, period.id)


def test_an_auditor_changes_no_calendar(session: Session) -> None:
    with pytest.raises(Forbidden):
        set_period(session, make_person(session, Role.AUDITOR), AUTUMN)
