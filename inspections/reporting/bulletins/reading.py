"""One bulletin as it is read at the desk: its words with what was changed, its cases, and the one before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...access import get, visible
from ...casework.closures import Closure
from ...casework.findings import Finding, FindingState
from ...errors import NotFound
from ...events import Event
from ...field.checklist_difference import Piece, pieces
from ...registry.people import Person
from ...registry.sites import Site
from .bulletins import (
    Audience,
    Bulletin,
    BulletinCase,
    BulletinSection,
    BulletinState,
    cases_of,
    sections_of,
)
from .content import compose
from .signing import seal_of
from .tables import Row, figure_rows


class Edited(NamedTuple):
    """A section with what a person changed of the draft's words."""

    section: BulletinSection
    pieces: list[Piece]
    editor: str | None


class Chosen(NamedTuple):
    case: BulletinCase
    finding: Finding
    site: Site


class Again(NamedTuple):
    """A case whose problem was reopened after the signature."""

    text: str
    finding: Finding
    reopened_at: datetime
    reason: str


@dataclass(frozen=True)
class BulletinFile:
    bulletin: Bulletin
    content: dict[str, Any]
    sections: list[Edited]
    cases: list[Chosen]
    reopened: list[Again]
    people: dict[UUID, str]
    events: list[tuple[Event, str | None]]
    seal: str


def read_bulletin(session: Session, person: Person, bulletin_id: UUID) -> BulletinFile:
    """What the person may see of a bulletin. Raises NotFound."""
    bulletin = get(session, person, Bulletin, bulletin_id)
    content = bulletin.content or compose(session, bulletin)
    editing = bulletin.is_draft
    return BulletinFile(
        bulletin=bulletin,
        content=content,
        sections=[_edited(session, each) for each in sections_of(session, bulletin)] if editing else [],
        cases=_chosen(session, bulletin) if editing else [],
        reopened=[] if editing else reopened_since(session, bulletin),
        people=_names(session, bulletin),
        events=_events(session, bulletin),
        seal=seal_of(session, bulletin) if editing else "",
    )


def _edited(session: Session, section: BulletinSection) -> Edited:
    changed = pieces(section.drafted, section.text) if section.is_edited else []
    editor = session.get(Person, (section.county, section.edited_by_id)) if section.edited_by_id else None
    return Edited(section, changed, editor.name if editor else None)


def _chosen(session: Session, bulletin: Bulletin) -> list[Chosen]:
    found = []
    for case in cases_of(session, bulletin):
        finding = session.get_one(Finding, (case.county, case.finding_id))
        found.append(Chosen(case, finding, session.get_one(Site, (case.county, finding.site_id))))
    return found


def reopened_since(session: Session, bulletin: Bulletin) -> list[Again]:
    """The cases of a signed bulletin whose problems were reopened since, and aren't struck off again."""
    if bulletin.signed_at is None:
        return []
    cases = {case.finding_id: case.text for case in cases_of(session, bulletin)}
    rows = session.execute(
        select(Finding, Closure.reopened_at, Closure.reopened_reason)
        .join(Closure, (Closure.county == Finding.county) & (Closure.finding_id == Finding.id))
        .where(
            Finding.county == bulletin.county,
            Finding.id.in_(cases),
            Finding.state != FindingState.STRUCK_OFF,
            Closure.reopened_at > bulletin.signed_at,
        )
        .order_by(Closure.reopened_at.desc())
    )
    again: dict[UUID, Again] = {}
    for finding, at, reason in rows:
        again.setdefault(finding.id, Again(cases[finding.id], finding, at or bulletin.signed_at, reason or ""))
    return list(again.values())


def _names(session: Session, bulletin: Bulletin) -> dict[UUID, str]:
    ids = {bulletin.drafted_by_id, bulletin.signed_by_id, bulletin.published_by_id, bulletin.withdrawn_by_id}
    rows = session.execute(
        select(Person.id, Person.name).where(Person.county == bulletin.county, Person.id.in_(ids - {None}))
    )
    return {row.id: row.name for row in rows}


def _events(session: Session, bulletin: Bulletin) -> list[tuple[Event, str | None]]:
    ids = [bulletin.id, *(each.id for each in sections_of(session, bulletin))]
    query = (
        select(Event, Person.name)
        .outerjoin(Person, (Person.county == Event.county) & (Person.id == Event.person_id))
        .where(Event.county == bulletin.county, Event.subject_id.in_(ids))
        .order_by(Event.at.desc(), Event.id.desc())
    )
    return [(event, name) for event, name in session.execute(query)]


class SectionChange(NamedTuple):
    title: str
    pieces: list[Piece]


class Comparison(NamedTuple):
    """A bulletin beside the one of its kind before it."""

    earlier: Bulletin
    figures: list[tuple[Row, int | None]]
    sections: list[SectionChange]


def compare(session: Session, person: Person, bulletin: Bulletin) -> Comparison | None:
    """With the newest earlier one that was signed and stands; None where there is none."""
    query = visible(person, Bulletin).where(
        Bulletin.kind == bulletin.kind,
        Bulletin.first_day < bulletin.first_day,
        Bulletin.state.in_([BulletinState.SIGNED, BulletinState.PUBLISHED]),
    )
    earlier = session.scalars(query.order_by(Bulletin.first_day.desc()).limit(1)).first()
    if earlier is None or earlier.content is None:
        return None
    content = bulletin.content or compose(session, bulletin)
    was = {each["key"]: each["text"] for each in earlier.content["sections"]}
    said = earlier.content["figures"]["cells"]
    return Comparison(
        earlier,
        [(row, said.get(row.cell)) for row in figure_rows(content)],
        [
            SectionChange(each["title"], pieces(was.get(each["key"], ""), each["text"]))
            for each in content["sections"]
        ],
    )


def list_public(session: Session, county: str) -> list[Bulletin]:
    """What was opened to everyone, the newest first; what was withdrawn since stays as a notice."""
    query = select(Bulletin).where(Bulletin.county == county, Bulletin.public_content.is_not(None))
    return list(session.scalars(query.order_by(Bulletin.last_day.desc(), Bulletin.published_at.desc()).limit(200)))


def read_public(session: Session, county: str, bulletin_id: UUID) -> Bulletin:
    """Raises NotFound for what isn't open to everyone: absent and hidden look the same."""
    bulletin = session.get(Bulletin, (county, bulletin_id))
    if bulletin is None or bulletin.public_content is None:
        raise NotFound
    return bulletin


def content_for(bulletin: Bulletin, *, public: bool = False) -> Mapping[str, Any]:
    """The frozen content. Raises NotFound for a draft."""
    content = bulletin.public_content if public else bulletin.content
    if content is None:
        raise NotFound
    return content


__all__ = ["Audience", "BulletinFile", "compare", "content_for", "list_public", "read_bulletin", "read_public"]
