"""The record of an interview is corrected by a further version, with author and reason; the old one stays."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..days import day_of
from ..errors import Conflict, Invalid, Message, say
from ..registry.people import Person
from ..reporting.documents.making import remember
from .interview_corrections import InterviewCorrection, newest_correction
from .penalising import read_reason, refuse_older
from .step_forms import RECORD, read_form
from .steps import Step
from .taking import moment_of, refuse_early


def correct_record(
    session: Session, person: Person, step_id: UUID, form: Mapping[str, Any], now: datetime
) -> InterviewCorrection:
    """A further version of a record that was written down, whole, with its `reason` (in `why`) and `version`.

    Raises Conflict where there is no record, where another came first or nothing is different; Invalid by field.
    """
    require(person, "step.record")
    step = get(session, person, Step, step_id)
    session.refresh(step, with_for_update=True)
    if step.record is None:
        raise Conflict(say("还没有登记约谈记录，不用更正"))
    last = newest_correction(session, step)
    version, content = (last.version, last.content) if last else (1, step.record)
    refuse_older(version, form)
    values, problems = _read(form, now)
    reason = read_reason({"reason": form.get("why")}, problems)
    if "reason" in problems:
        problems["why"] = problems.pop("reason")
    if problems:
        raise Invalid(problems)
    held_at = moment_of(values["held_at"])
    refuse_early(step, held_at)
    if values == content:
        raise Conflict(say("内容和现在的记录一样，没有更正"))
    correction = InterviewCorrection(
        county=step.county, step_id=step.id, version=version + 1, content=values, held_at=held_at,
        headcount=values["attended_count"], reason=reason, author_id=person.id, at=now,
    )  # fmt: skip
    session.add(correction)
    session.flush()
    remember(session, person, "interview_record", step.id, now, step.number_text or "")
    said = {"version": correction.version, "reason": reason, "was_on": day_of(step.decided_at or now).isoformat()}
    events.record(session, person, "correct_record", step, **said)
    return correction


def _read(form: Mapping[str, Any], now: datetime) -> tuple[dict[str, Any], dict[str, Message]]:
    try:
        return read_form(RECORD, form, now), {}
    except Invalid as error:
        return {}, dict(error.fields)
