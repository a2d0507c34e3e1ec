"""Legal reviews 法制审核: before certain orders are signed, a reviewer passes their words (行政处罚法 art. 58)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice
from .orders import Order


class ReviewState(Choice):
    ASKED = "asked", say("待审核")
    PASSED = "passed", say("审核通过")
    RETURNED = "returned", say("退回修改")


class LegalReview(CountyRow, Recorded, Model):
    """A review of the words an order has at that moment: `words_sha256`. Later words need another review.

    `grounds` are why the law asks for it, with the article that says so; none where the office asked by itself.
    A draft that is thrown away takes its reviews with it; their events stay.
    """

    __tablename__ = "legal_reviews"
    __table_args__ = (
        in_county("order_id", "orders", ondelete="CASCADE"),
        in_county("asked_by_id", "people"),
        in_county("decided_by_id", "people"),
        CheckConstraint("(state = 'asked') = (decided_at is null)", name="decided"),
        CheckConstraint("decided_by_id <> asked_by_id", name="four_eyes"),
        CheckConstraint("state <> 'returned' or opinion <> ''", name="opinion"),
        Index(
            "uq_legal_reviews_asked", "county", "order_id", unique=True, postgresql_where=text("state = 'asked'")
        ),
        Index("ix_legal_reviews_county_order_id", "county", "order_id"),
    )

    order_id: Mapped[UUID]
    state: Mapped[ReviewState] = mapped_column(choice(ReviewState, "state"), server_default="asked")
    grounds: Mapped[list[Any]] = mapped_column(server_default="[]")
    words_sha256: Mapped[str] = mapped_column(CHAR(64))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[UUID]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]
    opinion: Mapped[str] = mapped_column(server_default="")


def reviews_of(session: Session, order: Order) -> Sequence[LegalReview]:
    """The newest first."""
    query = select(LegalReview).where(LegalReview.county == order.county, LegalReview.order_id == order.id)
    return session.scalars(query.order_by(LegalReview.asked_at.desc(), LegalReview.id.desc())).all()
