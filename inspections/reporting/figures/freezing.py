"""Freezing a table into a snapshot."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from ... import events
from ...access import require, visible
from ...registry.people import Person
from . import annex5
from .figure import behind, sums
from .filling import words_of
from .selection import Selection, place_name
from .snapshots import FORMAT, FigureSnapshot, digest


def freeze(session: Session, person: Person, selection: Selection, now: datetime) -> FigureSnapshot:
    """Keep the table with all that is behind it."""
    require(person, "figure.freeze")
    records = behind(session, selection, annex5.FIGURES)
    words = words_of(session, person, selection)
    content = {
        "format": FORMAT,
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


def list_snapshots(session: Session, person: Person, limit: int = 50) -> Sequence[FigureSnapshot]:
    """The newest first."""
    query = visible(person, FigureSnapshot).order_by(FigureSnapshot.frozen_at.desc(), FigureSnapshot.id.desc())
    return session.scalars(query.limit(limit)).all()
