from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.errors import Invalid
from inspections.events import Event
from inspections.field.checks import Check, CheckKind, Standing
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site, SiteCategory, SiteKind
from inspections.sweeps.plan import Plan, PlannedStop
from inspections.sweeps.plans import save_plan
from inspections.sweeps.releasing import release, seal
from inspections.sweeps.stops import SweepStop
from inspections.sweeps.sweeps import Sweep, SweepState
from inspections.sweeps.visit_caps import cap_words, note_exemptions, over_caps
from inspections.targeting.target_lists.caps import counted_since
from inspections.targeting.target_lists.county_settings import TargetSettings
from tests.factories import COUNTY, NOW, make_check, make_person, make_site
from tests.sweeps import KEYS, planned_sweep

YEAR = NOW - timedelta(days=300)
NIGHT = timedelta(hours=3)


class Capped:
    """An institution that may be inspected twice a year, and a sweep that is there tonight."""

    def __init__(self, session: Session):
        self.session = session
        self.officer: Person = make_person(session, Role.ENFORCER)
        self.site: Site = make_site(session, kind=SiteKind.INSTITUTION, category=SiteCategory.SUBJECT)
        session.add(TargetSettings(county=COUNTY, exploration_percent=10, institution_cap=2, cap_basis="县通知",
                                   set_by_id=self.officer.id))  # fmt: skip
        self.sweep = self.swept()

    def swept(self, **values: Any) -> Sweep:
        defaults = {
            "name": "夜间联合执法", "state": SweepState.RUNNING, "meets_at": NOW, "starts_at": NOW,
            "ends_at": NOW + NIGHT, "released_at": NOW, "planned_by_id": self.officer.id,
        }  # fmt: skip
        sweep = Sweep(county=COUNTY, id=new_id(), **(defaults | values))
        self.session.add(sweep)
        self.session.flush()
        return sweep

    def stop(self, **plan: Any) -> SweepStop:
        stop = SweepStop(
            county=COUNTY, id=new_id(), sweep_id=self.sweep.id, site_id=self.site.id, position=0, plan=plan
        )
        self.session.add(stop)
        self.session.flush()
        return stop

    def check(self, **values: Any) -> Check:
        defaults = {"kind": CheckKind.SWEEP, "standing": Standing.INSPECTION, "device_finished_at": NOW}
        return make_check(self.session, self.officer, self.site, **(defaults | values))

    @property
    def counted(self) -> int:
        found = counted_since(self.session, COUNTY, YEAR, NOW + timedelta(days=2))
        alone = counted_since(self.session, COUNTY, YEAR, NOW + timedelta(days=2), self.site.id)
        assert found == alone
        return found.get(self.site.id, 0)

    def over(self, **values: Any) -> list[Any]:
        plan = Plan(stops=(PlannedStop(id=new_id(), site_id=self.site.id, **values),))
        return over_caps(self.session, self.sweep, plan, NOW)


@pytest.fixture
def capped(session: Session) -> Capped:
    return Capped(session)


def test_what_several_departments_write_down_in_one_sweep_is_one_visit(capped: Capped) -> None:
    stop = capped.stop()
    first = capped.check()
    capped.check(device_finished_at=NOW + timedelta(hours=1))
    stop.check_id = first.id
    capped.session.flush()
    assert capped.counted == 1


def test_a_check_on_another_day_is_another_visit(capped: Capped) -> None:
    capped.stop()
    capped.check()
    capped.check(device_finished_at=NOW - timedelta(days=10))
    capped.check(kind=CheckKind.ROUTINE)
    assert capped.counted == 3


def test_a_visit_that_the_plan_exempts_counts_for_nothing(capped: Capped) -> None:
    capped.stop(exemption="群众举报")
    capped.check()
    assert capped.counted == 0


def test_a_stop_of_a_sweep_that_was_not_released_changes_nothing(capped: Capped) -> None:
    capped.stop(exemption="群众举报")
    capped.sweep.state, capped.sweep.released_at = SweepState.SEALED, None
    capped.session.flush()
    capped.check()
    assert capped.counted == 1


def test_a_stop_at_its_cap_asks_for_a_reason(capped: Capped) -> None:
    capped.check(kind=CheckKind.ROUTINE, device_finished_at=NOW - timedelta(days=30))
    assert not capped.over()
    capped.check(kind=CheckKind.ROUTINE, device_finished_at=NOW - timedelta(days=20))
    [found] = capped.over()
    assert (found.site_id, found.done, found.cap) == (capped.site.id, 2, 2)
    [words] = cap_words([found])
    assert str(words) == "小太阳托管班今年已查到上限，还没有写免计的理由"
    assert not capped.over(exemption="上级交办")
    assert capped.over(exemption="  ")


def test_what_is_no_enterprise_has_no_cap(capped: Capped) -> None:
    capped.site.kind, capped.site.category = SiteKind.SUSPECTED, SiteCategory.AFTER_CARE
    for days in range(5):
        capped.check(kind=CheckKind.ROUTINE, device_finished_at=NOW - timedelta(days=30 + days))
    assert not capped.over()


def test_many_stops_over_their_cap_are_named_by_the_first_few(capped: Capped) -> None:
    capped.check(kind=CheckKind.ROUTINE, device_finished_at=NOW - timedelta(days=30))
    capped.check(kind=CheckKind.ROUTINE, device_finished_at=NOW - timedelta(days=20))
    [words] = cap_words(capped.over() * 7)
    assert "等 7 个点位" in str(words)
    assert not cap_words([])


def test_exemptions_are_in_the_history_once_the_sweep_is_released(capped: Capped) -> None:
    stop = capped.stop(exemption="群众举报")
    assert note_exemptions(capped.session, capped.officer, [stop]) == 1
    capped.session.flush()
    event = capped.session.scalars(select(Event).where(Event.verb == "exempt_from_cap")).one()
    assert (event.subject_id, event.detail) == (stop.id, {"reason": "群众举报"})
    assert note_exemptions(capped.session, capped.officer, []) == 0


def test_a_sweep_with_a_stop_over_its_cap_is_not_sealed_until_a_reason_is_written_down(session: Session) -> None:
    night = planned_sweep(session, teams=1, stops=1)
    [[site]] = night.sites
    site.kind, site.category = SiteKind.INSTITUTION, SiteCategory.SUBJECT
    session.add(TargetSettings(county=COUNTY, exploration_percent=10, institution_cap=1, cap_basis="县通知",
                               set_by_id=night.planner.id))  # fmt: skip
    session.flush()
    make_check(session, night.people[0], site, standing=Standing.INSPECTION)
    with pytest.raises(Invalid, match="上限"):
        seal(session, night.planner, KEYS, night.sweep.id, NOW)
    exempt = tuple(stop.model_copy(update={"exemption": "群众举报"}) for stop in night.plan.stops)
    plan = night.plan.model_copy(update={"stops": exempt})
    save_plan(session, night.planner, KEYS, night.sweep, plan, night.sweep.plan_revision, NOW)
    seal(session, night.planner, KEYS, night.sweep.id, NOW)
    assert not session.scalars(select(Event).where(Event.verb == "exempt_from_cap")).all()
    assert release(session, KEYS, night.sweep.id, night.sweep.starts_at)
    event = session.scalars(select(Event).where(Event.verb == "exempt_from_cap")).one()
    assert (event.subject_id, event.detail, event.person_id) == (exempt[0].id, {"reason": "群众举报"}, None)
