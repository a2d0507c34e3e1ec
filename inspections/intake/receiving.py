"""The one way in for tips, whatever the channel: read strictly, numbered, given a township, never taken twice."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import Field, StringConstraints
from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import Session

from geo.columns import lonlat
from geo.coordinates import LonLat

from .. import events
from ..casework.deadlines import working_days_after
from ..days import CHINA, day_of
from ..errors import Conflict, Invalid, say
from ..evidence.keys import KeyRing
from ..incoming import Line, Moment, Part
from ..registry.areas import Area, AreaLevel, township_at
from ..registry.given_places import GivenLocation, Metres, place_of
from ..registry.people import Person
from ..registry.sites import Site, SiteCategory, SiteKind
from ..rules.calendar import working_calendar
from .clues import GivenClue, add_clues, find_clues
from .receipt_codes import code_of, make_code, mark_of
from .tip_moves import TipMoveKind, move
from .tips import Tip, TipChannel, TipState

TRIAGE_DAYS = 1  # working days until somebody has decided what a tip is
WORK_ENDS = time(18)
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is misheard or misread
CODE_LENGTH = 6
MASK = "（已隐去）"
SHORTEST_SECRET = 2
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=5_000)]
Bit = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]


class GivenTip(Part):
    """A tip as a form, a phone or an import gives it. `id` is its author's: sent again, it is the same tip.

    `clues` are those that were named as such; more are read from the text.
    """

    id: UUID
    text: Words
    category: SiteCategory | None = None
    place: Line | None = None
    near: Line | None = None
    compound: Bit | None = None
    building: Bit | None = None
    unit: Bit | None = None
    room: Bit | None = None
    schedule: Line | None = None
    location: GivenLocation | None = None
    uncertainty_m: Metres | None = None
    site_id: UUID | None = None
    happened_at: Moment | None = None
    names_minor: bool = False
    clues: Annotated[tuple[GivenClue, ...], Field(max_length=20)] = ()
    reference: Line | None = None
    reference_from: Line | None = None
    due_at: Moment | None = None


class ReceivedTip(NamedTuple):
    """`receipt_code` is None in an installation without a secret."""

    tip: Tip
    receipt_code: str | None
    is_new: bool


@dataclass(frozen=True)
class Reporter:
    """Whoever reports without an account, as one who acts (`events.Actor`): the tip's id, and no person."""

    county: str
    id: UUID
    person_id: None = None


def receive_tip(
    session: Session,
    county: str,
    given: GivenTip,
    now: datetime,
    *,
    channel: TipChannel,
    keys: KeyRing,
    by: Person | None = None,
    hidden: Iterable[str] = (),
) -> ReceivedTip:
    """Take a tip. `hidden` are the words that would tell who complained: they are masked before anything is kept.

    Raises Invalid by field, and Conflict for other content under the id of a tip that is here.
    """
    given = without(given, [word for word in hidden if len(word.strip()) >= SHORTEST_SECRET])
    digest = hashlib.sha256(given.model_dump_json().encode()).hexdigest()
    lock = {"key": f"tip {county} {given.id}"}
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), lock)
    known = session.get(Tip, (county, given.id))
    if known is not None:
        if known.content_sha256 != digest:
            raise Conflict(say("这条线索已经收到过，内容和这次的不一样；要补充内容，请用查询码打开后补充"))
        return ReceivedTip(known, code_of(keys.tip, known), is_new=False)
    tip, code = _new_tip(session, county, given, now, channel=channel, keys=keys.tip, by=by)
    tip.content_sha256 = digest
    session.add(tip)
    session.flush()
    add_clues(session, county, [*given.clues, *find_clues(given.text)], tip=tip, at=now)
    move(session, tip, TipMoveKind.RECEIVED, now, by, due_at=tip.due_at)
    events.record(session, by or Reporter(county, tip.id), "receive", tip, channel=channel.value)
    return ReceivedTip(tip, code, is_new=True)


