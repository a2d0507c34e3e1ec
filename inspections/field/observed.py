"""Facts in the record of a check, as they were entered on the phone: taken in and judged where they can be read.

What can't be read is no reason to refuse the record. It is flagged, and told from the record's bytes on request.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from geo.times import china_day

from .. import events
from ..access import can
from ..db import new_id
from ..errors import InspectionError, Invalid, Message, say
from ..registry.people import Person
from ..registry.sites import SiteKind
from ..rules.calendar import read_calendar
from ..rules.facts import FACTS
from ..rules.observations import Observation
from ..rules.observing import MOST_OF_A_CHECK, Group, read_group
from ..rules.proposals import Yardstick, judge_new
from ..rules.rules import read_book
from ..rules.subjects import Subject
from .checks import Check
from .record import Parsed, Record
from .transcript import ended_at

NOT_ALLOWED, UNREAD = "facts_not_allowed", "facts_unread"


class Observed(NamedTuple):
    """Flags are in words in `webapp.desk.flags`."""

    groups: Sequence[Group] = ()
    flags: Sequence[str] = ()


class Unread(NamedTuple):
    """Facts that were not taken in: what of, as they were entered, and what is wrong with them."""

    subject: Message | str
    about: str
    given: Sequence[tuple[Message | str, str]]
    messages: Sequence[Message]


def observed_of(record: Record, kind: SiteKind, person: Person, ended: datetime) -> Observed:
    """The facts that can be recorded of a site of that kind, on a visit that ended then by the server's clock."""
    if not record.observations:
        return Observed()
    if not can(person, "fact.record"):
        return Observed(flags=[NOT_ALLOWED])
    read = [_read(each, kind, china_day(ended)) for each in record.observations[:MOST_OF_A_CHECK]]
    groups = [each for each in read if isinstance(each, Group)]
    return Observed(groups, [UNREAD] * (len(groups) < len(record.observations)))


def write_observed(
    session: Session, person: Person, observed: Iterable[tuple[UUID, Sequence[Group]]], now: datetime
) -> None:
    """Record the facts of checks that are written down already, and judge them. Findings are proposed."""
    by = None
    for check_id, groups in observed:
        if not groups:
            continue
        by = by or Yardstick(read_book(session, person.county), read_calendar(session, person))
        check = session.get_one(Check, (person.county, check_id))
        rows = [_row(person, check_id, group) for group in groups]
        session.add_all(rows)
        session.flush()
        for row in rows:
            said = {"check_id": str(check_id), "day": f"{row.day}", "facts": row.facts}
            events.record(session, person, "record", row, **said)
        judge_new(session, person, check, rows, by, now)


def unread_facts(check: Check, kind: SiteKind) -> list[Unread]:
    """What the record of a check says of facts that were not taken in, in its order."""
    if not {NOT_ALLOWED, UNREAD} & set(check.flags):
        return []
    record = Parsed(check.record).record
    day = china_day(ended_at(record, check.received_at))
    if NOT_ALLOWED in check.flags:
        return [_unread(each, say("登记的人没有登记事实的权限")) for each in record.observations]
    return list(_refused(record.observations, kind, day))


def _refused(given: Sequence[Any], kind: SiteKind, day: date) -> Iterator[Unread]:
    for number, each in enumerate(given):
        if number >= MOST_OF_A_CHECK:
            yield _unread(each, say("一次检查最多登记 {n} 组事实", n=MOST_OF_A_CHECK))
        elif not isinstance(read := _read(each, kind, day), Group):
            yield _unread(
                each, *([*read.fields.values()] if isinstance(read, Invalid) and read.fields else [read.message])
            )


def _row(person: Person, check_id: UUID, group: Group) -> Observation:
    key = {"county": person.county, "id": new_id(), "check_id": check_id, "person_id": person.id}
    return Observation(**key, **group._asdict())


def _read(given: Any, kind: SiteKind, visited: date) -> Group | InspectionError:
    subject = _subject(given)
    if subject is None:
        return Invalid(message=say("读不出登记的是什么"))
    about, day = (each if isinstance(each := given.get(name), str) else "" for name in ("about", "day"))
    facts = given.get("facts")
    try:
        form = dict(facts) if isinstance(facts, dict) else {}
        return read_group(kind, visited, subject, form | {"about": about, "day": day})
    except InspectionError as error:
        return error


def _subject(given: Any) -> Subject | None:
    named = given.get("subject") if isinstance(given, dict) else None
    return next((each for each in Subject if each == named), None)


def _unread(given: Any, *messages: Message) -> Unread:
    subject = _subject(given)
    if not isinstance(given, dict):
        return Unread(_text(given), "", [], list(messages))
    facts = given.get("facts")
    labels: Mapping[str, Message | str] = {each.name: each.label for each in FACTS[subject]} if subject else {}
    pairs = (
        [(labels.get(name, name), _text(value)) for name, value in facts.items()]
        if isinstance(facts, dict)
        else []
    )
    return Unread(
        subject.label if subject else _text(given.get("subject")), _text(given.get("about")), pairs, list(messages)
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:200]
