"""A case is handed to another department and followed until its answer; each change is a further version."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require, visible
from ..db import new_id
from ..errors import Invalid, Message, say
from ..registry.counties import find_county
from ..registry.people import Person
from ..registry.sites import Site
from ..reporting.documents.making import remember
from . import numbering
from .handover_findings import add_findings
from .handovers import Handover, HandoverState
from .numbering import PaperKind
from .penalising import is_latest, read_finding, read_one_day, read_reason, read_texts, refuse_older
from .step_forms import Words
from .step_papers import compose_handover

SENDING = {
    "recipient": Words(100, say("请填写移送给哪个部门")),
    "matter": Words(3_000, say("请填写移送的情况和理由")),
}
ANSWERING = {"answer": Words(2_000), "answer_reference": Words(100)}
MOST_PAPERS, LONGEST_PAPER = 30, 200
ANSWERED = (HandoverState.ANSWERED, HandoverState.RETURNED)


class HandoverVersion(NamedTuple):
    handover: Handover
    author: str


def versions_of_handover(session: Session, person: Person, handover_id: UUID) -> list[HandoverVersion]:
    """Every version of a hand-over by the id of any of them, the newest first. Raises NotFound."""
    one = get(session, person, Handover, handover_id)
    query = (
        visible(person, Handover)
        .join(Person, (Person.county == Handover.county) & (Person.id == Handover.author_id))
        .where(Handover.root_id == one.root_id)
        .order_by(Handover.version.desc())
    )
    return [HandoverVersion(*row) for row in session.execute(query.add_columns(Person.name))]


def handovers_of(session: Session, person: Person, *conditions: Any) -> Sequence[Handover]:
    """As they stand now, the latest first: of a site or of a finding, by the conditions given."""
    query = visible(person, Handover).where(is_latest(Handover), *conditions)
    return session.scalars(query.order_by(Handover.handed_on.desc(), Handover.id.desc())).all()


def hand_over(
    session: Session,
    person: Person,
    site_id: UUID,
    form: Mapping[str, Any],
    now: datetime,
    today: date,
    *,
    also: Sequence[UUID] = (),
) -> Handover:
    """Hand a case over: its letter gets its number and its words are frozen. Raises Invalid by field.

    `also` are further problems of the site that it is about, beside that of the form.
    """
    require(person, "handover.record")
    site = get(session, person, Site, site_id)
    problems: dict[str, Message] = {}
    values: dict[str, Any] = read_texts(SENDING, form, problems)
    values["papers"] = _papers(str(form.get("papers") or ""), problems)
    values["handed_on"] = day = read_one_day(form, "handed_on", problems, latest=today, needed=True)
    values["due_back_on"] = back = read_one_day(form, "due_back_on", problems, latest=None, needed=False)
    if day and back and back < day:
        problems["due_back_on"] = say("不能早于移送日期 {day}", day=day.isoformat())
    finding_id = read_finding(session, person, site, form, problems)
    if problems or day is None:
        raise Invalid(problems)
    home = find_county(session, site.county)
    names = {"county": home.name if home else "", "bureau": home.bureau if home else ""}
    taken = numbering.take(session, site.county, PaperKind.HANDOVER, day.year)
    key = new_id()
    handover = Handover(
        county=site.county, id=key, root_id=key, version=1, site_id=site.id, finding_id=finding_id,
        state=HandoverState.SENT, number_text=taken.text, author_id=person.id, at=now,
        content=compose_handover(values, site.name, names, number_text=taken.text), **values,
    )  # fmt: skip
    session.add(handover)
    session.flush()
    add_findings(session, handover, also)
    remember(session, person, "handover", handover.root_id, now, taken.text)
    events.record(session, person, "hand_over", handover, number=taken.text, to=values["recipient"])
    return handover


def note_answer(
    session: Session, person: Person, handover_id: UUID, form: Mapping[str, Any], now: datetime, today: date
) -> Handover:
    """What became of it: a further version. Raises Conflict where another came first, Invalid by field."""
    require(person, "handover.record")
    known = versions_of_handover(session, person, handover_id)[0].handover
    refuse_older(known.version, form)
    problems: dict[str, Message] = {}
    values: dict[str, Any] = read_texts(ANSWERING, form, problems)
    state = next((each for each in HandoverState if each == form.get("state")), None)
    if state is None:
        problems["state"] = say("请选择办理情况")
    values["answered_on"] = answered = read_one_day(
        form, "answered_on", problems, latest=today, needed=state in ANSWERED
    )
    values["due_back_on"] = read_one_day(form, "due_back_on", problems, latest=None, needed=False)
    for name in ("answered_on", "due_back_on"):
        if (day := values[name]) and day < known.handed_on:
            problems[name] = say("不能早于移送日期 {day}", day=known.handed_on.isoformat())
    if state in ANSWERED and not values.get("answer"):
        problems.setdefault("answer", say("请填写对方怎么答复"))
    reason = read_reason(form, problems)
    if problems:
        raise Invalid(problems)
    kept = ("site_id", "finding_id", "recipient", "matter", "papers", "handed_on", "number_text", "content")
    handover = Handover(
        county=known.county, id=new_id(), root_id=known.root_id, version=known.version + 1, state=state,
        reason=reason, author_id=person.id, at=now, **{name: getattr(known, name) for name in kept}, **values,
    )  # fmt: skip
    session.add(handover)
    session.flush()
    said = {"version": handover.version, "state": handover.state.value, "answered_on": f"{answered or ''}"}
    events.record(session, person, "change", handover, **said)
    return handover


def _papers(text: str, problems: dict[str, Message]) -> list[str]:
    """The papers that go with it, one a line."""
    lines = [line.replace("\x00", "").strip() for line in text.splitlines()]
    papers = [line for line in lines if line]
    if len(papers) > MOST_PAPERS or any(len(each) > LONGEST_PAPER for each in papers):
        problems["papers"] = say("最多 {n} 份材料，每份一行，不超过 {m} 字", n=MOST_PAPERS, m=LONGEST_PAPER)
    return papers
