"""Mixes: whom a stop requires, such as two certified officers, and police where a place is closed down.

The country's list stands in `mix_data/mixes.json` with its sources; a county changes it and adds to it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, SmallInteger, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import Message, say
from ..registry.departments import DepartmentKind

STANDARD = "standard"
LEAST_CERTIFIED = 2
# Of the country's list
NAMES = {
    "standard": say("一般检查"),
    "with_market": say("无证经营核查"),
    "with_fire": say("消防隐患点位"),
    "with_civil": say("民办非企业单位"),
    "closure": say("关停取缔"),
}


class SweepMix(CountyRow, Recorded, Model):
    """A county's own mix, or what it has instead of the country's of that `code`. `departments` is the least
    number of people by `DepartmentKind`. The law asks for two certified officers everywhere.
    """

    __tablename__ = "sweep_mixes"
    __table_args__ = (
        in_county("edited_by_id", "people"),
        UniqueConstraint("county", "code"),
        CheckConstraint("certified between 2 and 9", name="certified"),
    )

    code: Mapped[str]
    name: Mapped[str]
    certified: Mapped[int] = mapped_column(SmallInteger)
    departments: Mapped[dict[str, Any]]
    basis: Mapped[str] = mapped_column(server_default="")
    is_used: Mapped[bool] = mapped_column(server_default="true")
    edited_by_id: Mapped[UUID]


@dataclass(frozen=True)
class Mix:
    """`row_id` is the county's own row, None for the country's; `edited` tells an edited row from an earlier."""

    code: str
    name: str
    certified: int = LEAST_CERTIFIED
    departments: Mapping[DepartmentKind, int] = field(default_factory=dict)
    basis: str = ""
    is_used: bool = True
    row_id: UUID | None = None
    edited: str = ""

    @property
    def label(self) -> Message:
        """The name to show: those of the country's mixes have a translation, a county's own is as it was typed."""
        known = NAMES.get(self.code)
        return known if known and str(known) == self.name else Message("{name}", {"name": self.name})


@dataclass(frozen=True)
class Skill:
    """What somebody brings to a team: of which department, and whether certified on the day."""

    department: DepartmentKind | None
    is_certified: bool


Lack = tuple[DepartmentKind | None, int]  # None: certified officers


def lacks(mix: Mix, skills: Iterable[Skill]) -> list[Lack]:
    """What a team lacks for a mix; empty where it meets it."""
    people = list(skills)
    certified = sum(each.is_certified for each in people)
    there = Counter(each.department for each in people)
    found: list[Lack] = [(None, mix.certified - certified)] if certified < mix.certified else []
    return found + [(kind, least - there[kind]) for kind, least in mix.departments.items() if there[kind] < least]


def words_of_lack(lack: Lack) -> Message:
    kind, count = lack
    if kind is None:
        return say("持证执法人员 {n} 人", n=count)
    return say("{department} {n} 人", department=kind.label, n=count)


def words_of_mix(mix: Mix) -> list[Message]:
    """What a mix asks for, part by part."""
    return [words_of_lack(each) for each in ((None, mix.certified), *mix.departments.items())]


def list_mixes(session: Session, county: str) -> list[Mix]:
    """The county's mixes, those of the country that it has not changed among them, the standard one first."""
    own = {
        row.code: _of_row(row)
        for row in session.scalars(select(SweepMix).where(SweepMix.county == county).order_by(SweepMix.code))
    }
    return list((national() | own).values())


def mixes_of(session: Session, county: str) -> dict[str, Mix]:
    """By code, those out of use too: an earlier plan may name one."""
    return {mix.code: mix for mix in list_mixes(session, county)}


@cache
def national() -> dict[str, Mix]:
    content = json.loads((Path(__file__).parent / "mix_data" / "mixes.json").read_text("utf-8"))
    found = [
        Mix(each["code"], each["name"], each["certified"], _kinds(each["departments"]), content["source"])
        for each in content["mixes"]
    ]
    return {mix.code: mix for mix in found}


def _of_row(row: SweepMix) -> Mix:
    return Mix(
        row.code, row.name, row.certified, _kinds(row.departments), row.basis, row.is_used, row.id, stamp(row)
    )


def _kinds(counts: Mapping[str, int]) -> dict[DepartmentKind, int]:
    by_value = {kind.value: kind for kind in DepartmentKind}
    return {by_value[kind]: count for kind, count in counts.items()}


def stamp(row: SweepMix) -> str:
    return row.updated_at.isoformat()


def usable(mixes: Sequence[Mix]) -> list[Mix]:
    return [mix for mix in mixes if mix.is_used]
