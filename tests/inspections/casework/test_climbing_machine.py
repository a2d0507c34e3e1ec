"""Days pass, calendars are published, deadlines move, problems are suspended, mended and come back, clocks fail.

Whatever happens, each problem gets each rung of the clock at most once in a round, none early and none while it
stands still; and what was put forward once stays as it was.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from inspections.casework.climbing import climb
from inspections.casework.closures import Closure
from inspections.casework.deadlines import working_days_after, working_days_before
from inspections.casework.findings import Finding, FindingState
from inspections.casework.ladders import BELOW, Ladder, ladder_on, set_ladder
from inspections.casework.steps import BY_CLOCK, Origin, Step, StepKind, StepState
from inspections.db import scope
from inspections.registry.people import Person, Role
from inspections.rules.calendar import Calendar, calendar_of
from inspections.rules.statutory import StatutoryYear, list_years
from tests.casefile import make_check, make_recheck
from tests.factories import COUNTY, make_finding, make_person, make_site

BEGIN = date(2026, 9, 21)  # National Day with its make-up day lies ahead
UNKNOWN = date(2030, 12, 20)  # nobody has published the year after it
OFF = {"2031-01-01": "元旦", "2031-01-02": "元旦"}


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 2, 0, tzinfo=UTC)


class Days(RuleBasedStateMachine):
    """The product against a county of three problems."""

    connection: Connection

    @initialize(begin=st.sampled_from([BEGIN, UNKNOWN]))
    def a_county(self, begin: date) -> None:
        self.transaction = self.connection.begin_nested()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")
        scope(self.session, COUNTY)
        self.today = begin
        self.director: Person = make_person(self.session, Role.DIRECTOR, Role.DISPATCHER)
        self.site = make_site(self.session)
        self.check = make_check(self.session, self.site, self.director)
        states = (FindingState.RECTIFYING, FindingState.CONFIRMED, FindingState.RECTIFYING)
        self.findings = [
            make_finding(self.session, self.site, check_id=self.check.id, state=state, found_at=at(begin),
                         due_on=begin + timedelta(days=3 + 4 * n))
            for n, state in enumerate(states)
        ]  # fmt: skip
        self.seen: dict[Any, tuple[Any, ...]] = {}
        self.ran: set[date] = set()

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session.close()
            self.transaction.rollback()

    # ---- what happens

    @rule(days=st.sampled_from([1, 1, 1, 2, 7]), runs=st.sampled_from([1, 1, 2]))
    def time_passes_and_the_clock_runs(self, days: int, runs: int) -> None:
        """A week at once is an outage; twice on a day is a second worker."""
        self.today += timedelta(days=days)
        for _ in range(runs):
            self._climb()

    @rule(days=st.integers(1, 5))
    def the_clock_goes_back_and_runs(self, days: int) -> None:
        now, self.today = self.today, self.today - timedelta(days=days)
        self._climb()
        self.today = now

    @rule(n=st.integers(0, 2), days=st.integers(-3, 12))
    def a_deadline_is_set_anew(self, n: int, days: int) -> None:
        self.findings[n].due_on = self.today + timedelta(days=days)
        self.session.flush()

    @rule(n=st.integers(0, 2))
    def a_problem_is_suspended_or_resumed(self, n: int) -> None:
        finding = self.findings[n]
        finding.suspended_at = None if finding.suspended_at else at(self.today)
        self.session.flush()

    @rule(n=st.integers(0, 2))
    def a_problem_is_mended_or_comes_back(self, n: int) -> None:
        finding = self.findings[n]
        closed = select(Closure).where(Closure.finding_id == finding.id, Closure.reopened_at.is_(None))
        closure = self.session.scalars(closed).one_or_none()
        if closure is None:
            again = make_recheck(self.session, finding, [self.director], device_finished_at=at(self.today))
            key = {"county": COUNTY, "finding_id": finding.id, "recheck_id": again.id}
            self.session.add(Closure(**key, closed_by_id=self.director.id, closed_at=at(self.today)))
            finding.state = FindingState.STRUCK_OFF
        else:
            leader, later = self.director.id, max(at(self.today), closure.closed_at) + timedelta(hours=1)
            closure.reopened_at, closure.reopened_by_id, closure.reopened_reason = later, leader, "又发生"
            finding.state, finding.due_on = FindingState.RECTIFYING, self.today + timedelta(days=5)
        self.session.flush()

    @rule(state=st.sampled_from([StepState.DONE, StepState.SKIPPED]))
    def a_person_decides_what_waits_longest(self, state: StepState) -> None:
        query = select(Step).where(Step.county == COUNTY, Step.state == StepState.PROPOSED)
        step = self.session.scalars(query.order_by(Step.due_on, Step.id)).first()
        if step:
            when, leader = max(at(self.today), step.proposed_at), self.director.id
            with self.session.no_autoflush:
                step.state, step.reason, step.decided_at, step.decided_by_id = state, "人工决定", when, leader
            self.session.flush()

    @precondition(lambda self: self.today.year >= 2030)
    @rule()
    def the_unknown_year_is_published(self) -> None:
        if self.session.get(StatutoryYear, (COUNTY, 2031)) is None:
            year = StatutoryYear(region=COUNTY, year=2031, source="通知", off=OFF, work={})
            self.session.add(year)
            self.session.flush()

    @rule(due_soon=st.integers(2, 5), reminder=st.integers(1, 4), later=st.integers(1, 6))
    def the_county_sets_another_ladder(self, due_soon: int, reminder: int, later: int) -> None:
        form = {"due_soon": f"{due_soon}", "reminder": f"{min(reminder, due_soon - 1)}", "source": "本县文件"}
        form |= {"supervision": f"{later}", "interview": f"{later}", "notice": "1", "accountability": f"{later}"}
        form["valid_from"] = (self.today + timedelta(days=1)).isoformat()
        set_ladder(self.session, self.director, form, self.today)

    def _climb(self) -> None:
        before = {step.id for step in self._steps()}
        calendar, ladder = self._calendar(), ladder_on(self.session, COUNTY, self.today)
        standing = {each.id: self._stands(each) for each in self.findings}
        climb(self.session, COUNTY, at(self.today))
        self.ran.add(self.today)
        for step in self._steps():
            if step.id not in before:
                self._was_due(step, calendar, ladder)
                assert standing[step.finding_id], "put forward for a problem that is closed or suspended"

    # ---- what must hold

    def _was_due(self, step: Step, calendar: Calendar, ladder: Ladder) -> None:
        """The rung's day has come, counted here day by day from what it is counted from."""
        assert step.deadline is not None
        assert step.due_on <= self.today, "early"
        if step.kind in (StepKind.DUE_SOON, StepKind.REMINDER):
            days = getattr(ladder, step.kind.value)
            assert step.due_on == working_days_before(calendar, step.deadline, days).on
            assert self.today <= step.deadline, "due soon, though it is over"
            return
        assert step.deadline < self.today
        if step.kind is StepKind.OVERDUE:
            assert step.due_on == working_days_after(calendar, step.deadline, 1).on
            return
        days = getattr(ladder, step.kind.value)
        if step.kind is StepKind.SUPERVISION:
            assert step.due_on == working_days_after(calendar, step.deadline, days).on
            return
        below = [
            each for each in self._steps()
            if (each.finding_id, each.opening, each.deadline) == (step.finding_id, step.opening, step.deadline)
            and each.kind is BELOW[step.kind] and each.lapse is None
        ]  # fmt: skip
        assert below, "a rung was left out"
        decided = max(each.decided_at for each in below if each.decided_at)
        assert below[0].state is not StepState.PROPOSED
        anchor = max((decided + timedelta(hours=8)).date(), step.deadline)
        assert step.due_on == working_days_after(calendar, anchor, days).on

    @invariant()
    def no_rung_stands_twice_in_a_round(self) -> None:
        rounds = Counter(
            (step.finding_id, step.opening, step.deadline, step.kind)
            for step in self._steps() if step.origin is Origin.CLOCK and step.lapse is None
        )  # fmt: skip
        assert [each for each, n in rounds.items() if n > 1] == []

    @invariant()
    def what_was_put_forward_stays(self) -> None:
        now = {
            step.id: (step.finding_id, step.kind, step.due_on, step.deadline, step.opening)
            for step in self._steps()
        }
        assert {key: now.get(key) for key in self.seen} == self.seen
        self.seen = now

    @invariant()
    def the_clock_decides_nothing_that_is_a_persons(self) -> None:
        for step in self._steps():
            if step.kind in BY_CLOCK:
                assert step.state is StepState.DONE
                assert step.decided_by_id is None
            elif step.state is not StepState.PROPOSED:
                assert (step.decided_by_id is None) == (step.lapse is not None)

    @invariant()
    def one_proposal_waits_for_a_problem_at_most(self) -> None:
        waiting = Counter(step.finding_id for step in self._steps() if step.state is StepState.PROPOSED)
        assert all(n == 1 for n in waiting.values())

    def _steps(self) -> list[Step]:
        if not hasattr(self, "session"):
            return []
        self.session.expire_all()
        return list(self.session.scalars(select(Step).where(Step.county == COUNTY).order_by(Step.id)))

    def _stands(self, finding: Finding) -> bool:
        self.session.refresh(finding)
        return finding.suspended_at is None and finding.state in {FindingState.CONFIRMED, FindingState.RECTIFYING}

    def _calendar(self) -> Calendar:
        return calendar_of(list_years(self.session, COUNTY), ())


def test_each_problem_gets_each_rung_once_in_a_round_and_never_early(app_engine: Engine) -> None:
    with app_engine.connect() as connection:
        transaction = connection.begin()
        Days.connection = connection
        steady = settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        )
        run_state_machine_as_test(Days, settings=steady)
        transaction.rollback()
