"""Events: one line of history for each thing done. Written once; the app may not change or remove them."""

import json
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, Session, mapped_column

from .db import CountyRow, Model, in_county, new_id


class Actor(Protocol):
    """Who does something: a person, or whoever holds a link, who has an `id` and is no person."""

    @property
    def county(self) -> str: ...
    @property
    def id(self) -> UUID: ...
    @property
    def person_id(self) -> UUID | None: ...


class Event(CountyRow, Model):
    """`verb` is what was done to the `subject`; `detail` never holds a complainant's name, phone or place."""

    __tablename__ = "events"
    __table_args__ = (
        in_county("person_id", "people"),
        Index("ix_events_county_subject_id", "county", "subject_id"),
        Index("ix_events_county_at", "county", "at"),
    )

    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    person_id: Mapped[UUID | None]
    verb: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


def rows_of(verb: str, subject: str, details: dict[UUID, dict[str, Any]]) -> dict[str, Any]:
    """The same for many rows of one table, by their ids: what `INSERT`, a part of another statement, asks for
    beside `county` and `person_id`.
    """
    return {
        "verb": verb,
        "subject": subject,
        "event_ids": [str(new_id()) for _ in details],
        "subject_ids": [str(key) for key in details],
        "details": [json.dumps(detail) for detail in details.values()],
    }


INSERT = """
    insert into events (county, id, person_id, verb, subject, subject_id, detail)
    select :county, id, :person_id, :verb, :subject, subject_id, detail from unnest(
        cast(:event_ids as uuid[]), cast(:subject_ids as uuid[]), cast(:details as jsonb[])
    ) as given(id, subject_id, detail)
"""


def record(session: Session, person: Actor, verb: str, thing: Any, **detail: Any) -> Event:
    """Write down that somebody did something to a row, in the same transaction as the deed."""
    event = Event(
        county=person.county,
        person_id=person.person_id,
        verb=verb,
        subject=thing.__tablename__,
        subject_id=getattr(thing, "id", None),
        detail=detail,
    )
    session.add(event)
    return event
