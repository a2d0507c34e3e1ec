"""The rungs of escalation, put forward by the clock or by a person, and decided by a person."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import say
from ...registry.people import Person
from ..findings import Finding
from ..steps import Origin, Step, StepState
from .entries import Actor, Entry, EntryKind, facts, people


def of_steps(session: Session, person: Person, finding: Finding) -> Iterator[Entry]:
    query = select(Step).where(Step.county == finding.county, Step.finding_id == finding.id)
    for step in session.scalars(query.order_by(Step.proposed_at, Step.id)):
        at_once = step.decided_at == step.proposed_at and step.decided_by_id == step.proposed_by_id
        if not at_once or step.state is not StepState.DONE or step.origin is Origin.CLOCK:
            yield _proposed(step)
        if step.decided_at and (not at_once or step.origin is Origin.PERSON):
            yield _decided(step)


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


def _decided(step: Step) -> Entry:
    return Entry(
        at=step.decided_at or step.proposed_at,
        kind=EntryKind.STEP,
        title=say("{kind}：{state}", kind=step.kind.label, state=step.state.label),
        people=people(step.decided_by_id),
        actor=Actor.PERSON if step.decided_by_id else Actor.CLOCK,
        text=step.reason,
        facts=facts((say("文号"), step.number_text)),
        subject=("steps", step.id),
    )
