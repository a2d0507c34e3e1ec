"""The rules form of risk: today's points, as they would have stood at any past moment."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from inspections.casework.findings import FindingState
from inspections.db import new_id
from inspections.events import Event
from inspections.intake.tip_moves import TipMoveKind, move
from inspections.intake.tips import TipState
from inspections.registry.people import Role
from inspections.registry.site_changes import change_state
from inspections.registry.sites import LicenceState, SiteKind, SiteState
from inspections.targeting.risk import history
from inspections.targeting.risk.facts import facts_at
from inspections.targeting.risk.rules import as_share
from inspections.targeting.risk.scoring import scores_as_of
from tests.factories import COUNTY, NOW, PLACE, make_check, make_finding, make_person, make_site, make_tip

LONG_AGO = NOW - timedelta(days=400)


def known_site(session, place: Any = PLACE, **values: Any):
    return make_site(session, place, **({"created_at": LONG_AGO, "state": SiteState.VERIFIED} | values))


def words_of(session, site, as_of=NOW) -> list[str]:
    found = [each for each in scores_as_of(session, COUNTY, as_of).sites if each.site_id == site.id]
    return [str(reason.words) for reason in found[0].reasons] if found else ["absent"]


def test_the_points_are_the_sum_of_the_reasons_and_order_the_sites(session) -> None:
    quiet, loud = known_site(session), known_site(session, licence_state=LicenceState.NONE)
    for _ in range(3):
        make_tip(session, site_id=loud.id)
    scores = scores_as_of(session, COUNTY, NOW)
    assert [each.site_id for each in scores.sites] == [loud.id, quiet.id]
    assert scores.basis == "rules"
    assert [(reason.weight, str(reason.words)) for reason in scores.sites[0].reasons] == [
        (6.0, "近 90 天有 3 条线索"),
        (3.0, "无证无照"),
        (1.5, "从未检查过"),
    ]
    assert scores.sites[0].probability == as_share(10.5)


def test_an_empty_county_has_no_scores(session) -> None:
    assert scores_as_of(session, COUNTY, NOW).sites == []


def test_schools_dismissed_sites_and_sites_without_a_place_are_not_scored(session) -> None:
    known_site(session, kind=SiteKind.SCHOOL, category="primary")
    known_site(session, state=SiteState.DISMISSED)
    known_site(session, place=None)
    assert scores_as_of(session, COUNTY, NOW).sites == []


def test_a_site_is_not_scored_before_it_was_known(session) -> None:
    site = known_site(session, created_at=NOW - timedelta(days=5))
    assert words_of(session, site, NOW - timedelta(days=6)) == ["absent"]
    assert words_of(session, site, NOW - timedelta(days=4)) == ["从未检查过"]


def test_a_tip_that_was_refuted_later_still_counts_at_the_time(session) -> None:
    site = known_site(session)
    tip = make_tip(session, site_id=site.id, received_at=NOW - timedelta(days=10), state=TipState.ASSIGNED)
    move(session, tip, TipMoveKind.UNFOUNDED, NOW - timedelta(days=2))
    assert "近 90 天有 1 条线索" in words_of(session, site, NOW - timedelta(days=3))
    assert words_of(session, site, NOW) == ["从未检查过"]


def test_a_tip_belongs_to_a_site_from_the_move_that_said_so(session) -> None:
    site = known_site(session)
    tip = make_tip(session, received_at=NOW - timedelta(days=10))
    tip.site_id = site.id
    move(session, tip, TipMoveKind.NOTE, NOW - timedelta(days=4), note="涉及点位：小太阳托管班")
    assert words_of(session, site, NOW - timedelta(days=5)) == ["从未检查过"]
    assert "近 90 天有 1 条线索" in words_of(session, site, NOW - timedelta(days=3))


def test_a_finding_is_overdue_by_the_deadline_that_stood_then(session) -> None:
    site = known_site(session)
    finding = make_finding(
        session,
        site,
        found_at=NOW - timedelta(days=60),
        confirmed_at=NOW - timedelta(days=60),
        due_on=date(2026, 12, 1),
    )
    for days, due in ((60, "2026-10-10"), (20, "2026-12-01")):
        detail = {"due_on": due}
        session.add(
            Event(
                county=COUNTY,
                id=new_id(),
                at=NOW - timedelta(days=days),
                verb="confirm",
                subject="findings",
                subject_id=finding.id,
                detail=detail,
            )
        )
    session.flush()
    assert "1 个问题逾期未整改" in words_of(session, site, NOW - timedelta(days=21))
    assert "1 个问题未销号" in words_of(session, site, NOW)


def test_a_changed_state_is_taken_back(session) -> None:
    person = make_person(session, Role.DISPATCHER)
    site = known_site(session, state=SiteState.REPORTED)
    change_state(session, person, site.id, "verified", "核实")
    session.flush()
    session.execute(text("update sites set licence_state = 'none'"))
    for verb, detail in (
        ("licences_change", {"was": None, "now": "none"}),
        ("edit", {"was": {"premises": "garage"}}),
    ):
        session.add(Event(county=COUNTY, at=NOW, verb=verb, subject="sites", subject_id=site.id, detail=detail))
    session.flush()
    assert words_of(session, site, NOW - timedelta(days=1)) == ["上报后尚未核实", "从未检查过"]
    past = history.read_history(session, COUNTY, NOW - timedelta(days=1))
    assert facts_at(past, (NOW - timedelta(days=1)).timestamp()).words["premises"][0] == "garage"


def test_a_record_that_came_late_was_not_known_before(session) -> None:
    officer = make_person(session, Role.INSPECTOR)
    site = known_site(session)
    done = NOW - timedelta(days=100)
    make_check(session, officer, site, device_finished_at=done, received_at=NOW - timedelta(days=1))
    assert words_of(session, site, NOW - timedelta(days=2)) == ["从未检查过"]
    assert words_of(session, site, NOW) == ["已 100 天没有检查"]


LATER = st.lists(
    st.sampled_from(
        ["tip", "refute", "link", "check", "finding", "confirm", "reject", "close", "state", "list", "site", "due"]
    ),
    min_size=1,
    max_size=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(LATER, st.integers(1, 90))
def test_nothing_learnt_after_a_moment_changes_a_score_as_of_it(session, later: list[str], days: int) -> None:
    with session.begin_nested() as undone:
        county = County(session)
        moment = NOW - timedelta(days=days)
        before = scores_as_of(session, COUNTY, moment)
        assert before.sites
        for number, what in enumerate(later):
            getattr(county, what)(moment + timedelta(minutes=number + 1))
            session.flush()
        session.expire_all()
        assert scores_as_of(session, COUNTY, moment) == before
        undone.rollback()


class County:
    """A few sites with facts of each kind of 120 days ago, and what can be learnt later."""

    def __init__(self, session) -> None:
        self.session, then = session, NOW - timedelta(days=120)
        self.officer = make_person(session, Role.INSPECTOR, Role.DISPATCHER)
        self.a = known_site(session, licence_state=LicenceState.NONE)
        self.b = known_site(session, (117.072, 28.691), state=SiteState.LICENSED)
        self.told = make_tip(session, site_id=self.a.id, received_at=then)
        self.placed = make_tip(session, (117.071, 28.6905), received_at=then, state=TipState.ASSIGNED)
        seen = make_check(session, self.officer, self.a, device_finished_at=then)
        self.proposed = make_finding(session, self.a, check_id=seen.id, found_at=then, state=FindingState.PROPOSED)
        self.standing = make_finding(session, self.b, found_at=then, confirmed_at=then, due_on=then.date())
        session.flush()

    def tip(self, at) -> None:
        make_tip(self.session, site_id=self.b.id, received_at=at)

    def refute(self, at) -> None:
        move(self.session, self.told, TipMoveKind.UNFOUNDED, at)

    def link(self, at) -> None:
        self.placed.site_id = self.b.id
        move(self.session, self.placed, TipMoveKind.NOTE, at, note="涉及点位：b")

    def check(self, at) -> None:
        make_check(self.session, self.officer, self.b, device_finished_at=at, received_at=at)

    def finding(self, at) -> None:
        seen = make_check(
            self.session, self.officer, self.b, device_finished_at=NOW - timedelta(days=110), received_at=at
        )
        make_finding(self.session, self.b, check_id=seen.id, found_at=seen.device_finished_at, confirmed_at=at)

    def confirm(self, at) -> None:
        self.proposed.state, self.proposed.confirmed_at = FindingState.CONFIRMED, at
        self.proposed.due_on = at.date()

    def reject(self, at) -> None:
        self.proposed.state, self.proposed.confirmed_at = FindingState.REJECTED, None
        self._event("reject", "findings", self.proposed, at)

    def close(self, at) -> None:
        self.standing.state, self.standing.struck_off_at = FindingState.STRUCK_OFF, at

    def state(self, at) -> None:
        was, self.a.state = self.a.state, SiteState.CLOSED
        self._event("change_state", "sites", self.a, at, was=was.value, now="closed")

    def list(self, at) -> None:
        self.session.execute(
            text(
                "insert into public_listings (county, id, site_id, list, listed_at, reason)"
                " values (:county, :id, :site, 'black', :at, '屡教不改') on conflict do nothing"
            ),
            {"county": COUNTY, "id": new_id(), "site": self.a.id, "at": at},
        )

    def site(self, at) -> None:
        make_site(self.session, created_at=at)

    def due(self, at) -> None:
        was, due = self.standing.due_on, (at + timedelta(days=300)).date()
        self.standing.due_on = due
        self._event("extension", "findings", self.standing, at, was=f"{was}", due_on=f"{due}")

    def _event(self, verb: str, subject: str, thing: Any, at, **detail: Any) -> None:
        self.session.add(
            Event(
                county=COUNTY, id=new_id(), at=at, verb=verb, subject=subject, subject_id=thing.id, detail=detail
            )
        )


def test_who_visited_is_in_no_query() -> None:
    for query in history.SQL.values():
        assert "person" not in query
        assert "people" not in query
        assert "certificate" not in query


@pytest.mark.parametrize("points", [0, 0.5, 3, 12, 100])
def test_points_become_a_share_in_the_same_order(points: float) -> None:
    assert 0 <= as_share(points) < as_share(points + 0.5) < 1
