"""Everything known of one tip but who complained, as it is read at the desk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from geo.coordinates import LonLat

from ..access import OFFICE, can, get, visible
from ..errors import Message
from ..registry.areas import Area
from ..registry.departments import Department
from ..registry.people import Person
from ..registry.site_file import place_of
from ..registry.sites import Site
from ..rules.calendar import working_calendar
from .clocks import Clock, clock_of
from .clues import Clue
from .credibility import Source, source_of
from .deciding import OPEN
from .duplicates import Suggestion, suggest
from .handling import CheckSaid, what_the_check_said
from .key_cases import suggest_key
from .merging import merged_into
from .siting import NearSite, sites_near
from .tip_files import TipFile as SentFile
from .tip_files import files_of
from .tip_moves import TipMove
from .tips import Tip, TipChannel
from .whistles import Whistle


class Step(NamedTuple):
    """A move with the names that belong to it: who did it, and to whom or what it went."""

    move: TipMove
    by: str
    to: str


class KnownClue(NamedTuple):
    """A clue, and the code of the joined tip that gave it, if it was another one."""

    clue: Clue
    code: str


@dataclass(frozen=True)
class TipFile:
    tip: Tip
    place: LonLat | None
    township: str
    taken_by: str
    near_site: Site | None
    site: Site | None
    clues: list[KnownClue]
    steps: list[Step]
    master: Tip | None
    joined: Sequence[Tip]
    clock: Clock | None
    suggestions: list[Suggestion]
    key_reason: Message | None
    sources: list[Source]
    check_said: CheckSaid | None
    near_sites: list[NearSite]
    whistles: Sequence[Whistle]
    files: list[SentFile]

    @property
    def is_open(self) -> bool:
        return self.tip.state in OPEN


def read_tip_file(session: Session, person: Person, tip_id: UUID, now: datetime) -> TipFile:
    """The file of a tip that the person may see. Raises NotFound."""
    tip = get(session, person, Tip, tip_id)
    place, calendar = place_of(session, tip), working_calendar(session, tip.county)
    joined = merged_into(session, person, tip)
    weighs = can(person, "tip.triage") and tip.state in OPEN
    return TipFile(
        tip=tip,
        place=place,
        township=_name(session, Area, tip.county, tip.township_id),
        taken_by=_name(session, Person, tip.county, tip.taken_by_id) if may_see_sender(person, tip) else "",
        near_site=session.get(Site, (tip.county, tip.near_site_id)) if tip.near_site_id else None,
        site=session.get(Site, (tip.county, tip.site_id)) if tip.site_id else None,
        clues=_clues(session, tip, joined),
        steps=_without_sender(steps_of(session, tip), person, tip),
        master=_master(session, person, tip),
        joined=joined,
        clock=clock_of(calendar, tip.state, tip.triage_due_at, tip.due_at, now),
        suggestions=suggest(session, person, tip, now) if weighs else [],
        key_reason=suggest_key(session, tip, now) if can(person, "tip.key") and tip.state in OPEN else None,
        sources=source_of(session, tip, now),
        check_said=what_the_check_said(session, tip),
        near_sites=sites_near(session, person, place, tip.uncertainty_m or 0.0) if weighs else [],
        whistles=_whistles(session, person, tip),
        files=_files(session, [tip, *joined]),
    )


def _files(session: Session, tips: Sequence[Tip]) -> list[SentFile]:
    """What came with a tip and with those joined to it, the same picture once."""
    found = files_of(session, tips[0].county, [tip.id for tip in tips])
    return list({file.sha256: file for tip in tips for file in found.get(tip.id, [])}.values())


def may_see_sender(person: Person, tip: Tip) -> bool:
    """A volunteer's name is for the office that knows the volunteers: not for the township that is reported on."""
    return tip.channel is not TipChannel.VOLUNTEER or person.has(*OFFICE) or person.id == tip.taken_by_id


def _without_sender(steps: list[Step], person: Person, tip: Tip) -> list[Step]:
    if may_see_sender(person, tip):
        return steps
    return [step._replace(by="") if step.move.by_id == tip.taken_by_id else step for step in steps]


def steps_of(session: Session, tip: Tip) -> list[Step]:
    """The way of a tip, the oldest move first."""
    query = select(TipMove).where(TipMove.county == tip.county, TipMove.tip_id == tip.id)
    moves = session.scalars(query.order_by(TipMove.at, TipMove.id)).all()
    people = _names(
        session, Person, tip.county, [each for move in moves for each in (move.by_id, move.assignee_id)]
    )
    areas = _names(session, Area, tip.county, (move.township_id for move in moves))
    offices = _names(session, Department, tip.county, (move.department_id for move in moves))
    codes = _codes(session, tip.county, (move.master_id for move in moves))

    def to(move: TipMove) -> str:
        found = [
            areas.get(move.township_id),
            offices.get(move.department_id),
            people.get(move.assignee_id),
            codes.get(move.master_id),
        ]
        return next(filter(None, found), "")

    return [Step(move, people.get(move.by_id, ""), to(move)) for move in moves]


def _master(session: Session, person: Person, tip: Tip) -> Tip | None:
    if tip.master_id is None:
        return None
    return session.scalars(visible(person, Tip).where(Tip.id == tip.master_id)).one_or_none()


def _clues(session: Session, tip: Tip, joined: Sequence[Tip]) -> list[KnownClue]:
    """Its own first, then those of the joined tips that it doesn't have itself."""
    codes = {each.id: each.code for each in joined}
    query = select(Clue).where(Clue.county == tip.county, Clue.tip_id.in_([tip.id, *codes]))
    found: dict[tuple[str, str], KnownClue] = {}
    for clue in sorted(session.scalars(query), key=lambda each: (each.tip_id != tip.id, each.kind, each.id)):
        assert clue.tip_id is not None
        found.setdefault((clue.kind, clue.value), KnownClue(clue, codes.get(clue.tip_id, "")))
    return list(found.values())


def _whistles(session: Session, person: Person, tip: Tip) -> Sequence[Whistle]:
    about = Whistle.tip_id == tip.id
    if tip.site_id:
        about = or_(about, Whistle.site_id == tip.site_id)
    return session.scalars(visible(person, Whistle).where(about).order_by(Whistle.blown_at.desc())).all()


def _name(session: Session, model: type[Area] | type[Person], county: str, key: UUID | None) -> str:
    query = select(model.name).where(model.county == county, model.id == key)
    return (session.scalars(query).one_or_none() or "") if key else ""


def _names(
    session: Session, model: type[Area] | type[Person] | type[Department], county: str, ids: Iterable[UUID | None]
) -> dict[UUID | None, str]:
    wanted = {each for each in ids if each}
    query = select(model.id, model.name).where(model.county == county, model.id.in_(wanted))
    return {row.id: row.name for row in session.execute(query)} if wanted else {}


def _codes(session: Session, county: str, ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    wanted = {each for each in ids if each}
    query = select(Tip.id, Tip.code).where(Tip.county == county, Tip.id.in_(wanted))
    return {row.id: row.code for row in session.execute(query)} if wanted else {}
