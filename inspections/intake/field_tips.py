"""Tips by name from the phone, of volunteers and of field workers; and what these may read of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ..access import require
from ..errors import Conflict
from ..evidence.keys import KeyRing
from ..incoming import clean, parse_json, read
from ..registry.people import Person, Role
from .receiving import GivenTip, ReceivedTip, receive_tip
from .tip_moves import TipMove, TipMoveKind, move
from .tips import Tip, TipChannel

MOST_OWN = 100
OWN_CHANNELS = (TipChannel.VOLUNTEER, TipChannel.FIELD)
LONGEST_ADDED = 4_000


class OwnTip(NamedTuple):
    """A tip as who told of it may know it: `answer` is the last word that was meant for them."""

    tip: Tip
    answer: str


def receive_field_tip(
    session: Session, person: Person, content: bytes, keys: KeyRing, now: datetime
) -> ReceivedTip | Conflict:
    """Take in a tip as a phone sends it. Idempotent by id.

    Other content of its author's under the same id is added to the tip's way, where who deals with it reads it;
    the `Conflict` is returned, since that must be committed. Raises `Malformed`, `Invalid` by field, `Forbidden`.
    """
    require(person, "tip.send")
    tree, _ = clean(parse_json(content))
    given = read(GivenTip, tree | {"reference": None, "reference_from": None, "due_at": None})
    try:
        with session.begin_nested():
            return receive_tip(session, person.county, given, now, channel=_channel(person), by=person, keys=keys)
    except Conflict as conflict:
        _keep_both(session, person, given, now)
        return conflict


def own_tips(session: Session, person: Person) -> Sequence[OwnTip]:
    """What a person has told by name, the last first."""
    answer = (
        select(TipMove.answer)
        .where(TipMove.county == Tip.county, TipMove.tip_id == Tip.id, TipMove.answer != "")
        .order_by(TipMove.at.desc(), TipMove.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    own = (Tip.county == person.county, Tip.taken_by_id == person.id, Tip.channel.in_(OWN_CHANNELS))
    rows = session.execute(
        select(Tip, answer).where(*own).order_by(Tip.received_at.desc(), Tip.id).limit(MOST_OWN)
    )
    return [OwnTip(tip, said or "") for tip, said in rows]


def _channel(person: Person) -> TipChannel:
    """How often a source is right is counted apart for volunteers and for those whose work it is."""
    return TipChannel.VOLUNTEER if person.has(Role.VOLUNTEER) else TipChannel.FIELD


def _keep_both(session: Session, person: Person, given: GivenTip, now: datetime) -> None:
    tip = session.get(Tip, (person.county, given.id))
    if tip is None or tip.taken_by_id != person.id:
        return
    note = _as_note(given)
    same = exists().where(TipMove.county == tip.county, TipMove.tip_id == tip.id, TipMove.note == note)
    if not session.scalar(select(same)):
        move(session, tip, TipMoveKind.ADDED, now, person, note=note)


def _as_note(given: GivenTip) -> str:
    parts: list[Any] = [
        given.text,
        given.place,
        given.compound,
        given.building,
        given.unit,
        given.room,
        given.near,
    ]
    parts += [given.schedule, *(clue.text for clue in given.clues)]
    return "\n".join(str(each) for each in parts if each)[:LONGEST_ADDED]
