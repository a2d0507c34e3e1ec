"""Steps 督办步骤: the rungs that a problem climbs while nobody mends it (S0-6)."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class StepKind(Choice):
    DUE_SOON = "due_soon", say("临期提醒")
    REMINDER = "reminder", say("催办")
    OVERDUE = "overdue", say("逾期")
    SUPERVISION = "supervision", say("督办")
    INTERVIEW = "interview", say("约谈")
    NOTICE = "notice", say("通报")
    ACCOUNTABILITY = "accountability", say("问责")


class Origin(Choice):
    """Who put a step forward."""

    CLOCK = "clock", say("系统按时限")
    PERSON = "person", say("人工")


class StepState(Choice):
    PROPOSED = "proposed", say("待办")
    DONE = "done", say("已办")
    SKIPPED = "skipped", say("不办")


class Lapse(Choice):
    """Why the clock took a proposal back."""

    CLOSED = "closed", say("问题已销号")
    MOVED = "moved", say("整改期限已改")


LADDER = tuple(StepKind)  # from the lowest rung to the highest
BY_CLOCK = (StepKind.DUE_SOON, StepKind.REMINDER, StepKind.OVERDUE)  # what needs nobody's decision
BY_PERSON = (StepKind.SUPERVISION, StepKind.INTERVIEW, StepKind.NOTICE, StepKind.ACCOUNTABILITY)


class Step(CountyRow, Recorded, Model):
    """One rung for one finding; it fell due on `due_on`.

    A round is one `deadline` in one `opening` of the finding: how often it had been reopened by then. The clock
    puts each rung forward at most once in a round. `unpublished` is the year whose calendar had to be guessed for
    `due_on`; `ladder_region` and `ladder_version` name the ladder that was counted by. A step whose `lapse` is set
    was taken back by the clock before anybody decided it.

    A step of a person is prepared as a `draft`, then signed: that gives it `content` and number. An interview that
    was called is done when it was held, and has a `record`. What was decided never changes.

    `headcount` is the number of persons of an interview or an accountability 人次; `by_inspectorate` says that
    the education inspectorate did it and not another body (S3 annex 5). `content` is what its document says, word
    for word, frozen when the step is done.
    """

    __tablename__ = "steps"
    __table_args__ = (
        in_county("finding_id", "findings"),
        in_county("order_id", "orders"),
        in_county("proposed_by_id", "people"),
        in_county("decided_by_id", "people"),
        UniqueConstraint("county", "number_text"),
        CheckConstraint("headcount between 1 and 1000", name="headcount"),
        CheckConstraint("(state = 'proposed') = (decided_at is null)", name="decided"),
        CheckConstraint("origin <> 'person' or proposed_by_id is not null", name="who_proposed"),
        CheckConstraint("state <> 'skipped' or reason <> ''", name="why_skipped"),
        Index("ix_steps_county_finding_id", "county", "finding_id"),
        Index("ix_steps_county_kind_decided_at", "county", "kind", "decided_at"),
        Index("ix_steps_waiting", "county", "kind", postgresql_where=text("state = 'proposed'")),
        Index(
            "uq_steps_round",
            "county",
            "finding_id",
            "opening",
            "deadline",
            "kind",
            unique=True,
            postgresql_where=text("origin = 'clock' and lapse is null"),
        ),
        in_county("draft_by_id", "people"),
        in_county("signed_by_id", "people"),
        CheckConstraint("(signed_at is null) = (signed_by_id is null)", name="signed"),
        CheckConstraint("lapse is null or (state = 'skipped' and decided_by_id is null)", name="lapsed"),
        CheckConstraint("origin <> 'clock' or deadline is not null", name="clock_deadline"),
        CheckConstraint("record is null or (kind = 'interview' and state = 'done')", name="interview_record"),
    )

    finding_id: Mapped[UUID]
    kind: Mapped[StepKind] = mapped_column(choice(StepKind, "kind"))
    origin: Mapped[Origin] = mapped_column(choice(Origin, "origin"))
    state: Mapped[StepState] = mapped_column(choice(StepState, "state"), server_default="proposed")
    due_on: Mapped[date]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(server_default="")
    order_id: Mapped[UUID | None]
    headcount: Mapped[int] = mapped_column(server_default="1")
    by_inspectorate: Mapped[bool] = mapped_column(server_default="true")
    number_text: Mapped[str | None]
    content: Mapped[dict[str, Any] | None]

    deadline: Mapped[date | None]
    opening: Mapped[int] = mapped_column(server_default="0")
    unpublished: Mapped[int | None]
    ladder_region: Mapped[str | None] = mapped_column(CHAR(6))
    ladder_version: Mapped[int | None]
    lapse: Mapped[Lapse | None] = mapped_column(choice(Lapse, "lapse"))
    draft: Mapped[dict[str, Any] | None]
    draft_by_id: Mapped[UUID | None]
    signed_at: Mapped[datetime | None]
    signed_by_id: Mapped[UUID | None]
    record: Mapped[dict[str, Any] | None]
