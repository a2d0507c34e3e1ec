"""Which days, place and moment a table is about."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from inspections.errors import Invalid
from inspections.registry.areas import AreaLevel
from inspections.registry.people import Person, Role
from inspections.registry.zones import Zone
from inspections.reporting.figures.asking import read_selection
from inspections.reporting.figures.periods import before, named, period_of, year_before
from inspections.reporting.figures.selection import Selection, of_days
from inspections.reporting.figures.terms import list_periods
from inspections.rules.school_year import set_period
from tests.casefile import make_area
from tests.factories import COUNTY, make_person

NOW = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)  # half past midnight of the 23rd in China
OTHER = "421303"


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER)


def asked(session: Session, person: Person, **form: Any) -> Selection:
    return read_selection(session, person, form, NOW)


@pytest.mark.parametrize(
    ("key", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("S2025", "2025-09-01", "2026-08-31"),
        ("2026-Q3", "2026-07-01", "2026-09-30"),
        ("2024-02", "2024-02-01", "2024-02-29"),
    ],
)
def test_a_period_is_asked_for_by_its_name(
    session: Session, dispatcher: Person, key: str, first: str, last: str
) -> None:
    found = asked(session, dispatcher, period=key)
    assert (found.first, found.last) == (date.fromisoformat(first), date.fromisoformat(last))
    assert str(named(found.first, found.last)) == str(period_of(key).label)


def test_a_term_of_the_countys_calendar_is_a_period(session: Session, dispatcher: Person) -> None:
    term = {"kind": "autumn_term", "first_day": "2026-09-01", "last_day": "2027-01-22", "source": "校历"}
    set_period(session, dispatcher, term)
    found = asked(session, dispatcher, period="T2026-09-01")
    assert (found.first, found.last) == (date(2026, 9, 1), date(2027, 1, 22))
    assert "T2026-09-01" in [each.key for each in list_periods(session, COUNTY, date(2026, 11, 23))]


@pytest.mark.parametrize(
    ("form", "field", "words"),
    [
        ({"period": "2027-Q1"}, "period", "2027 年第一季度从 2027-01-01 开始，还没有到，没有可以统计的数字"),
        ({"period": "2026-12"}, "period", "2026 年 12 月从 2026-12-01 开始，还没有到"),
        ({"from": "2026-11-24", "to": "2026-11-30"}, "from", "2026-11-24 还没有到"),
        ({"as_of": "2026-11-24"}, "as_of", "2026-11-24 还没有到，最晚是今天"),
        ({"period": "2026-Q3", "as_of": "2026-06-30"}, "as_of", "早于时段的第一天"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "to", "最后一天早于第一天"),
        ({"from": "2026-02-30", "to": "2026-03-01"}, "from", "请填写日期"),
        ({"from": "0001-01-01", "to": "2026-03-01"}, "from", "请填写日期"),
        ({"period": "2026-Q5"}, "period", "没有这个时段"),
        ({"period": "2026-00"}, "period", "没有这个时段"),
        ({"period": "T2026-09-01"}, "period", "没有这个时段"),
        ({"area": "t-1"}, "area", "没有这个镇街或责任区"),
        ({"area": "t-01890a5d-ac96-774b-bcce-b302099a8057"}, "area", "没有这个镇街或责任区"),
    ],
)
def test_what_cannot_be_counted_is_refused_with_what_to_do(
    session: Session, dispatcher: Person, form: dict[str, str], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        asked(session, dispatcher, **form)
    assert words in str(refused.value.fields[field])


def test_today_is_the_day_it_is_in_china(session: Session, dispatcher: Person) -> None:
    found = asked(session, dispatcher, **{"from": "2026-11-23", "to": "2026-11-23"})
    assert found.as_of == NOW
    assert found.is_running
    assert asked(session, dispatcher, period="2026-Q3").as_of == datetime(
        2026, 9, 30, 15, 59, 59, 999999, tzinfo=UTC
    )
    assert not asked(session, dispatcher, period="2026-Q3").is_running


def test_the_head_of_a_township_gets_its_figures_whatever_is_asked(session: Session) -> None:
    own, other = (
        make_area(session, name, AreaLevel.TOWNSHIP, (117.0, 28.6, 117.1, 28.7)) for name in ("陈营镇", "石镇")
    )
    head = make_person(session, Role.TOWNSHIP_ADMIN, township_id=own.id)
    zone = Zone(county=COUNTY, name="第一责任区")
    session.add(zone)
    session.flush()
    for area in ("", f"t-{other.id}", f"z-{zone.id}"):
        found = asked(session, head, area=area)
        assert (found.township_id, found.zone_id) == (own.id, None)
    with pytest.raises(Invalid):
        asked(session, make_person(session, Role.TOWNSHIP_ADMIN))


def test_the_periods_before_and_a_year_before_are_of_the_same_kind() -> None:
    assert before(date(2026, 7, 1), date(2026, 9, 30)) == (date(2026, 4, 1), date(2026, 6, 30))
    assert before(date(2026, 1, 1), date(2026, 1, 31)) == (date(2025, 12, 1), date(2025, 12, 31))
    assert before(date(2026, 1, 1), date(2026, 12, 31)) == (date(2025, 1, 1), date(2025, 12, 31))
    assert before(date(2026, 3, 9), date(2026, 3, 15)) == (date(2026, 3, 2), date(2026, 3, 8))
    assert year_before(date(2024, 2, 1), date(2024, 2, 29)) == (date(2023, 2, 1), date(2023, 2, 28))
    assert year_before(date(2025, 2, 1), date(2025, 2, 28)) == (date(2024, 2, 1), date(2024, 2, 29))


@given(
    st.dates(date(2000, 1, 1), date(2026, 11, 1)),
    st.integers(0, 4000),
    st.one_of(st.none(), st.uuids()),
    st.booleans(),
)
def test_a_selection_is_read_back_from_an_address_as_it_was(
    first: date, days: int, place: Any, is_zone: bool
) -> None:
    last = min(date.fromordinal(first.toordinal() + days), date(2026, 11, 23))
    key = "zone_id" if is_zone else "township_id"
    selection = of_days(COUNTY, first, last, NOW, **{key: place})
    assert Selection.parse(selection.as_text()) == selection


@pytest.mark.parametrize(
    "text", ["", "361129~2026-01-01", "361129~2026-13-01~2026-12-31~2026-11-22T00:00:00Z~", "'; --"]
)
def test_text_that_no_address_holds_is_no_selection(text: str) -> None:
    with pytest.raises(ValueError):
        Selection.parse(text)
