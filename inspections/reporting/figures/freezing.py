"""Freezing a table into a snapshot."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, defer

from ... import events
from ...access import get, require, visible
from ...registry.people import Person
from . import annex5
from .figure import behind, sums
from .filling import words_of
from .selection import Selection, county_name, place_name, title_of
from .snapshots import FORMAT, FigureSnapshot, digest


def freeze(session: Session, person: Person, selection: Selection, now: datetime) -> FigureSnapshot:
    """Keep the table with all that is behind it."""
    require(person, "figure.freeze")
    records = behind(session, selection, annex5.FIGURES)
    words = words_of(session, person, selection)
    content = {
        "format": FORMAT,
        "county": county_name(session, selection),
        "title": title_of(session, selection),
        "selection": selection.as_text(),
        "place": place_name(session, selection),
        "cells": sums(records),
        "records": {key: [[str(each.id), each.n] for each in found] for key, found in records.items()},
        "words": words._asdict() | {"main_problems": list(words.main_problems)},
    }
    snapshot = FigureSnapshot(
        county=selection.county,
        first_day=selection.first,
        last_day=selection.last,
        as_of=selection.as_of,
        township_id=selection.township_id,
        zone_id=selection.zone_id,
        frozen_by_id=person.id,
        frozen_at=now,
        content=content,
        sha256=digest(content),
    )
    session.add(snapshot)
    session.flush()
    events.record(session, person, "freeze", snapshot, sha256=snapshot.sha256)
    return snapshot


class Shelved(NamedTuple):
    """A snapshot, who froze it, and the place it is of; its content is read only when asked for."""

    snapshot: FigureSnapshot
    frozen_by: str
    place: str


def list_snapshots(session: Session, person: Person, limit: int = 50) -> list[Shelved]:
    """The newest first."""
    query = (
        visible(person, FigureSnapshot)
        .join(Person, and_(Person.county == FigureSnapshot.county, Person.id == FigureSnapshot.frozen_by_id))
        .add_columns(Person.name, FigureSnapshot.content["place"].astext)
        .options(defer(FigureSnapshot.content))
        .order_by(FigureSnapshot.frozen_at.desc(), FigureSnapshot.id.desc())
        .limit(limit)
    )
    return [Shelved(*row) for row in session.execute(query)]


def read_snapshot(session: Session, person: Person, snapshot_id: UUID) -> Shelved:
    """Raises NotFound."""
    snapshot = get(session, person, FigureSnapshot, snapshot_id)
    frozen_by = select(Person.name).where(Person.county == person.county, Person.id == snapshot.frozen_by_id)
    return Shelved(snapshot, session.scalar(frozen_by) or "", snapshot.place)
