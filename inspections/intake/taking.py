"""Tips that somebody of the office keys in: calls as they come, letters of departments and of offices above."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import require
from ..errors import Invalid, Message, say
from ..evidence.keys import KeyRing
from ..incoming import read
from ..registry.people import Person
from .clues import ClueKind
from .complainants import Complainant, find_complainant, given_identity, keep_identity
from .receiving import GivenTip, receive_tip
from .retention import forget_day
from .tip_moves import TipMoveKind, move
from .tips import Tip, TipChannel

T = TypeVar("T")
# The fields of the form that are a tip's as they stand
PLAIN = (
    "text",
    "category",
    "place",
    "near",
    "compound",
    "building",
    "unit",
    "room",
    "schedule",
    "reference",
    "reference_from",
)
CLUES = {f"clue_{kind.value}": kind for kind in ClueKind}
ABOUT_M = 300.0  # how far off a place may be that was heard and pointed at on the map


class TakenTip(NamedTuple):
    """`receipt_code` is read out to who called; None in an installation without a secret."""

    tip: Tip
    receipt_code: str | None
    complainant: Complainant | None
    is_new: bool


def take_tip(
    session: Session,
    person: Person,
    keys: KeyRing,
    form: Mapping[str, Any],
    now: datetime,
    channel: TipChannel,
    *,
    original: str = "",
) -> TakenTip:
    """Take a tip from the fields of the form. Sent again under its `id`, it is the same one.

    `original` is sealed with who sent it: what was written, if that is more than the form's text. Raises Invalid
    by field, of the identity and of the tip in one go.
    """
    require(person, "tip.take")
    wrong = dict[str, Message]()
    identity = _collecting(wrong, lambda: given_identity(form))
    given = _collecting(wrong, lambda: read(GivenTip, tree_of(form)))
    if identity is None or given is None:
        raise Invalid(_by_field(wrong))
    try:
        received = receive_tip(
            session, person.county, given, now, channel=channel, keys=keys, by=person, hidden=identity.hidden
        )
    except Invalid as error:
        raise Invalid(_by_field(error.fields)) from None
    tip = received.tip
    if identity.is_known:
        keep_identity(
            session,
            keys.identity,
            tip,
            identity._replace(original=original or (given.text if tip.text != given.text else "")),
            is_minor=_is_ticked(form, "complainant_is_minor"),
            wants_answer=_is_ticked(form, "wants_answer"),
            forget_on=forget_day(session, tip.county, tip.received_at),
        )
    if received.is_new:
        _note_the_same(session, person, tip, str(form.get("same_as") or "").strip(), now)
    return TakenTip(tip, received.receipt_code, find_complainant(session, tip), received.is_new)


def tree_of(form: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as `GivenTip` reads them; what is empty is left out."""
    tree: dict[str, Any] = {name: value for name in PLAIN if (value := str(form.get(name) or "").strip())}
    clues = ((kind, str(form.get(name) or "").strip()) for name, kind in CLUES.items())
    tree |= {
        "id": form.get("id"),
        "text": tree.get("text", ""),
        "names_minor": _is_ticked(form, "names_minor"),
        "clues": [{"kind": kind.value, "text": text} for kind, text in clues if text],
    }
    if form.get("lon") and form.get("lat"):
        tree["location"] = {"lon": form["lon"], "lat": form["lat"], "source": "map"}
        tree["uncertainty_m"] = form.get("uncertainty_m") or ABOUT_M
    if form.get("due_at"):
        tree["due_at"] = form["due_at"]
    return tree


def _is_ticked(form: Mapping[str, Any], name: str) -> bool:
    return form.get(name) in (True, "1", "true", "on")


def _collecting(wrong: dict[str, Message], given: Callable[[], T]) -> T | None:
    try:
        return given()
    except Invalid as error:
        wrong |= error.fields
        return None


def _by_field(wrong: Mapping[str, Message]) -> dict[str, Message]:
    """Paths inside of lists and of the place, by the field that shows them."""
    fields = dict[str, Message]()
    for path, message in wrong.items():
        name = path.split(".")[0]
        fields.setdefault({"clues": "clue_phone", "location": "place"}.get(name, name), message)
    if "text" in fields:
        fields["text"] = say("请写下反映的情况，2 至 5000 字")
    return fields


def _note_the_same(session: Session, person: Person, tip: Tip, code: str, now: datetime) -> None:
    """Who took it thinks that it tells of another tip's matter: for the triage to decide."""
    if not code or code == tip.code:
        return
    known = select(Tip.code).where(Tip.county == tip.county, Tip.code == code)
    if session.scalar(known):
        note = str(say("接听人认为和线索 {code} 是同一件事", code=code))
        move(session, tip, TipMoveKind.NOTE, now, person, note=note)
