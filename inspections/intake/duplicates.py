"""Which tips may tell of the same: by clue, address, place, words and time, with reasons that a person can check.

What is found in the indexes first is weighed here; nothing is joined before somebody says so (`merging`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import cos, radians
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Integer, Row, Select, Uuid, and_, column, func, or_, select, tuple_, union_all
from sqlalchemy.orm import Session, aliased

from geo.coordinates import LonLat
from geo.measurement import distance_m
from geo.tiles import key_ranges

from ..access import visible
from ..errors import Message, say
from ..registry.people import Person
from ..registry.site_file import place_of
from .clues import Clue, ClueKind, find_clues, normalise
from .tips import Tip, TipState
from .wording import grams, likeness, shared_phrase

REACH_M, FARTHEST_M = 250.0, 1_500.0
METRES_A_DEGREE = 111_320.0
MOST_NEAR, MOST_OF_EACH = 60, 30
ENOUGH, LIKELY = 3.0, 6.0  # points: from which a tip is put forward, and from which it is very likely the same
LOOKS_BACK = timedelta(days=400)

Master = aliased(Tip)
WEIGHED: tuple[Any, ...] = (
    Tip.id,
    Tip.text,
    Tip.compound,
    Tip.building,
    Tip.room,
    Tip.site_id,
    Tip.near_site_id,
    Tip.uncertainty_m,
    Tip.happened_at,
    Tip.received_at,
    func.ST_X(Tip.location).label("lon"),
    func.ST_Y(Tip.location).label("lat"),
)
SHOWN: tuple[Any, ...] = tuple(
    func.coalesce(getattr(Master, name), getattr(Tip, name)).label(f"shown_{name}")
    for name in ("id", "code", "state", "text", "place", "received_at")
)

CLUE_POINTS = {
    ClueKind.PHONE: 5.0,
    ClueKind.WECHAT: 5.0,
    ClueKind.PAYMENT: 5.0,
    ClueKind.TEACHER: 3.0,  # two people may have one name
    ClueKind.NAME: 3.0,
    ClueKind.ADVERT: 2.0,
}


@dataclass(frozen=True)
class Draft:
    """What is known of a report, before or after it is stored. `clues` are (kind, normalised value)."""

    text: str = ""
    place: LonLat | None = None
    uncertainty_m: float | None = None
    at: datetime | None = None
    compound: str | None = None
    building: str | None = None
    room: str | None = None
    site_id: UUID | None = None
    near_site_id: UUID | None = None
    clues: frozenset[tuple[ClueKind, str]] = field(default_factory=frozenset)
    tip_id: UUID | None = None

    def with_clues_of_text(self) -> "Draft":
        """The same with the phones, accounts and payment codes that stand in its words."""
        found = {(clue.kind, normalise(clue.kind, clue.text)) for clue in find_clues(self.text)}
        return replace(self, clues=self.clues | found)


class Reason(NamedTuple):
    text: Message
    points: float


class Suggestion(NamedTuple):
    """A tip that may be the same report; of tips joined already, the one they were joined into."""

    tip_id: UUID
    code: str
    state: TipState
    text: str
    place: str | None
    received_at: datetime
    score: float
    reasons: list[Reason]

    @property
    def is_likely(self) -> bool:
        return self.score >= LIKELY


def draft_of(session: Session, tip: Tip) -> Draft:
    """A stored tip as a draft, with all that is known of its clues."""
    rows = session.execute(select(Clue.kind, Clue.value).where(Clue.county == tip.county, Clue.tip_id == tip.id))
    return Draft(
        text=tip.text,
        place=place_of(session, tip),
        uncertainty_m=tip.uncertainty_m,
        at=tip.happened_at or tip.received_at,
        compound=tip.compound,
        building=tip.building,
        room=tip.room,
        site_id=tip.site_id,
        near_site_id=tip.near_site_id,
        clues=frozenset((kind, value) for kind, value in rows),
        tip_id=tip.id,
    )


def suggest(
    session: Session, who: Person | str, about: Tip | Draft, now: datetime, limit: int = 5
) -> list[Suggestion]:
    """The tips that most likely tell of the same, among those that a person may see or all of a county."""
    draft = draft_of(session, about) if isinstance(about, Tip) else about.with_clues_of_text()
    county = who.county if isinstance(who, Person) else who
    seen = visible(who, Tip) if isinstance(who, Person) else select(Tip).where(Tip.county == who)
    same_clues = _sharing_clues(session, county, draft)
    wanted = (_candidates(session, seen, draft, now) | set(same_clues)) - {draft.tip_id}
    rows = _rows(session, seen, wanted, draft)
    words = grams(draft.text)
    weighed = (_weigh(row, draft, words, same_clues.get(row.id, set())) for row in rows)
    return _one_of_each(sorted(weighed, key=lambda each: (-each.score, each.received_at)), limit)


def _one_of_each(weighed: Iterable[Suggestion], limit: int) -> list[Suggestion]:
    best: dict[UUID, Suggestion] = {}
    for each in weighed:
        if each.score >= ENOUGH and each.tip_id not in best:
            best[each.tip_id] = each
    return list(best.values())[:limit]


def _sharing_clues(session: Session, county: str, draft: Draft) -> dict[UUID, set[tuple[ClueKind, str]]]:
    """Which clues of the draft other tips hold: (kind, as it was given there)."""
    if not draft.clues:
        return {}
    query = (
        select(Clue.tip_id, Clue.kind, Clue.shown)
        .where(Clue.county == county, Clue.tip_id.is_not(None))
        .where(tuple_(Clue.kind, Clue.value).in_(sorted(draft.clues)))
        .order_by(Clue.at.desc())
        .limit(4 * MOST_OF_EACH)
    )
    found: dict[UUID, set[tuple[ClueKind, str]]] = {}
    for tip_id, kind, shown in session.execute(query):
        assert tip_id is not None
        found.setdefault(tip_id, set()).add((kind, shown))
    return found


def _candidates(session: Session, seen: Select[Tip], draft: Draft, now: datetime) -> set[UUID]:
    since = now - LOOKS_BACK
    lately = seen.where(Tip.received_at > since).with_only_columns(Tip.id)
    newest = Tip.received_at.desc()
    ways: list[Any] = []
    if draft.place:
        ways.append(_near(lately, draft.place, draft.uncertainty_m or 0.0).limit(MOST_NEAR))
    if draft.site_id:
        ways.append(lately.where(Tip.site_id == draft.site_id).order_by(newest).limit(MOST_OF_EACH))
    if draft.near_site_id:
        ways.append(lately.where(Tip.near_site_id == draft.near_site_id).order_by(newest).limit(MOST_OF_EACH))
    if draft.compound:
        own = lately.where(Tip.compound == draft.compound).order_by(
            Tip.building.is_not_distinct_from(draft.building).desc(), newest
        )
        ways.append(own.limit(MOST_OF_EACH))
    if len(draft.text) > 1:
        sharing = func.tips_sharing_words(draft.text, MOST_OF_EACH)
        ways.append(select(sharing.table_valued(column("id", Uuid), column("n", Integer)).c.id))
    if not ways:
        return set()
    every = union_all(*(select(way.subquery().c.id) for way in ways))
    return set(session.scalars(every))


def _near(lately: Select[Any], place: LonLat, uncertainty_m: float) -> Select[Any]:
    reach = min(REACH_M + uncertainty_m, FARTHEST_M)
    high = reach / METRES_A_DEGREE
    wide = high / max(cos(radians(place.lat)), 0.1)
    ranges = key_ranges(place.lon - wide, place.lat - high, place.lon + wide, place.lat + high)
    off = func.abs(func.ST_X(Tip.location) - place.lon) + func.abs(func.ST_Y(Tip.location) - place.lat)
    return lately.where(or_(*(Tip.tile_key.between(first, last) for first, last in ranges))).order_by(off)


def _rows(session: Session, seen: Select[Tip], wanted: set[UUID], draft: Draft) -> Sequence[Row[Any]]:
    """The candidates; of those that were joined into another tip, that one's code, state and words are shown."""
    if not wanted:
        return []
    query = seen.where(Tip.id.in_(wanted)).outerjoin(
        Master, and_(Master.county == Tip.county, Master.id == Tip.master_id)
    )
    if draft.tip_id:
        query = query.where(or_(Tip.master_id.is_(None), Tip.master_id != draft.tip_id))
    return session.execute(query.with_only_columns(*WEIGHED, *SHOWN)).all()


