"""Ledgers drawn at random: problems of every age, state, owner and step at a few sites."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.casework.steps import Origin, Step, StepKind, StepState
from inspections.days import day_of
from inspections.ledger.owning import set_owner
from tests.casefile import make_finding
from tests.orders import Case

NOW = datetime.now(UTC)
REAL_TODAY = day_of(NOW)

FINDINGS = st.lists(
    st.fixed_dictionaries(
        {
            "state": st.sampled_from([FindingState.CONFIRMED, FindingState.RECTIFYING, FindingState.STRUCK_OFF]),
            "severity": st.integers(1, 3),
            "item_code": st.sampled_from([None, "zd-15", "zd-21", "=cmd|' /C calc'!A0"]),
            "due": st.none() | st.integers(-60, 40),
            "age": st.integers(0, 200),
            "confirmed": st.integers(0, 100),
            "suspended": st.booleans(),
            "site": st.integers(0, 2),
            "owner": st.none() | st.sampled_from([("李局长", "基础教育股"), ("王副局长", "消防救援大队")]),
            "step": st.none() | st.sampled_from(list(StepKind)),
        }
    ),
    max_size=8,
)


def put(session: Session, case: Case, sites: list[Any], drawn: list[dict[str, Any]]) -> None:
    for each in drawn:
        at = NOW - timedelta(days=each["confirmed"])
        closed = NOW - timedelta(days=each["confirmed"] // 2)
        finding = make_finding(
            session, sites[each["site"]], case.check, text="问题", state=each["state"], severity=each["severity"],
            item_code=each["item_code"], found_at=NOW - timedelta(days=each["age"]),
            due_on=None if each["due"] is None else REAL_TODAY + timedelta(days=each["due"]),
            suspended_at=NOW if each["suspended"] else None, confirmed_by_id=case.dispatcher.id, confirmed_at=at,
            struck_off_at=closed if each["state"] is FindingState.STRUCK_OFF else None,
        )  # fmt: skip
        if each["owner"] and finding.state is not FindingState.STRUCK_OFF:
            lead, department = each["owner"]
            form = {"lead": lead, "department": department, "reason": "分工"}
            set_owner(session, case.dispatcher, finding.id, form, NOW)
        if each["step"]:
            session.add(
                Step(county=finding.county, finding_id=finding.id, kind=each["step"], origin=Origin.CLOCK,
                     state=StepState.DONE, due_on=REAL_TODAY, deadline=REAL_TODAY, proposed_at=NOW, decided_at=NOW)
            )  # fmt: skip
    session.flush()
