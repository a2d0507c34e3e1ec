"""Steps as they are read: one with all that belongs to it, and those of a problem in their order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from ..access import get, visible
from ..days import CHINA
from ..events import Event
from ..registry.counties import find_county
from ..registry.people import Person
from ..registry.sites import Site
from .findings import Finding
from .interview_corrections import RecordVersion, record_versions
from .orders import Order, OrderItem, OrderKind, OrderState
from .step_papers import compose_step
from .steps import Step, StepKind, StepState

Proposer, Decider = aliased(Person), aliased(Person)


class StepRow(NamedTuple):
    """A step with the names of who proposed and who decided it; None where the clock did."""

    step: Step
    proposed_by: str | None
    decided_by: str | None

    @property
    def at(self) -> datetime:
        """Where it stands on a time line: when it was decided, or proposed while it waits."""
        return self.step.decided_at or self.step.proposed_at


def steps_of(session: Session, person: Person, finding: Finding) -> list[StepRow]:
    """The steps of a problem in the order in which they happened, as far as the person may see them."""
    rows = session.execute(_with_names(person).where(Step.finding_id == finding.id))
    return sorted((StepRow(*row) for row in rows), key=lambda row: (row.at, row.step.id))


def _with_names(person: Person) -> Any:
    return (
        visible(person, Step)
        .outerjoin(Proposer, (Proposer.county == Step.county) & (Proposer.id == Step.proposed_by_id))
        .outerjoin(Decider, (Decider.county == Step.county) & (Decider.id == Step.decided_by_id))
        .add_columns(Proposer.name, Decider.name)
    )


@dataclass(frozen=True)
class StepFile:
    """One step. `content` is its paper, or what it would say; `offered` is what the open form begins with."""

    step: Step
    finding: Finding
    site: Site
    others: list[StepRow]
    people: dict[UUID, str]
    content: dict[str, Any] | None
    offered: dict[str, Any]
    order: Order | None
    events: list[tuple[Event, str | None]]
    records: list[RecordVersion]


def read_step_file(session: Session, person: Person, step_id: UUID, now: datetime) -> StepFile:
    """The file of a step that the person may see. Raises NotFound."""
    step = get(session, person, Step, step_id)
    finding = session.get_one(Finding, (step.county, step.finding_id))
    site = session.get_one(Site, (step.county, finding.site_id))
    others = steps_of(session, person, finding)
    home = find_county(session, step.county)
    names = {"county": home.name if home else "", "bureau": home.bureau if home else ""}
    content = step.content
    if content is None and step.draft:
        content = compose_step(step, finding.text, site.name, names, number_text="", issued_on=None)
    return StepFile(
        step=step,
        finding=finding,
        site=site,
        others=others,
        people=_people(session, step),
        content=content,
        offered=_offered(step, finding, site, names["bureau"], person, others, now),
        order=_order_of(session, step),
        events=_events(session, step),
        records=record_versions(session, step),
    )


def _people(session: Session, step: Step) -> dict[UUID, str]:
    ids = {step.proposed_by_id, step.decided_by_id, step.draft_by_id, step.signed_by_id} - {None}
    rows = session.execute(select(Person.id, Person.name).where(Person.county == step.county, Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _events(session: Session, step: Step) -> list[tuple[Event, str | None]]:
    query = (
        select(Event, Person.name)
        .outerjoin(Person, (Person.county == Event.county) & (Person.id == Event.person_id))
        .where(Event.county == step.county, Event.subject_id == step.id)
        .order_by(Event.at.desc(), Event.id.desc())
    )
    return [(event, name) for event, name in session.execute(query)]


def _order_of(session: Session, step: Step) -> Order | None:
    """The supervision order that did the step, or the draft of one that names its problem."""
    if step.order_id:
        return session.get_one(Order, (step.county, step.order_id))
    if step.kind is not StepKind.SUPERVISION:
        return None
    named = select(OrderItem.order_id).where(
        OrderItem.county == step.county, OrderItem.finding_id == step.finding_id, OrderItem.is_live
    )
    drafts = select(Order).where(
        Order.county == step.county, Order.id.in_(named), Order.kind == OrderKind.SUPERVISION,
        Order.state == OrderState.DRAFT,
    )  # fmt: skip
    return session.scalars(drafts.limit(1)).first()


def _offered(
    step: Step, finding: Finding, site: Site, bureau: str, person: Person, others: list[StepRow], now: datetime
) -> dict[str, Any]:
    """What the form begins with: what was typed last, else what the record knows."""
    if step.draft and step.signed_at and step.kind is StepKind.INTERVIEW:
        called, kept = (
            step.draft,
            {"held_at": "at", "held_place": "place", "held_by": "host", "attended": "invited"},
        )
        record = {name: called[given] for name, given in kept.items()}
        return record | {"attended_count": called["headcount"], "recorder": person.name}
    if step.draft:
        return step.draft | {"by_inspectorate": "1" if step.draft["by_inspectorate"] else ""}
    invited = f"{site.name}负责人"
    until = f"，整改期限为 {step.deadline.isoformat()}" if step.deadline else ""
    taken = [row.step.kind.label for row in others if row.step.state is StepState.DONE]
    after = f"经{'、'.join(dict.fromkeys(map(str, taken)))}" if taken else "至今"
    match step.kind:
        case StepKind.INTERVIEW:
            at = (now + timedelta(days=3)).astimezone(CHINA).replace(hour=9, minute=30)
            contact = {"contact": person.name, "telephone": person.phone or "", "by_inspectorate": "1"}
            where = {"at": at.strftime("%Y-%m-%dT%H:%M"), "place": f"{bureau}会议室"}
            subject = f"“{finding.text}”{until}，{after}仍未整改到位。"
            return {"invited": invited, "headcount": 1, "subject": subject} | where | contact
        case StepKind.NOTICE:
            text = f"{site.name}存在“{finding.text}”的问题{until}，{after}仍未整改到位，现予通报。"
            return {"audience": "各镇街、各学校、各校外培训机构", "text": text, "by_inspectorate": "1"}
        case StepKind.ACCOUNTABILITY:
            return {"subject": invited, "headcount": 1, "body": bureau, "by_inspectorate": "1"}
        case _:
            return {}
