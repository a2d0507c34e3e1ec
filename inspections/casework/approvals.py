"""Approvals 审批: an extension, a suspension or a resumption, asked for by one person and decided by another."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice

if TYPE_CHECKING:
    from .findings import Finding


class ApprovalKind(Choice):
    EXTENSION = "extension", say("延期")
    SUSPENSION = "suspension", say("中止")
    RESUMPTION = "resumption", say("恢复")


class ApprovalState(Choice):
    ASKED = "asked", say("待审批")
    GRANTED = "granted", say("同意")
    REFUSED = "refused", say("不同意")
    TAKEN_BACK = "taken_back", say("已撤回")


class Asker(Choice):
    """Who asked."""

    SITE = "site", say("单位")
    OFFICE = "office", say("区县专班")


class Approval(CountyRow, Recorded, Model):
    """One request about the deadline of a finding, and its answer. Nobody answers an own request.

    An extension asks for so many more working days, or for a day. A resumption knows from which day to which the
    clock stood still. `due_before` and `due_after` are the finding's deadline around the decision. Someone of the
    site without an account is named by `asked_by_name` alone. `form_id` is the form by which a site asked, for one
    problem or several; its proofs have it too.
    """

    __tablename__ = "approvals"
    __table_args__ = (
        in_county("finding_id", "findings"),
        in_county("order_id", "orders"),
        in_county("asked_by_id", "people"),
        in_county("decided_by_id", "people"),
        CheckConstraint("decided_by_id <> asked_by_id or state = 'taken_back'", name="four_eyes"),
        CheckConstraint("(state = 'asked') = (decided_at is null)", name="decided"),
        CheckConstraint("asked_by_id is not null or asked_by_name <> ''", name="asker"),
        CheckConstraint(
            "num_nonnulls(working_days, until_on) = case kind when 'extension' then 1 else 0 end", name="one_limit"
        ),
        CheckConstraint("working_days between 1 and 120", name="working_days"),
        CheckConstraint("(kind = 'resumption') = (stood_from is not null)", name="stood_from"),
        UniqueConstraint("county", "form_id", "finding_id"),
        Index(
            "uq_approvals_asked",
            "county",
            "finding_id",
            unique=True,
            postgresql_where=text("state = 'asked'"),
        ),
        Index("ix_approvals_county_finding_id", "county", "finding_id"),
    )

    finding_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    kind: Mapped[ApprovalKind] = mapped_column(choice(ApprovalKind, "kind"))
    state: Mapped[ApprovalState] = mapped_column(choice(ApprovalState, "state"), server_default="asked")
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[UUID | None]
    asked_by_name: Mapped[str] = mapped_column(server_default="")
    reason: Mapped[str]
    working_days: Mapped[int | None]
    until_on: Mapped[date | None]
    stood_from: Mapped[date | None]
    stood_until: Mapped[date | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]
    decision_reason: Mapped[str] = mapped_column(server_default="")
    due_before: Mapped[date | None]
    due_after: Mapped[date | None]
    form_id: Mapped[UUID | None]

    @property
    def asker(self) -> Asker:
        return Asker.SITE if self.form_id or self.asked_by_id is None else Asker.OFFICE


def approvals_of(session: Session, finding: "Finding") -> Sequence[Approval]:
    """Every request about a finding, the oldest first."""
    query = select(Approval).where(Approval.county == finding.county, Approval.finding_id == finding.id)
    return session.scalars(query.order_by(Approval.asked_at, Approval.id)).all()


def granted_for(session: Session, finding: "Finding", order_id: UUID) -> Sequence[Approval]:
    """What was granted while an order set the deadline, in the order of the decisions."""
    query = select(Approval).where(
        Approval.county == finding.county,
        Approval.finding_id == finding.id,
        Approval.order_id == order_id,
        Approval.state == ApprovalState.GRANTED,
    )
    return session.scalars(query.order_by(Approval.decided_at, Approval.id)).all()


def pending_of(session: Session, finding: "Finding") -> Approval | None:
    query = select(Approval).where(
        Approval.county == finding.county,
        Approval.finding_id == finding.id,
        Approval.state == ApprovalState.ASKED,
    )
    return session.scalars(query).one_or_none()


def extensions_of(session: Session, finding: "Finding") -> int:
    """How often the deadline was extended."""
    query = select(func.count()).where(
        Approval.county == finding.county,
        Approval.finding_id == finding.id,
        Approval.kind == ApprovalKind.EXTENSION,
        Approval.state == ApprovalState.GRANTED,
    )
    return session.scalar(query) or 0
