"""Findings: what is wrong at a site, from proposal until it is struck off the ledger."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..registry.departments import DepartmentKind
from ..vocabulary import Choice, choice

if TYPE_CHECKING:
    from ..field.checks import Check, Outline


class FindingState(Choice):
    PROPOSED = "proposed", say("待确认")
    CONFIRMED = "confirmed", say("已确认")
    REJECTED = "rejected", say("不成立")
    RECTIFYING = "rectifying", say("整改中")
    STRUCK_OFF = "struck_off", say("已销号")


OPEN_STATES = (FindingState.PROPOSED, FindingState.CONFIRMED, FindingState.RECTIFYING)


class Finding(CountyRow, Recorded, Model):
    """`severity` runs from 1 (note) to 3 (grave). While `suspended_at` is set the clock stands still.

    `department` is whose matter it is, where a joint sheet found it; None where no other department is asked.
    """

    __tablename__ = "findings"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("check_id", "checks"),
        in_county("confirmed_by_id", "people"),
        CheckConstraint("severity between 1 and 3", name="severity"),
        Index("ix_findings_county_site_id", "county", "site_id"),
        Index("ix_findings_county_check_id", "county", "check_id"),
        Index("ix_findings_county_found_at", "county", "found_at"),
    )

    site_id: Mapped[UUID]
    check_id: Mapped[UUID | None]
    item_code: Mapped[str | None]
    text: Mapped[str]
    severity: Mapped[int] = mapped_column(server_default="2")
    department: Mapped[DepartmentKind | None] = mapped_column(choice(DepartmentKind, "department"))
    state: Mapped[FindingState] = mapped_column(choice(FindingState, "state"), server_default="proposed")
    found_at: Mapped[datetime]
    due_on: Mapped[date | None]
    suspended_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[UUID | None]
    confirmed_at: Mapped[datetime | None]
    struck_off_at: Mapped[datetime | None]


class Problem(NamedTuple):
    """What a check found wrong, in words that can stand in an order."""

    item_code: str | None
    text: str
    severity: int = 2
    department: DepartmentKind | None = None


def propose(
    session: Session, check: "Check | Outline", problems: Iterable[Problem], found_at: datetime
) -> list[Finding]:
    """Put problems forward. They count for nothing until an officer has confirmed them."""
    findings = [
        Finding(
            county=check.county,
            site_id=check.site_id,
            check_id=check.id,
            item_code=problem.item_code,
            text=problem.text,
            severity=problem.severity,
            department=problem.department,
            state=FindingState.PROPOSED,
            found_at=found_at,
        )
        for problem in problems
    ]
    session.add_all(findings)
    return findings
