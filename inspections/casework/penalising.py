"""Penalties are noted and followed until they are carried out; a change is a further version, with its reason."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from .. import events
from ..access import get, require, visible
from ..db import new_id
from ..errors import Conflict, Invalid, Message, say
from ..registry.people import Person
from ..registry.sites import Site
from .findings import Finding
from .penalties import SUMS, Penalty, PenaltyKind, PenaltyState
from .step_forms import Words, read_day, read_words

TEXTS = {
    "body": Words(100, say("请填写作出决定的机关")),
    "reference": Words(100),
    "basis": Words(500, say("请填写依据的法律法规和条款")),
    "detail": Words(2_000),
}
REASON = Words(500, say("请写明为什么改动"))
MOST_YUAN = Decimal("9999999999.99")
YUAN = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?")


class PenaltyVersion(NamedTuple):
    penalty: Penalty
    author: str


def versions_of_penalty(session: Session, person: Person, penalty_id: UUID) -> list[PenaltyVersion]:
    """Every version of a penalty by the id of any of them, the newest first. Raises NotFound."""
    one = get(session, person, Penalty, penalty_id)
    query = (
        visible(person, Penalty)
        .join(Person, (Person.county == Penalty.county) & (Person.id == Penalty.author_id))
        .where(Penalty.root_id == one.root_id)
        .order_by(Penalty.version.desc())
    )
    return [PenaltyVersion(*row) for row in session.execute(query.add_columns(Person.name))]


def is_latest(model: Any) -> Any:
    """A condition: no further version follows."""
    later = aliased(model)
    newer = select(later.id).where(
        later.county == model.county, later.root_id == model.root_id, later.version > model.version
    )
    return ~newer.exists()


def penalties_of(session: Session, person: Person, *conditions: Any) -> Sequence[Penalty]:
    """As they stand now, the latest decided first: of a site or of a finding, by the conditions given."""
    query = visible(person, Penalty).where(is_latest(Penalty), *conditions)
    return session.scalars(query.order_by(Penalty.decided_on.desc(), Penalty.id.desc())).all()


def note_penalty(
    session: Session, person: Person, site_id: UUID, form: Mapping[str, Any], now: datetime, today: date
) -> Penalty:
    """The first version. Raises Invalid by field."""
    require(person, "penalty.record")
    site = get(session, person, Site, site_id)
    values, problems = _read(form, today)
    finding_id = read_finding(session, person, site, form, problems)
    if problems:
        raise Invalid(problems)
    key = new_id()
    penalty = Penalty(
        county=site.county, id=key, root_id=key, version=1, site_id=site.id, finding_id=finding_id,
        author_id=person.id, at=now, **values,
    )  # fmt: skip
    session.add(penalty)
    session.flush()
    events.record(session, person, "note", penalty, kind=penalty.kind.value, site=str(site.id))
    return penalty


def change_penalty(
    session: Session, person: Person, penalty_id: UUID, form: Mapping[str, Any], now: datetime, today: date
) -> Penalty:
    """A further version: carried out, cancelled, corrected. Raises Conflict where another came first, Invalid."""
    require(person, "penalty.record")
    known = versions_of_penalty(session, person, penalty_id)[0].penalty
    refuse_older(known.version, form)
    values, problems = _read(form, today)
    reason = read_reason(form, problems)
    if problems:
        raise Invalid(problems)
    penalty = Penalty(
        county=known.county, id=new_id(), root_id=known.root_id, version=known.version + 1,
        site_id=known.site_id, finding_id=known.finding_id, reason=reason, author_id=person.id, at=now, **values,
    )  # fmt: skip
    session.add(penalty)
    session.flush()
    said = {"version": penalty.version, "state": penalty.state.value, "reason": reason}
    events.record(session, person, "change", penalty, **said)
    return penalty


def refuse_older(version: int, form: Mapping[str, Any]) -> None:
    """The form says which version it was filled from."""
    if str(form.get("version", version)) != str(version):
        raise Conflict(say("别人刚改过这一条，请刷新后核对再改"))


def read_reason(form: Mapping[str, Any], problems: dict[str, Message]) -> str:
    try:
        return read_words(str(form.get("reason") or "").strip(), *REASON)
    except Invalid as error:
        problems["reason"] = error.message
        return ""


def read_finding(
    session: Session, person: Person, site: Site, form: Mapping[str, Any], problems: dict[str, Message]
) -> UUID | None:
    """The problem of the site that it is for; it may be for none."""
    text = str(form.get("finding_id") or "").strip()
    if not text:
        return None
    try:
        finding = get(session, person, Finding, UUID(text))
    except ValueError:
        finding = None
    if finding is None or finding.site_id != site.id:
        problems["finding_id"] = say("请从名单里选择")
        return None
    return finding.id


def read_texts(
    parts: Mapping[str, Words], form: Mapping[str, Any], problems: dict[str, Message]
) -> dict[str, str]:
    found = {}
    for name, part in parts.items():
        text = str(form.get(name) or "").replace("\r\n", "\n").replace("\x00", "").strip()
        try:
            found[name] = read_words(text, *part)
        except Invalid as error:
            problems[name] = error.message
    return found


def read_one_day(
    form: Mapping[str, Any], name: str, problems: dict[str, Message], *, latest: date | None, needed: bool
) -> date | None:
    text = str(form.get(name) or "").strip()
    if not text and not needed:
        return None
    try:
        return read_day(text, latest)
    except Invalid as error:
        problems[name] = error.message
        return None


def _read(form: Mapping[str, Any], today: date) -> tuple[dict[str, Any], dict[str, Message]]:
    problems: dict[str, Message] = {}
    kind = next((each for each in PenaltyKind if each == form.get("kind")), None)
    state = next((each for each in PenaltyState if each == form.get("state")), PenaltyState.DECIDED)
    if kind is None:
        problems["kind"] = say("请选择处罚或措施的种类")
    values: dict[str, Any] = {"kind": kind, "state": state, **read_texts(TEXTS, form, problems)}
    values["amount_yuan"] = _amount(kind, str(form.get("amount_yuan") or "").strip(), problems)
    values["decided_on"] = decided = read_one_day(form, "decided_on", problems, latest=today, needed=True)
    values["due_on"] = due = read_one_day(form, "due_on", problems, latest=None, needed=False)
    is_done = state is PenaltyState.CARRIED_OUT
    done = read_one_day(form, "carried_out_on", problems, latest=today, needed=is_done)
    values["carried_out_on"] = done if is_done else None
    for name, day in (("due_on", due), ("carried_out_on", done)):
        if decided and day and day < decided:
            problems[name] = say("不能早于决定日期 {day}", day=decided.isoformat())
    return values, problems


def _amount(kind: PenaltyKind | None, text: str, problems: dict[str, Message]) -> Decimal | None:
    if kind not in SUMS:
        return None
    if not YUAN.fullmatch(text) or not 0 < Decimal(text) <= MOST_YUAN:
        problems["amount_yuan"] = say("请填写金额（元），最多两位小数，例如 5000 或 1280.50")
        return None
    return Decimal(text)
