"""Recusals 回避: an officer who has an interest in a site or a case stays out of it (行政处罚法 art. 43)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice

if TYPE_CHECKING:
    from .findings import Finding


class RecusalOrigin(Choice):
    """On whose word: art. 43 knows the first two; the organ may see it by itself."""

    OWN = "own", say("自行回避")
    PARTY = "party", say("当事人申请")
    ORGAN = "organ", say("机关决定")


class RecusalState(Choice):
    """Until it is decided nothing stops (art. 43: 决定作出之前，不停止调查)."""

    ASKED = "asked", say("待决定")
    GRANTED = "granted", say("应当回避")
    REFUSED = "refused", say("不用回避")


class Recusal(CountyRow, Recorded, Model):
    """An officer's recusal from a site, or from one of its findings where `finding_id` is set."""

    __tablename__ = "recusals"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("finding_id", "findings"),
        in_county("person_id", "people"),
        in_county("asked_by_id", "people"),
        in_county("decided_by_id", "people"),
        CheckConstraint("(state = 'asked') = (decided_at is null)", name="decided"),
        CheckConstraint("decided_by_id <> person_id", name="not_by_oneself"),
        Index("ix_recusals_county_site_id", "county", "site_id"),
        Index(
            "uq_recusals_asked",
            "county",
            "site_id",
            "person_id",
            unique=True,
            postgresql_where=text("state = 'asked'"),
        ),
    )

    site_id: Mapped[UUID]
    finding_id: Mapped[UUID | None]
    person_id: Mapped[UUID]
    origin: Mapped[RecusalOrigin] = mapped_column(choice(RecusalOrigin, "origin"))
    reason: Mapped[str]
    state: Mapped[RecusalState] = mapped_column(choice(RecusalState, "state"), server_default="asked")
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[UUID]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]
    decision_reason: Mapped[str] = mapped_column(server_default="")


def recused(session: Session, county: str, site_id: UUID, finding_ids: Iterable[UUID] = ()) -> set[UUID]:
    """The ids of the people who stay out of a site, or out of one of these findings of it."""
    query = select(Recusal.person_id).where(
        Recusal.county == county,
        Recusal.site_id == site_id,
        Recusal.state == RecusalState.GRANTED,
        or_(Recusal.finding_id.is_(None), Recusal.finding_id.in_(list(finding_ids))),
    )
    return set(session.scalars(query))


def recused_from(session: Session, findings: Sequence["Finding"]) -> set[UUID]:
    """The same for findings of one site."""
    if not findings:
        return set()
    first = findings[0]
    return recused(session, first.county, first.site_id, [each.id for each in findings])


def recusals_of(session: Session, finding: "Finding") -> Sequence[Recusal]:
    """Those that touch a finding, the oldest first."""
    query = select(Recusal).where(
        Recusal.county == finding.county,
        Recusal.site_id == finding.site_id,
        or_(Recusal.finding_id.is_(None), Recusal.finding_id == finding.id),
    )
    return session.scalars(query.order_by(Recusal.asked_at, Recusal.id)).all()
