"""The tables of target lists: a list of a period, and the sites that were put on it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from ...db import CountyRow, Model, Recorded, in_county
from ...errors import say
from ...vocabulary import Choice, choice


class Part(Choice):
    """What brought a site onto a list."""

    RECHECK = "recheck", say("复查到期")
    RISK = "risk", say("按风险")
    EXPLORATION = "exploration", say("随机探索")


class EntryState(Choice):
    PROPOSED = "proposed", say("待派")
    TASKED = "tasked", say("已派任务")
    REFUSED = "refused", say("已否决")
    DROPPED = "dropped", say("已换下")


class Refusal(Choice):
    """Why an entry was refused: what comes up often; anything else is typed."""

    JUST_SEEN = "just_seen", say("刚去过，尚未录入")
    WRONG_DATA = "wrong_data", say("资料有误，先核实")
    ANOTHER_CASE = "another_case", say("其他部门正在办理")
    EVENT = "event", say("近期有活动或考试，不宜前往")
    OTHER = "other", say("其他")


LIVE = (EntryState.PROPOSED, EntryState.TASKED)


class TargetList(CountyRow, Recorded, Model):
    """Visits from `first_day` to `last_day` (days in China). `settings` is the `plan.Plan` it was made with.

    `snapshot_id`, `seed` and `version` give the same choice again (`computing.choose_again`). `revision` counts
    how often it was computed. `summary` holds the counts of the choice, its bounds and what held it back.
    """

    __tablename__ = "target_lists"
    __table_args__ = (
        in_county("snapshot_id", "analysis_snapshots"),
        in_county("made_by_id", "people"),
        CheckConstraint("last_day >= first_day", name="days"),
        Index("ix_target_lists_county_first_day", "county", "first_day"),
    )

    first_day: Mapped[date]
    last_day: Mapped[date]
    settings: Mapped[dict[str, Any]]
    seed: Mapped[int] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(SmallInteger)
    revision: Mapped[int]
    snapshot_id: Mapped[UUID]
    made_by_id: Mapped[UUID]
    computed_at: Mapped[datetime]
    summary: Mapped[dict[str, Any]]


class TargetEntry(CountyRow, Recorded, Model):
    """A site on a list. `probability` is that of a finding, `severity` its weight (1–3); both as of the computing.

    `inclusion_probability` is set on what was drawn at random: the chance each eligible site had. `day` and `team`
    are empty where no time was found; `window` is the likeliest time of that day with its strip of hours.
    `reasons` are `[weight, template, values]`, the weightiest first. `replaces_id` is the refused entry whose
    place this one took.
    """

    __tablename__ = "target_entries"
    __table_args__ = (
        in_county("list_id", "target_lists", ondelete="CASCADE"),
        in_county("site_id", "sites", ondelete="CASCADE"),
        in_county("replaces_id", "target_entries", ondelete="SET NULL (replaces_id)"),
        in_county("decided_by_id", "people"),
        in_county("task_id", "tasks"),
        CheckConstraint("(state = 'tasked') = (task_id is not null)", name="task"),
        CheckConstraint("(state = 'refused') = (refusal is not null)", name="refused"),
        CheckConstraint("severity between 1 and 3", name="severity"),
        Index(
            "uq_target_entries_live",
            "county",
            "list_id",
            "site_id",
            unique=True,
            postgresql_where=text("state in ('proposed', 'tasked')"),
        ),
        Index("ix_target_entries_county_site_id", "county", "site_id"),
        Index("ix_target_entries_county_task_id", "county", "task_id"),
        Index("ix_target_entries_county_replaces_id", "county", "replaces_id"),
    )

    list_id: Mapped[UUID]
    site_id: Mapped[UUID]
    part: Mapped[Part] = mapped_column(choice(Part, "part"))
    state: Mapped[EntryState] = mapped_column(choice(EntryState, "state"), server_default="proposed")
    is_pinned: Mapped[bool] = mapped_column(server_default="false")
    revision: Mapped[int]
    probability: Mapped[float]
    severity: Mapped[float]
    inclusion_probability: Mapped[float | None]
    reasons: Mapped[list[Any]]
    exempt_from_cap: Mapped[str] = mapped_column(server_default="")
    minutes: Mapped[int]
    day: Mapped[date | None]
    team: Mapped[int | None] = mapped_column(SmallInteger)
    stop: Mapped[int | None] = mapped_column(SmallInteger)
    travel_minutes: Mapped[float | None]
    window: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    replaces_id: Mapped[UUID | None]
    refusal: Mapped[Refusal | None] = mapped_column(choice(Refusal, "refusal"))
    refused_words: Mapped[str] = mapped_column(server_default="")
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    task_id: Mapped[UUID | None]

    @property
    def value(self) -> float:
        """The expected weight of what is found."""
        return self.probability * self.severity
