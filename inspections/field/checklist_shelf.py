"""The lists that a county has: its own and the national ones, each with where its versions stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..registry.people import Person
from .checklists import Checklist, ListState


@dataclass(frozen=True)
class Shelved:
    """A list by its versions, the newest first. `shown` is the one that speaks for it."""

    versions: Sequence[Checklist]
    in_force: Checklist | None
    waiting: Checklist | None
    draft: Checklist | None
    given_up: Checklist | None

    @property
    def shown(self) -> Checklist:
        settled = (each for each in self.versions if each.is_settled)
        return self.in_force or self.waiting or next(settled, None) or self.draft or self.versions[0]

    @property
    def settled(self) -> list[Checklist]:
        return [each for each in self.versions if each.is_settled]

    @property
    def open_ended(self) -> Checklist | None:
        """The one that can be withdrawn."""
        return next((each for each in (self.waiting, self.in_force) if each and each.valid_to is None), None)


def shelf(session: Session, person: Person, words: str, today: date) -> list[Shelved]:
    """Every list whose title, code or items hold each of the words; the county's own first."""
    query = (
        select(Checklist)
        .where(or_(Checklist.county.is_(None), Checklist.county == person.county))
        .order_by(Checklist.county.nulls_last(), Checklist.code, Checklist.version.desc())
    )
    by_code: dict[str, list[Checklist]] = {}
    for each in session.scalars(query):
        by_code.setdefault(each.code, []).append(each)
    found = (shelved(versions, today) for versions in by_code.values())
    return [each for each in found if _holds(each, words.casefold().split())]


def shelved(versions: Sequence[Checklist], today: date) -> Shelved:
    newest = versions[0]
    published = [each for each in versions if each.state is ListState.PUBLISHED]
    return Shelved(
        versions=versions,
        in_force=_first(each for each in published if each.is_in_force(today)),
        waiting=_first(each for each in published if each.valid_from and each.valid_from > today),
        draft=_first(each for each in versions if each.state is ListState.DRAFT),
        given_up=newest if newest.state is ListState.WITHDRAWN and newest.valid_from is None else None,
    )


def _first(versions: Iterable[Checklist]) -> Checklist | None:
    return next(iter(versions), None)


def _holds(each: Shelved, words: list[str]) -> bool:
    shown = each.shown
    texts = [shown.title, shown.title_en, shown.code, shown.source]
    texts += [f"{item.code} {item.section} {item.text}" for item in shown.items]
    whole = "\n".join(texts).casefold()
    return all(word in whole for word in words)