def _weigh(
    row: Row[Any], draft: Draft, words: frozenset[str], same_clues: set[tuple[ClueKind, str]]
) -> Suggestion:
    reasons = [
        *_of_clues(same_clues),
        *_of_place(row, draft),
        *_of_words(row, draft, words),
    ]
    if reasons:
        reasons += _of_time(row, draft)
    return Suggestion(
        row.shown_id,
        row.shown_code,
        row.shown_state,
        row.shown_text,
        row.shown_place,
        row.shown_received_at,
        round(sum(each.points for each in reasons), 1),
        sorted(reasons, key=lambda each: -each.points),
    )


def _of_clues(same: set[tuple[ClueKind, str]]) -> Iterator[Reason]:
    for kind, shown in sorted(same):
        yield Reason(say("{kind}相同：{value}", kind=kind.label, value=shown), CLUE_POINTS[kind])


def _of_place(row: Row[Any], draft: Draft) -> Iterator[Reason]:
    if draft.site_id and row.site_id == draft.site_id:
        yield Reason(say("说的是同一个点位"), 3.0)
    if draft.compound and row.compound == draft.compound:
        yield _of_address(row, draft)
    elif draft.near_site_id and row.near_site_id == draft.near_site_id:
        yield Reason(say("都在同一所学校附近"), 1.0)
    if draft.place and row.lon is not None:
        apart = distance_m(draft.place, LonLat(row.lon, row.lat))
        circles = (draft.uncertainty_m or 0.0) + (row.uncertainty_m or 0.0)
        if points := _closeness(apart, circles):
            yield Reason(say("相距约 {metres} 米", metres=round(apart)), points)


