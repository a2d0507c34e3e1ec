"""The rungs of escalation, put forward by the clock or by a person, and decided by a person."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...days import CHINA
from ...errors import say
from ...registry.people import Person
from ..findings import Finding
from ..interview_corrections import InterviewCorrection, corrections_of
from ..steps import Origin, Step, StepKind, StepState
from .entries import Actor, Entry, EntryKind, facts, people


def of_steps(session: Session, person: Person, finding: Finding) -> Iterator[Entry]:
    query = select(Step).where(Step.county == finding.county, Step.finding_id == finding.id)
    for step in session.scalars(query.order_by(Step.proposed_at, Step.id)):
        at_once = step.decided_at == step.proposed_at and step.decided_by_id == step.proposed_by_id
        if not at_once or step.state is not StepState.DONE or step.origin is Origin.CLOCK:
            yield _proposed(step)
        if step.signed_at and step.kind is StepKind.INTERVIEW:
            yield _called(step)
        if step.decided_at and (not at_once or step.origin is Origin.PERSON):
            yield _decided(step)
        if step.record is not None:
            yield from (_corrected(each, step) for each in corrections_of(session, step))


def _proposed(step: Step) -> Entry:
    return Entry(
        at=step.proposed_at,
        kind=EntryKind.STEP,
        title=step.kind.label,
        people=people(step.proposed_by_id),
        actor=Actor.CLOCK if step.origin is Origin.CLOCK else Actor.PERSON,
        facts=facts((say("到期日"), step.due_on)),
        subject=("steps", step.id),
        is_open=step.state is StepState.PROPOSED,
    )


def _called(step: Step) -> Entry:
    """An interview is called by its notice, and done when it was held."""
    said = say("约谈通知书 {number} 签发", number=step.number_text or "")
    called = (step.content or {}).get("at")
    at = datetime.fromisoformat(called).replace(tzinfo=CHINA) if called else None
    return Entry(
        at=step.signed_at or step.proposed_at,
        kind=EntryKind.STEP,
        title=said,
        people=people(step.signed_by_id),
        facts=facts((say("约谈时间"), at)),
        subject=("steps", step.id),
    )


def _corrected(correction: InterviewCorrection, step: Step) -> Entry:
    return Entry(
        at=correction.at,
        kind=EntryKind.STEP,
        title=say("约谈记录更正为第 {n} 版", n=correction.version),
        people=people(correction.author_id),
        text=correction.reason,
        facts=facts((say("约谈时间"), correction.held_at), (say("人次"), correction.headcount)),
        subject=("steps", step.id),
    )


def _decided(step: Step) -> Entry:
    is_counted = step.state is StepState.DONE and step.kind in (StepKind.INTERVIEW, StepKind.ACCOUNTABILITY)
    return Entry(
        at=step.decided_at or step.proposed_at,
        kind=EntryKind.STEP,
        title=say("{kind}：{state}", kind=step.kind.label, state=step.state.label),
        people=people(step.decided_by_id),
        actor=Actor.PERSON if step.decided_by_id else Actor.CLOCK,
        text=step.reason,
        facts=facts(
            (say("文号"), step.number_text),
            (say("人次"), step.headcount if is_counted else None),
        ),
        subject=("steps", step.id),
    )
