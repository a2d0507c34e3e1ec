"""What a county sets for its target lists: yearly caps of visits, and how much is explored at random.

国办发〔2024〕54号 asks each field for a yearly cap on how often one enterprise is inspected, and exempts visits
that tips, assignments or an enterprise's own request call for. No cap for education bureaus was found, so until
a county enters its own the product holds to two a year, and says so.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, Session, mapped_column

from ... import events
from ...access import require
from ...db import Model, Recorded, in_county
from ...errors import Invalid, Message, say
from ...registry.people import Person
from ...registry.sites import SiteKind

LEAST_PERCENT, MOST_PERCENT = 5, 50
MOST_VISITS = 52
LONGEST_BASIS = 300
CAPPED = (SiteKind.INSTITUTION,)  # schools and what has no licence are no enterprises in the sense of the rule
USUAL_BASIS = "系统自带：国办发〔2024〕54号要求设年度检查频次上限，本县的上限未录入前暂按每年 2 次"


class TargetSettings(Recorded, Model):
    """A county's own numbers. An empty cap means that there is none."""

    __tablename__ = "target_settings"
    __table_args__ = (
        in_county("set_by_id", "people"),
        CheckConstraint(
            f"exploration_percent between {LEAST_PERCENT} and {MOST_PERCENT}", name="exploration_percent"
        ),
        CheckConstraint(f"institution_cap between 1 and {MOST_VISITS}", name="institution_cap"),
        CheckConstraint("btrim(cap_basis) <> ''", name="cap_basis"),
    )

    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"), primary_key=True)
    exploration_percent: Mapped[int] = mapped_column(SmallInteger)
    institution_cap: Mapped[int | None] = mapped_column(SmallInteger)
    cap_basis: Mapped[str]
    set_by_id: Mapped[UUID]


class Rules(NamedTuple):
    """`caps`: visits a year by kind of site; a kind that isn't in it has none."""

    exploration_percent: int
    caps: Mapping[SiteKind, int]
    cap_basis: str
    is_own: bool = False


USUAL = Rules(15, {SiteKind.INSTITUTION: 2}, USUAL_BASIS)


def rules_of(session: Session, county: str) -> Rules:
    own = session.get(TargetSettings, county)
    if own is None:
        return USUAL
    caps = {SiteKind.INSTITUTION: own.institution_cap} if own.institution_cap else {}
    return Rules(own.exploration_percent, caps, own.cap_basis, is_own=True)


def set_rules(session: Session, person: Person, form: Mapping[str, Any]) -> Rules:
    """Change them for the county; lists that exist keep theirs until they are computed again. Raises Invalid."""
    require(person, "target.plan")
    wrong: dict[str, Message] = {}
    percent = whole(form, "exploration_percent", LEAST_PERCENT, MOST_PERCENT, wrong)
    has_cap = str(form.get("institution_cap", "")).strip() != ""
    cap = whole(form, "institution_cap", 1, MOST_VISITS, wrong) if has_cap else None
    basis = " ".join(str(form.get("cap_basis", "")).split())
    if not basis or len(basis) > LONGEST_BASIS:
        wrong["cap_basis"] = say("请写明上限依据的文件，最多 {n} 字", n=LONGEST_BASIS)
    if wrong:
        raise Invalid(wrong)
    own = session.get(TargetSettings, person.county, with_for_update=True)
    if own is None:
        own = TargetSettings(county=person.county)
        session.add(own)
    own.exploration_percent, own.institution_cap, own.cap_basis = percent, cap, basis
    own.set_by_id = person.id
    session.flush()
    events.record(session, person, "set", own, exploration_percent=percent, institution_cap=cap)
    return rules_of(session, person.county)


def whole(form: Mapping[str, Any], name: str, least: int, most: int, wrong: dict[str, Message]) -> int:
    """A whole number of a form within bounds; else `least`, and what is wrong is said in `wrong`."""
    text = str(form.get(name, "")).strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
    if number is None or not least <= number <= most:
        wrong[name] = say("请填 {least}–{most} 之间的整数", least=least, most=most)
        return least
    return number
