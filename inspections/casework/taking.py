"""A person takes a step: prepares its paper, signs it, records the interview, or decides that it isn't taken.

The dispatcher prepares and the leader signs, as with orders. A signed interview is done when it was held; a notice
and an accountability are done with the signature. A supervision order has its own way, from draft to issue.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..days import CHINA, day_of
from ..errors import Conflict, Invalid, say
from ..registry.counties import find_county
from ..registry.people import Person
from ..registry.sites import Site
from ..reporting.documents.making import remember
from . import numbering
from .closures import Closure
from .findings import Finding, FindingState
from .orders import ItemRow, Order, OrderKind
from .step_forms import PAPERS, RECORD, read_form
from .step_papers import compose_step
from .steps import Origin, Step, StepKind, StepState

LONGEST_REASON = 500
STANDING = (FindingState.CONFIRMED, FindingState.RECTIFYING)
# Who let it come so far may be named after the problem was mended, too
AFTERWARDS = (StepKind.NOTICE, StepKind.ACCOUNTABILITY)


def begin(session: Session, person: Person, finding_id: UUID, kind: StepKind, now: datetime, today: date) -> Step:
    """Put a step forward by hand, without waiting for the clock. Raises Conflict where one waits already."""
    require(person, "step.prepare")
    finding = get(session, person, Finding, finding_id)
    session.refresh(finding, with_for_update=True)
    if kind not in PAPERS:
        raise Invalid({"kind": say("请选择约谈、通报或问责；督办请开具督办单")})
    mended = finding.state is FindingState.STRUCK_OFF and kind in AFTERWARDS
    if finding.state not in STANDING and not mended:
        raise Conflict(say("这个问题现在是“{state}”，不能{kind}", state=finding.state.label, kind=kind.label))
    waiting = select(Step.id).where(
        Step.county == finding.county, Step.finding_id == finding.id, Step.kind == kind,
        Step.state == StepState.PROPOSED,
    )  # fmt: skip
    if session.scalar(waiting.limit(1)):
        raise Conflict(say("这个问题已有一项待办的{kind}，请在那一项里办理", kind=kind.label))
    step = _by_hand(session, person, finding, kind, now, today)
    session.add(step)
    session.flush()
    events.record(session, person, "propose", step, kind=kind.value)
    return step


def to_begin(finding: Finding, steps: Iterable[Step]) -> list[StepKind]:
    """The steps that a person can put forward for a problem that has these, without waiting for the clock."""
    waiting = {step.kind for step in steps if step.state is StepState.PROPOSED}
    stands = finding.state in STANDING
    kinds = tuple(PAPERS) if stands else AFTERWARDS if finding.state is FindingState.STRUCK_OFF else ()
    return [kind for kind in kinds if kind not in waiting]


def _by_hand(
    session: Session, person: Person, finding: Finding, kind: StepKind, now: datetime, today: date
) -> Step:
    opened = select(func.count()).where(
        Closure.county == finding.county, Closure.finding_id == finding.id, Closure.reopened_at.is_not(None)
    )
    return Step(
        county=finding.county, finding_id=finding.id, kind=kind, origin=Origin.PERSON, due_on=today,
        proposed_at=now, proposed_by_id=person.id, deadline=finding.due_on, opening=session.scalar(opened) or 0,
    )  # fmt: skip


def prepare(session: Session, person: Person, step_id: UUID, form: Mapping[str, Any], now: datetime) -> Step:
    """Keep what the paper shall say, as often as it is changed before the signature. Raises Invalid by field."""
    require(person, "step.prepare")
    step = locked(session, person, step_id)
    if step.kind not in PAPERS:
        raise Conflict(say("督办请开具督办单，签发后这一步自动办结"))
    if step.signed_at is not None:
        raise Conflict(say("已经签发，文号 {number}，内容不再改动", number=step.number_text or "—"))
    values = read_form(PAPERS[step.kind], form, now)
    if step.kind is StepKind.INTERVIEW and moment_of(values["at"]) <= now:
        raise Invalid({"at": say("约谈时间要在现在以后")})
    step.draft, step.draft_by_id = values, person.id
    events.record(session, person, "prepare", step, kind=step.kind.value)
    session.flush()
    return step


def sign(session: Session, person: Person, step_id: UUID, now: datetime, today: date) -> Step:
    """The leader signs: the paper gets its number and its words are frozen. Raises Conflict, Invalid.

    The row of numbers is locked from here to the end of the transaction, so it comes last.
    """
    require(person, "step.decide")
    step = locked(session, person, step_id)
    if step.signed_at is not None:
        raise Conflict(say("已经签发，文号 {number}，没有重复编号", number=step.number_text or "—"))
    if step.draft is None:
        raise Invalid(message=say("还没有拟稿，请先填写{kind}的内容", kind=step.kind.label))
    finding = not_suspended(session, step)
    if step.kind is StepKind.INTERVIEW and moment_of(step.draft["at"]) <= now:
        raise Invalid({"at": say("约谈时间要在现在以后")})
    site = session.get_one(Site, (step.county, finding.site_id))
    home = find_county(session, step.county)
    names = {"county": home.name if home else "", "bureau": home.bureau if home else ""}
    taken = numbering.take(session, step.county, step.kind, today.year)
    step.content = compose_step(step, finding.text, site.name, names, number_text=taken.text, issued_on=today)
    step.number_text, step.signed_at, step.signed_by_id = taken.text, now, person.id
    step.by_inspectorate = bool(step.draft["by_inspectorate"])
    if step.kind is not StepKind.INTERVIEW:
        step.state, step.decided_at, step.decided_by_id = StepState.DONE, now, person.id
        step.headcount = int(step.draft.get("headcount", 1))
    session.flush()
    remember(session, person, step.kind.value, step.id, now, taken.text)
    events.record(session, person, "sign", step, kind=step.kind.value, number=taken.text)
    return step


def record(session: Session, person: Person, step_id: UUID, form: Mapping[str, Any], now: datetime) -> Step:
    """The record of an interview: from then on it is done, on the day it was held. Raises Conflict, Invalid."""
    require(person, "step.record")
    step = locked(session, person, step_id)
    if step.kind is not StepKind.INTERVIEW or step.signed_at is None:
        raise Conflict(say("先签发约谈通知书，再登记约谈记录"))
    values = read_form(RECORD, form, now)
    held_at = moment_of(values["held_at"])
    refuse_early(step, held_at)
    step.record, step.headcount = values, values["attended_count"]
    step.state, step.decided_at, step.decided_by_id = StepState.DONE, held_at, person.id
    session.flush()
    remember(session, person, "interview_record", step.id, now, step.number_text or "")
    events.record(session, person, "record", step, kind=step.kind.value, headcount=step.headcount)
    return step


def refuse_early(step: Step, held_at: datetime) -> None:
    """Raise Invalid for an interview that was held before it was called."""
    if step.signed_at and day_of(held_at) < day_of(step.signed_at):
        day = day_of(step.signed_at).isoformat()
        raise Invalid({"held_at": say("约谈在通知书签发（{day}）以后", day=day)})


def skip(session: Session, person: Person, step_id: UUID, reason: str, now: datetime) -> Step:
    """The leader decides that a step isn't taken, and says why. A number that was given stays used."""
    require(person, "step.decide")
    step = locked(session, person, step_id)
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": say("请写明不办的原因，最多 {n} 字", n=LONGEST_REASON)})
    step.state, step.reason = StepState.SKIPPED, reason
    step.decided_at, step.decided_by_id = now, person.id
    session.flush()
    events.record(session, person, "skip", step, kind=step.kind.value, reason=reason)
    return step


