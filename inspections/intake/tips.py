"""Tips: reports from outside. Who complained is not kept here."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
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
    SCHOOL = "school", say("学校")
    DEPARTMENT = "department", say("其他部门")
    HIGHER = "higher", say("上级交办")


class TipState(Choice):
    NEW = "new", say("待研判")
    ASSIGNED = "assigned", say("已交办")
    CONFIRMED = "confirmed", say("查实")
    UNFOUNDED = "unfounded", say("不属实")
    DUPLICATE = "duplicate", say("重复")


class Lane(Choice):
    """In which queue a tip from the public waits; None for those that came another way. Nobody is refused for it."""

    PROVEN = "proven", say("已做验证")
    UNPROVEN = "unproven", say("未做验证")
    FLOOD = "flood", say("同时涌入")


class Tip(CountyRow, Recorded, Model):
    """A report. `code` is what the reporter follows it by; `location` may lie beside the site it names."""

    __tablename__ = "tips"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("township_id", "areas"),
        UniqueConstraint("county", "code"),
        Index("ix_tips_county_received_at", "county", "received_at"),
        Index("ix_tips_county_site_id", "county", "site_id"),
    )

    code: Mapped[str]
    channel: Mapped[TipChannel] = mapped_column(choice(TipChannel, "channel"))
    state: Mapped[TipState] = mapped_column(choice(TipState, "state"), server_default="new")
    category: Mapped[SiteCategory | None] = mapped_column(choice(SiteCategory, "category"))
    text: Mapped[str]
    place: Mapped[str | None]
    site_id: Mapped[UUID | None]
    township_id: Mapped[UUID | None]
    location: Mapped[Any | None] = mapped_column(columns.point())
    happened_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    names_minor: Mapped[bool] = mapped_column(server_default="false")
    lane: Mapped[Lane | None] = mapped_column(choice(Lane, "lane"))
