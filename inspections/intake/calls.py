"""Calls 来电: what an operator needs while somebody talks, and the own calls of the day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, and_, case, func
from sqlalchemy.orm import Session

from ..access import get, require, visible
from ..days import CHINA
from ..errors import Invalid, NotFound
from ..evidence.keys import KeyRing
from ..incoming import read
from ..registry.areas import Area
from ..registry.given_places import place_of
from ..registry.people import Person
from ..registry.sites import Site, SiteKind
from .clues import normalise
from .complainants import Complainant, find_complainant, given_identity
from .duplicates import Draft, Suggestion, suggest
from .receipt_codes import code_of
from .receiving import GivenTip, without
from .taking import TakenTip, tree_of
from .tips import Tip, TipChannel

SCHOOLS_FOUND, HINTS_SHOWN, CALLS_SHOWN = 8, 5, 200
SHORTEST_TEXT = 2
NOTHING_YET = "——"


class FoundSchool(NamedTuple):
    id: UUID
    name: str
    township: str | None
    lon: float | None
    lat: float | None


def hints(session: Session, person: Person, form: Mapping[str, Any], now: datetime) -> list[Suggestion]:
    """Tips of the county that may tell of the same as what has been typed so far; none while it can't be read.

    What would tell who is calling is no clue, wherever it was typed.
    """
    require(person, "tip.take")
    tree = tree_of(form)
    if len(tree["text"]) < SHORTEST_TEXT:
        tree["text"] = NOTHING_YET
    try:
        given = without(read(GivenTip, tree), given_identity(form).hidden)
        place = place_of(given.location)
    except Invalid:
        return []
    draft = Draft(
        text=given.text,
        place=place,
        uncertainty_m=given.uncertainty_m,
        at=now,
        compound=given.compound,
        building=given.building,
        room=given.room,
        clues=frozenset((clue.kind, normalise(clue.kind, clue.text)) for clue in given.clues),
    )
    return suggest(session, person.county, draft, now, HINTS_SHOWN)


def own_calls(session: Session, person: Person, day: date) -> Sequence[Row[Any]]:
    """The calls that a person took on a day, the newest first: the tip and the complainant's pseudonym."""
    require(person, "tip.take")
    begins = datetime.combine(day, time(), CHINA)
    query = (
        visible(person, Tip)
        .where(
            Tip.taken_by_id == person.id,
            Tip.channel == TipChannel.HOTLINE,
            Tip.received_at >= begins,
            Tip.received_at < begins + timedelta(days=1),
        )
        .outerjoin(Complainant, and_(Complainant.county == Tip.county, Complainant.tip_id == Tip.id))
        .add_columns(Complainant.pseudonym)
        .order_by(Tip.received_at.desc(), Tip.id.desc())
        .limit(CALLS_SHOWN)
    )
    return session.execute(query).all()


def own_call(session: Session, person: Person, keys: KeyRing, tip_id: UUID) -> TakenTip:
    """A call that the person took, with its receipt code. Raises NotFound for anybody else's."""
    require(person, "tip.take")
    tip = get(session, person, Tip, tip_id)
    if tip.taken_by_id != person.id:
        raise NotFound
    return TakenTip(tip, code_of(keys.tip, tip), find_complainant(session, tip), is_new=False)


def find_schools(session: Session, person: Person, words: str) -> list[FoundSchool]:
    """Schools whose name holds each of the words; those that begin with the first one first."""
    require(person, "tip.take")
    parts = words.replace("\x00", "").strip()[:60].split()
    if not parts:
        return []
    query = (
        visible(person, Site)
        .where(Site.kind == SiteKind.SCHOOL, *(Site.name.contains(part, autoescape=True) for part in parts))
        .outerjoin(Area, and_(Area.county == Site.county, Area.id == Site.township_id))
        .with_only_columns(Site.id, Site.name, Area.name, func.ST_X(Site.location), func.ST_Y(Site.location))
        .order_by(
            case((Site.name.startswith(parts[0], autoescape=True), 0), else_=1), func.length(Site.name), Site.name
        )
        .limit(SCHOOLS_FOUND)
    )
    return [FoundSchool(*row) for row in session.execute(query)]
