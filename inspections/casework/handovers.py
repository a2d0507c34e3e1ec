"""Hand-overs 移送: a case given to another department, with its papers, until an answer comes back."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class HandoverState(Choice):
    SENT = "sent", say("已移送待回复")
    ACCEPTED = "accepted", say("已受理")
    ANSWERED = "answered", say("已回复办结")
    RETURNED = "returned", say("退回未受理")
    WITHDRAWN = "withdrawn", say("已撤回")


class Handover(CountyRow, Model):
    """What was known of one hand-over at a moment. A change is a further version under the same `root_id`.

    `number_text` and `content`, the words of its letter, come with the first version and go with all of them.
    """

    __tablename__ = "handovers"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("finding_id", "findings"),
        in_county("author_id", "people"),
        UniqueConstraint("county", "root_id", "version"),
        UniqueConstraint("county", "number_text", "version"),
        CheckConstraint("version >= 1 and (version > 1 or root_id = id)", name="version"),
        CheckConstraint("version = 1 or reason <> ''", name="why_changed"),
        CheckConstraint("answered_on is null or answered_on >= handed_on", name="answer_later"),
        Index("ix_handovers_county_site_id", "county", "site_id"),
        Index("ix_handovers_county_finding_id", "county", "finding_id"),
    )

    root_id: Mapped[UUID]
    version: Mapped[int]
    site_id: Mapped[UUID]
    finding_id: Mapped[UUID | None]
    state: Mapped[HandoverState] = mapped_column(choice(HandoverState, "state"))
    recipient: Mapped[str]
    matter: Mapped[str]
    papers: Mapped[list[Any]]
    handed_on: Mapped[date]
    due_back_on: Mapped[date | None]
    answered_on: Mapped[date | None]
    answer: Mapped[str] = mapped_column(server_default="")
    answer_reference: Mapped[str] = mapped_column(server_default="")
    number_text: Mapped[str]
    content: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(server_default="")
    author_id: Mapped[UUID]
    at: Mapped[datetime]