def _new_tip(
    session: Session,
    county: str,
    given: GivenTip,
    now: datetime,
    *,
    channel: TipChannel,
    keys: Sequence[bytes],
    by: Person | None,
) -> tuple[Tip, str | None]:
    place = place_of(given.location)
    near_site_id = _near_site(session, county, given.near)
    receipt_code = make_code(keys[0], county, given.id) if keys else None
    same: dict[str, Any] = {
        name: value or None for name, value in given if name not in {"location", "clues", "names_minor", "site_id"}
    }
    tip = Tip(
        county=county,
        code=_number(session, county, given.id, now),
        receipt_mark=mark_of(keys[0], receipt_code) if receipt_code else None,
        channel=channel,
        state=TipState.NEW,
        location=lonlat(*place) if place else None,
        near_site_id=near_site_id,
        site_id=_own_site(session, county, given.site_id),
        township_id=_township(session, county, given, place, near_site_id),
        names_minor=given.names_minor,
        received_at=now,
        triage_due_at=triage_due(session, county, now),
        taken_by_id=by and by.id,
        **same,
    )
    if tip.uncertainty_m is None and given.location:
        tip.uncertainty_m = given.location.accuracy_m
    return tip, receipt_code


def triage_due(session: Session, county: str, now: datetime) -> datetime:
    """The end of the working day after."""
    day = working_days_after(working_calendar(session, county), day_of(now), TRIAGE_DAYS).on
    return datetime.combine(day, WORK_ENDS, CHINA)


def without(given: GivenTip, hidden: Sequence[str]) -> GivenTip:
    """The same with words masked wherever they stand, digits of a number also where it is written apart."""
    if not hidden:
        return given
    pattern = re.compile("|".join(sorted(map(_loosely, hidden), key=len, reverse=True)))

    def masked(value: Any) -> Any:
        if isinstance(value, str) and not isinstance(value, SiteCategory):
            return pattern.sub(MASK, value)
        if isinstance(value, tuple):
            return tuple(clue for clue in value if not pattern.search(clue.text))
        return value

    return given.model_copy(update={name: masked(value) for name, value in given})


def _loosely(word: str) -> str:
    word = word.strip()
    digits = [each for each in word if each.isdecimal()]
    if len(digits) >= 7 and not any(each.isalpha() for each in word):
        return r"[ \-]?".join(map(re.escape, digits[-11:]))
    return re.escape(word)


def _number(session: Session, county: str, tip_id: UUID, now: datetime) -> str:
    """The day and six letters that follow from the id, or from the next digest where those are taken."""
    digest = tip_id.bytes
    while True:
        digest = hashlib.sha256(digest).digest()
        number, letters = int.from_bytes(digest[:8]), []
        for _ in range(CODE_LENGTH):
            number, rest = divmod(number, len(CODE_LETTERS))
            letters.append(CODE_LETTERS[rest])
        code = f"{now.astimezone(CHINA):%y%m%d}-{''.join(letters)}"
        if not session.scalar(select(exists().where(Tip.county == county, Tip.code == code))):
            return code


def _near_site(session: Session, county: str, near: str | None) -> UUID | None:
    """The one school that was named, by its whole name or a part that no other school's has."""
    if not near or len(near) < 2:
        return None
    schools = select(Site.id).where(Site.county == county, Site.kind == SiteKind.SCHOOL)
    whole = session.scalars(schools.where(Site.name == near).limit(2)).all()
    found = whole or session.scalars(schools.where(func.strpos(Site.name, near) > 0).limit(2)).all()
    return found[0] if len(found) == 1 else None


def _own_site(session: Session, county: str, site_id: UUID | None) -> UUID | None:
    if site_id and session.get(Site, (county, site_id)) is None:
        raise Invalid({"site_id": say("没有这个点位，请重新选择")})
    return site_id


def _township(
    session: Session, county: str, given: GivenTip, place: LonLat | None, near_site_id: UUID | None
) -> UUID | None:
    """Where it lies: by its point, by the site or school that was named, or by a township's name in the words."""
    if place and (found := township_at(session, county, place)):
        return found
    for site_id in filter(None, (given.site_id, near_site_id)):
        site = session.get(Site, (county, site_id))
        if site and site.township_id:
            return site.township_id
    words = " ".join(filter(None, (given.place, given.near, given.compound, given.text)))
    named = select(Area.id).where(
        Area.county == county, Area.level == AreaLevel.TOWNSHIP, func.strpos(words, Area.name) > 0
    )
    return session.scalars(named.order_by(func.strpos(words, Area.name), Area.name).limit(1)).first()
