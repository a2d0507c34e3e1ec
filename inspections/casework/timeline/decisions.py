"""What was decided at the desk about a finding: confirmation, approvals, recusals, hand-overs, closures."""

from collections.abc import Iterator
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import Message, say
from ...events import Event
from ...registry.people import Person
from ..approvals import Approval, ApprovalKind, ApprovalState, Asker, approvals_of
from ..case_officers import hand_overs_of
from ..closures import Closure
from ..confirming import reasons_given
from ..findings import Finding, FindingState
from ..proofs import Proof, proofs_of
from ..recusals import Recusal, RecusalState, recusals_of
from .entries import Actor, Entry, EntryKind, facts, people


def of_decisions(session: Session, person: Person, finding: Finding) -> Iterator[Entry]:
    yield from _confirmed(session, person, finding)
    yield from _approvals(session, finding)
    yield from chain.from_iterable(_recusal(session, each) for each in recusals_of(session, finding))
    yield from _hand_overs(session, finding)
    yield from _closures(session, finding)


def _confirmed(session: Session, person: Person, finding: Finding) -> Iterator[Entry]:
    reason = reasons_given(session, person, [finding]).get(finding.id, "")
    if finding.confirmed_at:
        yield Entry(finding.confirmed_at, EntryKind.CONFIRMED, say("确认问题属实"),
                    people(finding.confirmed_by_id), text=reason)  # fmt: skip
    if finding.state is FindingState.REJECTED:
        query = select(Event).where(
            Event.county == finding.county, Event.subject_id == finding.id, Event.verb == "reject"
        )
        if event := session.scalars(query.limit(1)).first():
            yield Entry(event.at, EntryKind.REJECTED, say("问题不成立"), people(event.person_id), text=reason)


ASKED: dict[ApprovalKind, Message] = {
    ApprovalKind.EXTENSION: say("申请延期"),
    ApprovalKind.SUSPENSION: say("申请中止"),
    ApprovalKind.RESUMPTION: say("申请恢复"),
}


def _approvals(session: Session, finding: Finding) -> Iterator[Entry]:
    found = approvals_of(session, finding)
    proofs = proofs_of(session, finding.county, [each.form_id for each in found if each.form_id])
    for each in found:
        by_item = proofs.get(each.form_id, {}) if each.form_id else {}
        yield from _approval(each, list(chain.from_iterable(by_item.values())))


def _approval(approval: Approval, proofs: list[Proof]) -> Iterator[Entry]:
    by_site = approval.asker is Asker.SITE
    yield Entry(
        at=approval.asked_at,
        kind=EntryKind.ASKED,
        title=ASKED[approval.kind],
        people=people(approval.asked_by_id),
        actor=Actor.SITE if by_site else Actor.PERSON,
        who=approval.asked_by_name if by_site else "",
        text=approval.reason,
        facts=facts((say("工作日"), approval.working_days), (say("延至"), approval.until_on)),
        proofs=proofs,
        subject=("approvals", approval.id),
        is_open=approval.state is ApprovalState.ASKED,
    )
    if approval.decided_at:
        said = say("{kind}：{state}", kind=approval.kind.label, state=approval.state.label)
        moved = approval.due_after if approval.due_after != approval.due_before else None
        yield Entry(
            approval.decided_at, EntryKind.DECIDED, said, people(approval.decided_by_id),
            text=approval.decision_reason,
            facts=facts((say("原期限"), approval.due_before if moved else None), (say("新期限"), moved)),
            subject=("approvals", approval.id),
        )  # fmt: skip


def _recusal(session: Session, recusal: Recusal) -> Iterator[Entry]:
    officer = session.get_one(Person, (recusal.county, recusal.person_id)).name
    asked = say("{origin}：{name}", origin=recusal.origin.label, name=officer)
    yield Entry(recusal.asked_at, EntryKind.RECUSAL, asked, people(recusal.asked_by_id), text=recusal.reason,
                is_open=recusal.state is RecusalState.ASKED)  # fmt: skip
    if recusal.decided_at:
        said = say("{name}{state}", name=officer, state=recusal.state.label)
        yield Entry(recusal.decided_at, EntryKind.RECUSAL, said, people(recusal.decided_by_id),
                    text=recusal.decision_reason)  # fmt: skip


def _hand_overs(session: Session, finding: Finding) -> Iterator[Entry]:
    for each in hand_overs_of(session, finding):
        ids = people(each.officer_id, each.second_officer_id)
        names = [session.get_one(Person, (finding.county, one)).name for one in ids]
        yield Entry(each.assigned_at, EntryKind.HANDED_OVER, say("改派给{names}", names=names),
                    people(each.assigned_by_id), text=each.reason)  # fmt: skip


def _closures(session: Session, finding: Finding) -> Iterator[Entry]:
    query = select(Closure).where(Closure.county == finding.county, Closure.finding_id == finding.id)
    for each in session.scalars(query.order_by(Closure.closed_at)):
        yield Entry(each.closed_at, EntryKind.CLOSED, say("销号"), people(each.closed_by_id), text=each.note,
                    subject=("rechecks", each.recheck_id))  # fmt: skip
        if each.reopened_at:
            yield Entry(each.reopened_at, EntryKind.REOPENED, say("重新打开"), people(each.reopened_by_id),
                        text=each.reopened_reason or "")  # fmt: skip
