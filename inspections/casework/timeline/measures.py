"""Penalties and hand-overs of a finding, each change of them."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from ...access import visible
from ...errors import say
from ...registry.people import Person
from ..findings import Finding
from ..handover_findings import is_about
from ..handovers import Handover, HandoverState
from ..penalties import Penalty, PenaltyState
from .entries import Entry, EntryKind, facts, people

WAITING = {HandoverState.SENT, HandoverState.ACCEPTED}


def of_measures(session: Session, person: Person, finding: Finding) -> Iterator[Entry]:
    penalties = visible(person, Penalty).where(Penalty.finding_id == finding.id)
    found = session.scalars(penalties.order_by(Penalty.root_id, Penalty.version)).all()
    last = {each.root_id: each.id for each in found}
    yield from (_penalty(each, is_last=last[each.root_id] == each.id) for each in found)
    handovers = visible(person, Handover).where(is_about(finding.id))
    handed = session.scalars(handovers.order_by(Handover.root_id, Handover.version)).all()
    last = {each.root_id: each.id for each in handed}
    yield from (_handover(each, is_last=last[each.root_id] == each.id) for each in handed)


def _penalty(penalty: Penalty, *, is_last: bool) -> Entry:
    kind, state = penalty.kind.label, penalty.state.label
    amount = f"{penalty.amount_yuan:,.2f}" if penalty.amount_yuan else ""
    return Entry(
        at=penalty.at,
        kind=EntryKind.PENALTY,
        title=say("{kind}：{state}", kind=kind, state=state),
        people=people(penalty.author_id),
        text=penalty.reason or penalty.detail,
        facts=facts(
            (say("金额（元）"), amount),
            (say("决定机关"), penalty.body),
            (say("决定文号"), penalty.reference),
            (say("决定日期"), penalty.decided_on),
            (say("执行日期"), penalty.carried_out_on),
        ),
        subject=("penalties", penalty.root_id),
        is_open=is_last and penalty.state is PenaltyState.DECIDED,
    )


def _handover(handover: Handover, *, is_last: bool) -> Entry:
    return Entry(
        at=handover.at,
        kind=EntryKind.PENALTY,
        title=say("移送{whom}：{state}", whom=handover.recipient, state=handover.state.label),
        people=people(handover.author_id),
        text=handover.answer or handover.reason or handover.matter,
        facts=facts(
            (say("文号"), handover.number_text),
            (say("移送日期"), handover.handed_on),
            (say("答复日期"), handover.answered_on),
        ),
        subject=("handovers", handover.root_id),
        is_open=is_last and handover.state in WAITING,
    )
