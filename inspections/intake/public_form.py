"""The form by which the public reports: three questions, the rest as one likes. Refused field by field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ..errors import Invalid, Message, say
from ..evidence.keys import KeyRing
from ..incoming import UNKEEPABLE, read
from ..registry.sites import CATEGORIES, SiteCategory, SiteKind
from ..registry.time_bands import TimeBand
from .complainants import Identity, given_identity, keep_identity
from .lanes import Sluice, lane_of
from .receiving import GivenTip, ReceivedTip, receive_tip
from .retention import forget_day
from .tips import Tip, TipChannel

ONE_LINE = ("place", "near", "compound", "building", "unit", "room", "schedule")
WHEREABOUTS = ("place", "near", "compound")
OFFERED = (*CATEGORIES[SiteKind.SUSPECTED], *CATEGORIES[SiteKind.INSTITUTION])
BETWEEN = "；"
NOBODY = Identity()


@dataclass(frozen=True)
class Standing:
    """What is known of who sends: whether work was done for the form, and how much came from there this hour."""

    is_proven: bool = False
    sent_before: int = 0


@dataclass(frozen=True)
class Sender:
    """What who reports told of himself, if anything."""

    identity: Identity = NOBODY
    is_minor: bool = False
    wants_answer: bool = False


def take_public_tip(
    session: Session,
    county: str,
    given: GivenTip,
    now: datetime,
    keys: KeyRing,
    standing: Standing,
    sluice: Sluice,
    sender: Sender | None = None,
) -> ReceivedTip:
    """Receive a tip, give it its lane, and seal who sent it. Raises what `receive_tip` and `lane_of` raise."""
    sender = sender or Sender()
    hidden = sender.identity.hidden
    received = receive_tip(session, county, given, now, channel=TipChannel.WEB, keys=keys, hidden=hidden)
    if received.is_new:
        received.tip.lane = lane_of(
            session,
            county,
            now,
            is_proven=standing.is_proven,
            sent_before=standing.sent_before,
            sluice=sluice,
        )
        session.flush()
    if sender.identity.is_known:
        _seal(session, received.tip, given, sender, keys)
    return received


def _seal(session: Session, tip: Tip, given: GivenTip, sender: Sender, keys: KeyRing) -> None:
    identity = sender.identity._replace(original=given.text if tip.text != given.text else "")
    keep_identity(
        session,
        keys.identity,
        tip,
        identity,
        is_minor=sender.is_minor,
        wants_answer=sender.wants_answer,
        forget_on=forget_day(session, tip.county, tip.received_at),
    )


def read_form(form: Mapping[str, str], bands: Sequence[str] = ()) -> GivenTip:
    """A tip as the form says it; `bands` are the ticked times of the week. Raises Invalid by the form's fields."""
    words = {name: _line(form.get(name, "")) for name in ONE_LINE}
    problems: dict[str, Message] = {}
    text = UNKEEPABLE.sub("", form.get("text", "").replace("\r\n", "\n")).strip()
    if len(text) < 2:
        problems["text"] = say("请写几句您看到的情况")
    location = _location(form, problems)
    if location is None and not any(words[name] for name in WHEREABOUTS):
        problems.setdefault("place", say("请写出在哪里：一个地址、一所学校旁边、一个小区都行，或在地图上点一下"))
    tree: dict[str, Any] = {name: value or None for name, value in words.items()}
    tree |= {
        "id": form.get("form_id", ""),
        "text": text,
        "category": _category(form.get("category", "")),
        "schedule": _schedule(words["schedule"], bands),
        "location": location,
        "names_minor": bool(form.get("names_minor")),
    }
    try:
        given = read(GivenTip, tree | ({} if text else {"text": "……"}))
    except Invalid as error:
        raise Invalid(_by_field(error.fields) | problems) from None
    if problems:
        raise Invalid(problems)
    return given


def read_sender(form: Mapping[str, str]) -> Sender:
    """Raises Invalid by the fields of `given_identity`."""
    return Sender(given_identity(form), bool(form.get("is_minor")), bool(form.get("wants_answer")))


def form_id_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _line(text: str) -> str:
    return " ".join(UNKEEPABLE.sub("", text).split())


def _location(form: Mapping[str, str], problems: dict[str, Message]) -> dict[str, Any] | None:
    """The pin; an empty one is none."""
    if not form.get("lon", "").strip() and not form.get("lat", "").strip():
        return None
    try:
        place: dict[str, Any] = {name: float(form.get(name, "")) for name in ("lon", "lat")}
        accuracy = form.get("accuracy_m", "").strip()
        place["accuracy_m"] = float(accuracy) if accuracy else None
    except ValueError:
        problems["location"] = say("地图上的位置没有读出来，请重新点一下，或只写地址")
        return None
    return place | {"source": "pin"}


def _category(text: str) -> str | None:
    return text if text in {each.value for each in SiteCategory} else None


def _schedule(words: str, bands: Sequence[str]) -> str | None:
    ticked = [str(each.label) for each in TimeBand if each.value in bands]
    return BETWEEN.join(filter(None, ["、".join(ticked), words])) or None


def _by_field(fields: Mapping[str, Message]) -> dict[str, Message]:
    """The names of the form's own fields; what is wrong with its number is said over the form."""
    found: dict[str, Message] = {}
    for path, message in fields.items():
        name = path.partition(".")[0]
        if name == "location":
            message = say("地图上的位置不对，请重新点一下，或只写地址")
        if name == "id":
            message = say("表单的编号不对，请刷新页面后重新填写")
        found.setdefault(name, message)
    return found