def note_order(
    session: Session, person: Person, order: Order, rows: list[ItemRow], now: datetime, today: date
) -> None:
    """A supervision order was issued: for each problem the step is done, proposed before or not."""
    if order.kind is not OrderKind.SUPERVISION:
        return
    waiting = select(Step).where(
        Step.county == order.county, Step.kind == StepKind.SUPERVISION, Step.state == StepState.PROPOSED,
        Step.finding_id.in_([row.finding.id for row in rows]),
    )  # fmt: skip
    proposed = {step.finding_id: step for step in session.scalars(waiting.with_for_update())}
    for _item, finding in rows:
        step = proposed.get(finding.id) or _by_hand(session, person, finding, StepKind.SUPERVISION, now, today)
        session.add(step)
        step.state, step.decided_at, step.decided_by_id, step.order_id = StepState.DONE, now, person.id, order.id
    session.flush()


def locked(session: Session, person: Person, step_id: UUID) -> Step:
    step = get(session, person, Step, step_id)
    session.refresh(step, with_for_update=True)
    if step.state is not StepState.PROPOSED:
        raise Conflict(say("这一步已是“{state}”，没有改动", state=step.state.label))
    return step


def not_suspended(session: Session, step: Step) -> Finding:
    finding = session.get_one(Finding, (step.county, step.finding_id))
    if finding.suspended_at is not None:
        raise Conflict(say("这个问题已中止，恢复以后才能办理"))
    return finding


def moment_of(text: str) -> datetime:
    """The aware moment of what a form has as a day and an hour in China."""
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)
