"""The hours of the week in which a site teaches, by what was reported and found, shrunk to what is above it."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.days import CHINA
from inspections.registry.people import Role
from inspections.registry.sites import SiteCategory, SiteKind, SiteState
from inspections.rules.calendar import Calendar, Period, calendar_of
from inspections.rules.school_year import PeriodKind, SchoolPeriod
from inspections.targeting.when import site_windows
from inspections.targeting.when.day_types import TYPES, DayType, typed
from inspections.targeting.when.priors import GROUPS, prior
from inspections.targeting.when.shares import SLOTS, best_window, scaled, shrunk, smooth, strength_of
from tests.factories import COUNTY, NOW, PLACE, make_check, make_finding, make_person, make_site, make_tip

TERM = Period(PeriodKind.AUTUMN_TERM, date(2026, 9, 1), date(2027, 1, 17))
SUMMER = Period(PeriodKind.SUMMER, date(2026, 7, 6), date(2026, 8, 31))
CALENDAR = Calendar(calendar_of([], []).years, (TERM, SUMMER))
DAYS = np.full(SLOTS, 52.0)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 17), DayType.TUESDAY),
        (date(2026, 11, 21), DayType.SATURDAY),
        (date(2026, 10, 2), DayType.HOLIDAY),
        (date(2026, 7, 15), DayType.VACATION_DAY),
        (date(2026, 7, 18), DayType.VACATION_WEEKEND),
    ],
)
def test_a_day_has_the_rhythm_of_its_kind(day: date, kind: DayType) -> None:
    found = typed(CALENDAR, day)
    assert [TYPES[each] for each in found.types] == [kind]
    assert found.doubts == ()


def test_a_saturday_worked_for_a_holiday_is_any_of_the_school_days() -> None:
    assert typed(CALENDAR, date(2026, 10, 10)).types == (0, 1, 2, 3, 4)


def test_in_a_year_nobody_published_weekends_are_days_off_and_the_doubt_is_said() -> None:
    found = typed(CALENDAR, date(2027, 1, 9))
    assert TYPES[found.types[0]] is DayType.SATURDAY
    assert [str(doubt) for doubt in found.doubts] == ["2027 年放假安排尚未公布，按周末估计"]


def test_a_day_outside_the_school_calendar_is_taken_for_term_and_that_is_said() -> None:
    assert [str(doubt) for doubt in typed(CALENDAR, date(2026, 3, 4)).doubts] == [
        "校历没有登记 2026-03-04，按上学期间估计"
    ]


def test_with_nothing_counted_a_profile_is_its_parents() -> None:
    parent = scaled(prior(GROUPS[0]), DAYS)
    assert shrunk(np.zeros((1, SLOTS)), DAYS, parent, 20.0)[0] == pytest.approx(parent)


@given(st.integers(0, SLOTS - 1), st.floats(1.0, 5000.0))
def test_what_was_counted_moves_a_profile_the_more_the_more_there_is(slot: int, count: float) -> None:
    parent = scaled(np.ones(SLOTS), DAYS)
    counts = np.zeros((2, SLOTS))
    counts[0, slot], counts[1, slot] = count, 2 * count
    once, twice = shrunk(counts, DAYS, parent, 20.0)
    assert parent[slot] < once[slot] < twice[slot]
    assert (once * DAYS).sum() == pytest.approx(1)


def test_a_kind_of_day_that_the_period_did_not_have_is_as_the_parent_says() -> None:
    days = DAYS.copy()
    days[-24:] = 0
    parent = scaled(prior(GROUPS[1]), DAYS)
    found = shrunk(np.zeros((1, SLOTS)), days, parent, 20.0)[0]
    assert found[-24:].argmax() == parent[-24:].argmax()
    assert np.isfinite(found).all()


def test_units_that_differ_are_shrunk_less_than_units_that_are_alike() -> None:
    rng = np.random.default_rng(7)
    parent = scaled(np.ones(SLOTS), DAYS)
    alike = rng.multinomial(40, np.full(SLOTS, 1 / SLOTS), size=60).astype(float)
    apart = np.zeros((60, SLOTS))
    apart[np.arange(60), rng.integers(0, SLOTS, 60)] = 40
    assert strength_of(apart, DAYS, parent) < 10 < strength_of(alike, DAYS, parent)


def test_smoothing_loses_no_occurrence() -> None:
    counts = np.random.default_rng(1).poisson(1.0, (5, SLOTS)).astype(float)
    assert smooth(counts).sum(axis=1) == pytest.approx(counts.sum(axis=1))


def test_the_window_is_the_likeliest_within_hours_when_a_visit_can_be() -> None:
    hours = np.zeros(24)
    hours[[2, 3]] = 50.0  # nobody goes at night
    hours[[19, 20]] = 10.0
    start, share = best_window(hours, 2, range(8, 21))
    assert (start, share) == (19, pytest.approx(20 / 120))


def test_equal_hours_give_the_earliest_window_and_an_empty_day_no_share() -> None:
    assert best_window(np.ones(24), 2, range(8, 21)) == (8, pytest.approx(2 / 24))
    assert best_window(np.zeros(24), 2, range(8, 21)) == (8, 0.0)


def moment(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=CHINA)


def in_term(session) -> None:
    session.add(
        SchoolPeriod(
            county=COUNTY, kind=TERM.kind, first_day=TERM.first_day, last_day=TERM.last_day, source="校历"
        )
    )
    session.flush()


def known_site(session, place=PLACE, **values):
    base = {"created_at": NOW - timedelta(days=400), "state": SiteState.VERIFIED}
    return make_site(session, place, **(base | values))


SATURDAY, TUESDAY = date(2026, 11, 21), date(2026, 11, 24)


def test_tips_that_say_when_draw_the_window_to_their_hour(session) -> None:
    in_term(session)
    site = known_site(session, category=SiteCategory.ONE_TO_ONE)
    for week in range(1, 9):
        day = SATURDAY - timedelta(weeks=week)
        make_tip(session, site_id=site.id, happened_at=moment(day, 15), received_at=moment(day, 22))
    found = site_windows(session, COUNTY, [site.id], [SATURDAY, TUESDAY], NOW)[site.id]
    assert [(each.day, each.start_hour) for each in found] in (
        [(SATURDAY, 15), (TUESDAY, 19)],
        [(SATURDAY, 14), (TUESDAY, 18)],
    )
    assert found[0].rate > found[1].rate
    assert "周六" in str(found[0].words)


def test_when_a_tip_was_received_says_nothing_of_hours(session) -> None:
    in_term(session)
    site = known_site(session)
    before = site_windows(session, COUNTY, [site.id], [SATURDAY], NOW)
    for week in range(1, 9):
        make_tip(session, site_id=site.id, received_at=moment(SATURDAY - timedelta(weeks=week), 10))
    assert site_windows(session, COUNTY, [site.id], [SATURDAY], NOW) == before


def test_a_hit_weighs_by_how_seldom_anybody_looked_at_that_time(session) -> None:
    """As many hits in office hours as in the evening, but fifty visits against three."""
    in_term(session)
    officer = make_person(session, Role.INSPECTOR)
    site = known_site(session, category=SiteCategory.ONE_TO_ONE)
    tuesdays = [TUESDAY - timedelta(weeks=week) for week in range(1, 9)]
    for number in range(48):
        at = moment(tuesdays[number % 8], 10)
        check = make_check(session, officer, site, device_finished_at=at, received_at=at)
        if number < 3:
            make_finding(session, site, check_id=check.id, found_at=at, confirmed_at=at)
    for day in tuesdays[:3]:
        at = moment(day, 19)
        check = make_check(session, officer, site, device_finished_at=at, received_at=at)
        make_finding(session, site, check_id=check.id, found_at=at, confirmed_at=at)
    [found] = site_windows(session, COUNTY, [site.id], [TUESDAY], NOW)[site.id]
    assert found.start_hour in (18, 19)


def test_what_happened_or_was_learnt_later_moves_no_window(session) -> None:
    in_term(session)
    site = known_site(session)
    past = NOW - timedelta(days=30)
    before = site_windows(session, COUNTY, [site.id], [SATURDAY], past)
    for _ in range(20):
        day = NOW.date() - timedelta(days=40)
        make_tip(session, site_id=site.id, happened_at=moment(day, 9), received_at=NOW - timedelta(days=1))
    assert site_windows(session, COUNTY, [site.id], [SATURDAY], past) == before


def test_schools_and_sites_without_a_place_have_no_window(session) -> None:
    sites = [known_site(session, kind=SiteKind.SCHOOL, category="primary"), known_site(session, None)]
    assert site_windows(session, COUNTY, [each.id for each in sites], [SATURDAY], NOW) == {}


def test_nothing_asked_is_nothing_answered(session) -> None:
    assert site_windows(session, COUNTY, [], [SATURDAY]) == {}
    assert site_windows(session, COUNTY, [known_site(session).id], []) == {}
