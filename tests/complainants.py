"""An identity, its key, and a tip that somebody gave it with."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from inspections.db import scope
from inspections.evidence.keys import KeyRing
from inspections.intake.complainants import Complainant, Identity, keep_identity
from inspections.registry.people import Person
from tests.factories import make_tip

KEYS = KeyRing.of(["test"]).identity
WANG = Identity(name="王秀英", phone="138-0013-8000", address="阳光花园 3 栋", contact="wangxy@example.com")
FORGET_ON = date(2027, 5, 20)


def make_complainant(session: Session, identity: Identity = WANG, **values: Any) -> Complainant:
    """Who sent a tip of yesterday; `names_minor` and other columns of the tip may be given."""
    own = {"is_minor": False, "wants_answer": True, "forget_on": FORGET_ON}
    given = {name: values.pop(name, value) for name, value in own.items()}
    return keep_identity(session, KEYS, make_tip(session, **values), identity, **given)


def work_as(session: Session, person: Person) -> Person:
    """The session as that person's request has it."""
    scope(session, person.county, person.id)
    return person


def now() -> datetime:
    """The database counts the minutes of an opening by its own clock."""
    return datetime.now(UTC)
