"""Rules and their versions: what a region demands, from which day to which, by which document."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, select, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import Model, Recorded, new_id
from ..errors import NotFound
from ..vocabulary import choice
from .limits import Limit, read_limit
from .regions import CODE, chain
from .subjects import Subject


class Rule(Recorded, Model):
    """One version of a rule in one region. What it says never changes; only the day it ends, or its withdrawal.

    `limits` is a `limits.Limit` as data; `quote` the words of the `source`, found at `clause`. A version that was
    withdrawn was entered by mistake, and no check was ever judged by it.
    """

    __tablename__ = "rules"
    __table_args__ = (
        CheckConstraint("region ~ '^[0-9]{6}$'", name="region"),
        CheckConstraint("valid_to is null or valid_from <= valid_to", name="order"),
        CheckConstraint("severity between 1 and 3", name="severity"),
        CheckConstraint("btrim(source) <> ''", name="source"),
        ExcludeConstraint(
            ("region", "="),
            ("code", "="),
            (text("daterange(valid_from, valid_to, '[]')"), "&&"),
            where=text("withdrawn_at is null"),
            name="ex_rules_days",
        ),
    )

    region: Mapped[str] = mapped_column(CODE, primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(default=new_id)
    subject: Mapped[Subject] = mapped_column(choice(Subject, "subject"))
    title: Mapped[str]
    title_en: Mapped[str]
    severity: Mapped[int]
    item_code: Mapped[str | None]
    limits: Mapped[dict[str, Any]]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str]
    clause: Mapped[str]
    quote: Mapped[str]
    author_id: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]

    @cached_property
    def limit(self) -> Limit:
        return read_limit(self.subject, self.limits)

    @property
    def is_in_force(self) -> bool:
        return self.withdrawn_at is None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class RuleBook:
    """The rules of a county and of the regions above it. Of one rule the version of the nearest region holds."""

    county: str
    versions: Mapping[str, tuple[Rule, ...]]
    _found: dict[tuple[Subject, date], list[Rule]] = field(default_factory=dict, compare=False, repr=False)

    def on(self, day: date) -> list[Rule]:
        """What holds on a day, in the order of the rules."""
        found = (self.version_on(code, day) for code in self.versions)
        return [rule for rule in found if rule is not None]

    def version_on(self, code: str, day: date) -> Rule | None:
        return next((rule for rule in self.versions.get(code, ()) if rule.holds_on(day)), None)

    def about(self, subject: Subject, day: date) -> list[Rule]:
        key = subject, day
        if key not in self._found:  # many checks of one day ask the same
            self._found[key] = [rule for rule in self.on(day) if rule.subject is subject]
        return self._found[key]


def read_book(session: Session, county: str) -> RuleBook:
    rows = session.scalars(select(Rule).where(Rule.region.in_(chain(county)), Rule.withdrawn_at.is_(None)))
    return book_of(county, rows)


def book_of(county: str, rules: Iterable[Rule]) -> RuleBook:
    nearest = {region: place for place, region in enumerate(chain(county))}
    subjects = list(Subject)
    versions: dict[str, list[Rule]] = {}
    for rule in sorted(rules, key=lambda rule: (subjects.index(rule.subject), rule.code)):
        versions.setdefault(rule.code, []).append(rule)
    return RuleBook(
        county,
        {
            code: tuple(sorted(each, key=lambda rule: (nearest[rule.region], -rule.valid_from.toordinal())))
            for code, each in versions.items()
        },
    )


def history(session: Session, county: str, code: str) -> Sequence[Rule]:
    """Every version that a county may see, the nearest region and the newest first. Raises NotFound."""
    query = select(Rule).where(Rule.region.in_(chain(county)), Rule.code == code)
    found = session.scalars(query.order_by(Rule.version.desc())).all()
    if not found:
        raise NotFound
    places = chain(county)
    return sorted(found, key=lambda rule: places.index(rule.region))
