"""A question in words, as a head of a table or a person's page says it."""

from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from ..errors import Message
from ..registry.people import Person
from .listing import Filter, Listing, Question


class Condition(NamedTuple):
    """One condition of a question: what it is about and the values it names."""

    key: str
    label: Message
    values: list[Message | str]


def conditions(session: Session, person: Person, listing: Listing, question: Question) -> list[Condition]:
    """Each chosen filter in words; a value that nobody knows stands for itself."""
    return [
        Condition(each.key, each.label, _named(session, person, each, values))
        for each in listing.filters
        if (values := question.filters.get(each.key))
    ]


def as_text(conditions: list[Condition], words: str = "") -> str:
    """In Chinese: for papers, which have one language."""
    said = [f"{each.label}：{'、'.join(map(str, each.values))}" for each in conditions]
    return "；".join([*said, *([f"含“{words}”"] if words else [])])


def _named(session: Session, person: Person, each: Filter, values: list[str]) -> list[Message | str]:
    pairs: Any = each.words or (each.options(session, person) if each.options else ())
    names = dict(pairs)
    return [names.get(value, value) for value in values]