def _of_address(row: Row[Any], draft: Draft) -> Reason:
    if draft.building and row.building == draft.building:
        if draft.room and row.room == draft.room:
            return Reason(say("同一小区、同一楼栋、同一房号"), 6.0)
        return Reason(say("同一小区、同一楼栋"), 3.0)
    return Reason(say("同一小区"), 1.0)


def _closeness(apart_m: float, circles_m: float) -> float:
    """Points for a distance: the wider the circles, the less it says that they overlap."""
    beyond = max(apart_m - circles_m, 0.0)
    points = 3.0 if beyond <= 40 else 2.0 if beyond <= 120 else 1.0 if beyond <= REACH_M else 0.0
    return round(points * 100 / (100 + circles_m), 1)


def _of_words(row: Row[Any], draft: Draft, words: frozenset[str]) -> Iterator[Reason]:
    like = likeness(words, grams(row.text))
    if like >= 0.85:
        yield Reason(say("文字几乎相同"), 5.0)
    elif like >= 0.3:
        phrase = shared_phrase(draft.text, row.text)
        said = say("都写到“{phrase}”", phrase=phrase[:20]) if phrase else say("文字相近")
        yield Reason(said, 3.0 if like >= 0.5 else 1.5)


def _of_time(row: Row[Any], draft: Draft) -> Iterator[Reason]:
    if draft.at is None:
        return
    days = abs((row.happened_at or row.received_at) - draft.at) / timedelta(days=1)
    if days <= 7:
        yield Reason(say("前后不到一周"), 1.0)
    elif days > 180:
        yield Reason(say("相隔半年以上"), -1.0)
