from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.casework.handing_over import hand_over
from inspections.casework.orders import OrderKind
from inspections.db import new_id
from inspections.registry.departments import DepartmentKind
from inspections.registry.site_changes import change_state
from inspections.registry.sites import SiteKind, SiteState
from inspections.sweeps.counts import DepartmentCounts, counts, sweeps_between
from inspections.sweeps.stops import StopState, SweepStop
from inspections.sweeps.sweeps import Sweep, SweepState
from tests.factories import COUNTY, NOW, make_site
from tests.orders import AT, TODAY, Case

KINDS = (DepartmentKind.EDUCATION, DepartmentKind.FIRE)


class Swept(Case):
    """A sweep of two stops: one with a check that found something for two departments, one that was shut up."""

    def __init__(self, session: Session):
        super().__init__(session)
        for finding, kind in zip(self.findings, KINDS, strict=True):
            finding.department = kind
        self.sweep = self.swept()
        self.stop(self.sweep, site_id=self.site.id, state=StopState.DONE, entered_at=NOW, check_id=self.check.id)
        self.stop(self.sweep, site_id=make_site(session).id, state=StopState.CLOSED)

    def swept(self, **values: Any) -> Sweep:
        defaults = {
            "name": "夜间联合执法", "state": SweepState.RUNNING, "meets_at": NOW, "starts_at": NOW,
            "ends_at": NOW + timedelta(hours=3), "released_at": NOW, "planned_by_id": self.dispatcher.id,
        }  # fmt: skip
        sweep = Sweep(county=COUNTY, id=new_id(), **(defaults | values))
        self.session.add(sweep)
        self.session.flush()
        return sweep

    def stop(self, sweep: Sweep, **values: Any) -> SweepStop:
        stop = SweepStop(county=COUNTY, id=new_id(), sweep_id=sweep.id, position=0, plan={}, **values)
        self.session.add(stop)
        self.session.flush()
        return stop


@pytest.fixture
def swept(session: Session) -> Swept:
    return Swept(session)


def test_a_sweep_counts_its_stops_checks_and_findings_by_department(session: Session, swept: Swept) -> None:
    found = counts(session, COUNTY, [swept.sweep.id])
    assert (found.joint_actions, found.stops, found.visited, found.checks) == (1, 2, 1, 1)
    assert found.states == {StopState.DONE: 1, StopState.CLOSED: 1}
    assert (found.findings, found.confirmed, found.notices, found.struck) == (2, 2, 0, 0)
    assert found.departments == tuple(DepartmentCounts(kind, 1, 1) for kind in KINDS)


def test_a_signed_notice_counts_once_however_many_findings_it_names(session: Session, swept: Swept) -> None:
    swept.issued(findings=swept.findings[:1])
    found = counts(session, COUNTY, [swept.sweep.id])
    assert (found.notices, found.supervision_orders) == (1, 0)
    assert [each.ordered for each in found.departments] == [1, 0]


def test_a_draft_is_no_notice_and_a_supervision_order_is_another_paper(session: Session, swept: Swept) -> None:
    swept.drafted(findings=swept.findings[:1])
    swept.issued(OrderKind.SUPERVISION, findings=swept.findings[1:])
    found = counts(session, COUNTY, [swept.sweep.id])
    assert (found.notices, found.supervision_orders) == (0, 1)


def test_what_was_handed_over_counts_for_its_department(session: Session, swept: Swept) -> None:
    form = {"recipient": "县消防救援大队", "matter": "疏散通道堵塞", "handed_on": "2026-11-23",
            "finding_id": str(swept.findings[1].id)}  # fmt: skip
    hand_over(session, swept.dispatcher, swept.site.id, form, AT, TODAY)
    found = counts(session, COUNTY, [swept.sweep.id])
    assert found.handovers == 1
    assert [each.handed_over for each in found.departments] == [0, 1]


def test_a_suspected_site_is_struck_once_it_was_shut_after_the_release(session: Session, swept: Swept) -> None:
    swept.site.state = SiteState.VERIFIED
    change_state(session, swept.dispatcher, swept.site.id, "closed", "无证办学，当场取缔")
    session.flush()
    again = swept.swept()
    swept.stop(again, site_id=swept.site.id)
    assert counts(session, COUNTY, [swept.sweep.id]).struck == 1
    assert counts(session, COUNTY, [swept.sweep.id, again.id]).struck == 1


def test_a_site_that_was_shut_before_or_has_its_permit_is_not_struck(session: Session, swept: Swept) -> None:
    swept.site.state = SiteState.CLOSED  # nobody changed it since the release
    session.flush()
    assert counts(session, COUNTY, [swept.sweep.id]).struck == 0
    swept.site.state, swept.site.kind = SiteState.VERIFIED, SiteKind.INSTITUTION
    change_state(session, swept.dispatcher, swept.site.id, "closed", "自行停办")
    session.flush()
    assert counts(session, COUNTY, [swept.sweep.id]).struck == 0


def test_a_sweep_that_was_never_released_is_no_joint_action(session: Session, swept: Swept) -> None:
    planned = swept.swept(state=SweepState.PLANNING, released_at=None)
    assert counts(session, COUNTY, [planned.id]).joint_actions == 0
    assert counts(session, COUNTY, []).joint_actions == 0


def test_a_period_has_the_sweeps_that_were_released_in_it(session: Session, swept: Swept) -> None:
    day = timedelta(days=1)
    assert list(sweeps_between(session, COUNTY, NOW, NOW + day)) == [swept.sweep.id]
    assert not sweeps_between(session, COUNTY, NOW - day, NOW)


def test_a_finding_that_was_struck_off_or_refuted_is_counted_as_what_it_became(
    session: Session, swept: Swept
) -> None:
    first, second = swept.findings
    first.state, second.state = FindingState.STRUCK_OFF, FindingState.REJECTED
    session.flush()
    found = {each.department: each for each in counts(session, COUNTY, [swept.sweep.id]).departments}
    assert (found[KINDS[0]].confirmed, found[KINDS[0]].struck_off) == (1, 1)
    assert (found[KINDS[1]].confirmed, found[KINDS[1]].rejected) == (0, 1)


def test_findings_without_a_department_come_last(session: Session, swept: Swept) -> None:
    session.add(swept.find("其他问题"))
    session.flush()
    assert [each.department for each in counts(session, COUNTY, [swept.sweep.id]).departments] == [*KINDS, None]
