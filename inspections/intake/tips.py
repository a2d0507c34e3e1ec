"""Tips: reports from outside. Who complained is not kept here."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, CheckConstraint, Computed, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from geo import columns

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..registry.sites import SiteCategory
from ..vocabulary import Choice, choice


class TipChannel(Choice):
    WEB = "web", say("网上举报")
    HOTLINE = "hotline", say("热线电话")
    MAILBOX = "mailbox", say("信箱")
    VOLUNTEER = "volunteer", say("社会监督员")
    FIELD = "field", say("一线人员")
    SCHOOL = "school", say("学校")
    DEPARTMENT = "department", say("其他部门")
    HIGHER = "higher", say("上级交办")


class TipState(Choice):
    NEW = "new", say("待研判")
    ASSIGNED = "assigned", say("已交办")
    CONFIRMED = "confirmed", say("查实")
    UNFOUNDED = "unfounded", say("不属实")
    DUPLICATE = "duplicate", say("重复")
    TRANSFERRED = "transferred", say("已转办")
    INVALID = "invalid", say("无效")


WHERE_OPEN = "state in ('new', 'assigned')"


class Lane(Choice):
    """In which queue a tip from the public waits; none for what came another way. Nobody is refused for it."""

    PROVEN = "proven", say("已做验证")
    UNPROVEN = "unproven", say("未做验证")
    FLOOD = "flood", say("同时涌入")


class Tip(CountyRow, Recorded, Model):
    """A report. Staff know it by `code`; who reported follows it by a receipt code, kept as `receipt_mark` only.

    `location` may lie beside the site it names, anywhere within `uncertainty_m`. A tip merged into another is a
    duplicate of its `master_id`. `triage_due_at` is until when somebody decides what it is, `due_at` until when it
    is dealt with. `state` is that of the last of its `tip_moves`, by which alone it changes.
    """

    __tablename__ = "tips"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("near_site_id", "sites"),
        in_county("township_id", "areas"),
        in_county("master_id", "tips"),
        in_county("taken_by_id", "people"),
        UniqueConstraint("county", "code"),
        UniqueConstraint("county", "receipt_mark"),
        CheckConstraint("master_id <> id", name="master"),
        CheckConstraint("(state = 'duplicate') >= (master_id is not null)", name="merged"),
        CheckConstraint("uncertainty_m >= 0", name="uncertainty_m"),
        Index("ix_tips_county_received_at", "county", "received_at"),
        Index("ix_tips_county_site_id", "county", "site_id"),
        Index("ix_tips_county_master_id", "county", "master_id"),
        Index("ix_tips_county_lane_received_at", "county", "lane", "received_at"),
        Index("ix_tips_county_tile_key", "county", "tile_key"),
        Index("ix_tips_county_near_site_id", "county", "near_site_id"),
        Index("ix_tips_county_compound", "county", "compound", postgresql_where=text("compound is not null")),
        # The inbox reads what is open, and what is a key case, from these alone
        Index("ix_tips_open", "county", "state", "received_at", "id", postgresql_where=text(WHERE_OPEN)),
        Index("ix_tips_key", "county", "key_since", postgresql_where=text("key_since is not null")),
        # How often a source was right is counted from this one alone
        Index(
            "ix_tips_decided",
            "county",
            "channel",
            "state",
            "received_at",
            postgresql_include=["taken_by_id", "reference_from"],
            postgresql_where=text("state in ('confirmed', 'unfounded')"),
        ),
        # By words (`intake.wording`); asked through the function `tips_sharing_words`
        Index(
            "ix_tips_words",
            text("tip_words(county, text, place)"),
            postgresql_using="gin",
        ),
        Index("ix_tips_long", "county", postgresql_where=text("char_length(text) > 500")),
        Index("ix_tips_newest", "county", text("received_at desc nulls last"), text("id desc")),
    )

    code: Mapped[str]
    receipt_mark: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_sha256: Mapped[str | None] = mapped_column(CHAR(64))
    channel: Mapped[TipChannel] = mapped_column(choice(TipChannel, "channel"))
    state: Mapped[TipState] = mapped_column(choice(TipState, "state"), server_default="new")
    category: Mapped[SiteCategory | None] = mapped_column(choice(SiteCategory, "category"))
    text: Mapped[str]
    place: Mapped[str | None]
    near: Mapped[str | None]
    near_site_id: Mapped[UUID | None]
    compound: Mapped[str | None]
    building: Mapped[str | None]
    unit: Mapped[str | None]
    room: Mapped[str | None]
    schedule: Mapped[str | None]
    site_id: Mapped[UUID | None]
    township_id: Mapped[UUID | None]
    location: Mapped[Any | None] = mapped_column(columns.point())
    tile_key: Mapped[int | None] = mapped_column(BigInteger, Computed("tile_key(location)", persisted=True))
    uncertainty_m: Mapped[float | None]
    happened_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    triage_due_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    key_since: Mapped[datetime | None]
    names_minor: Mapped[bool] = mapped_column(server_default="false")
    reference: Mapped[str | None]
    reference_from: Mapped[str | None]
    master_id: Mapped[UUID | None]
    taken_by_id: Mapped[UUID | None]
    lane: Mapped[Lane | None] = mapped_column(choice(Lane, "lane"))
