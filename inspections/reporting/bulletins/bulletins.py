"""Bulletins 通报: one for each kind and period, with its sections and the cases it names."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ...db import CountyRow, Model, Recorded, in_county
from ...errors import say
from ...vocabulary import Choice, choice


class BulletinKind(Choice):
    DAILY = "daily", say("日报告")
    HALF_MONTH = "half_month", say("半月通报")
    QUARTERLY = "quarterly", say("季度通报")


class BulletinState(Choice):
    DRAFT = "draft", say("草稿")
    SIGNED = "signed", say("已签发")
    PUBLISHED = "published", say("已发布")
    WITHDRAWN = "withdrawn", say("已撤回")


class Audience(Choice):
    INSIDE = "inside", say("内部")
    PUBLIC = "public", say("社会公开")


class Bulletin(CountyRow, Recorded, Model):
    """`figures` is what was counted for the draft, at its moment `as_of`; the words are drafted from it.

    Signing freezes all of it as `content` with its `sha256`. `public_content` is the same with personal data
    masked, frozen when it is opened to everyone; `public_reason` is the masked reason of its withdrawal. They stay
    as they are, whatever the records say later.
    """

    __tablename__ = "bulletins"
    __table_args__ = (
        in_county("drafted_by_id", "people"),
        in_county("signed_by_id", "people"),
        in_county("published_by_id", "people"),
        in_county("withdrawn_by_id", "people"),
        UniqueConstraint("county", "number_text"),
        CheckConstraint("first_day <= last_day", name="days"),
        CheckConstraint(
            "num_nulls(signed_at, signed_by_id, content, sha256, number_text) in (0, 5)", name="signed_whole"
        ),
        CheckConstraint("state = 'draft' or signed_at is not null", name="signed"),
        CheckConstraint("state <> 'published' or (published_at is not null and audience is not null)", name="out"),
        CheckConstraint("(public_content is null) = (public_sha256 is null)", name="public_whole"),
        CheckConstraint("audience is distinct from 'public' or public_content is not null", name="public"),
        CheckConstraint("state <> 'withdrawn' or btrim(withdrawn_reason) <> ''", name="why_withdrawn"),
        Index(
            "uq_bulletins_period",
            "county",
            "kind",
            "first_day",
            unique=True,
            postgresql_where=text("state <> 'withdrawn'"),
        ),
        Index("ix_bulletins_county_last_day", "county", "last_day"),
    )

    kind: Mapped[BulletinKind] = mapped_column(choice(BulletinKind, "kind"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    state: Mapped[BulletinState] = mapped_column(choice(BulletinState, "state"), server_default="draft")
    title: Mapped[str]
    as_of: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
    drafted_by_id: Mapped[UUID]
    drafted_at: Mapped[datetime]

    year: Mapped[int | None]
    number: Mapped[int | None]
    number_text: Mapped[str | None]
    content: Mapped[dict[str, Any] | None]
    sha256: Mapped[str | None] = mapped_column(CHAR(64))
    signed_by_id: Mapped[UUID | None]
    signed_at: Mapped[datetime | None]

    audience: Mapped[Audience | None] = mapped_column(choice(Audience, "audience"))
    public_content: Mapped[dict[str, Any] | None]
    public_sha256: Mapped[str | None] = mapped_column(CHAR(64))
    published_by_id: Mapped[UUID | None]
    published_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]
    public_reason: Mapped[str | None]

    @property
    def is_draft(self) -> bool:
        return self.state is BulletinState.DRAFT


class BulletinSection(CountyRow, Recorded, Model):
    """One section: `drafted` are the words made from the figures, `text` those that stand.

    `revision` rises with every change, so that who edits an older one is told. `refreshed` says that the drafted
    words changed after a person had edited the text.
    """

    __tablename__ = "bulletin_sections"
    __table_args__ = (
        in_county("bulletin_id", "bulletins", ondelete="CASCADE"),
        in_county("edited_by_id", "people"),
        UniqueConstraint("county", "bulletin_id", "key"),
    )

    bulletin_id: Mapped[UUID]
    key: Mapped[str]
    position: Mapped[int]
    title: Mapped[str]
    drafted: Mapped[str]
    text: Mapped[str]
    revision: Mapped[int] = mapped_column(server_default="1")
    refreshed: Mapped[bool] = mapped_column(server_default="false")
    edited_by_id: Mapped[UUID | None]
    edited_at: Mapped[datetime | None]

    @property
    def is_edited(self) -> bool:
        return self.text != self.drafted


class BulletinCase(CountyRow, Recorded, Model):
    """A case 典型案例 that a person chose: a finding with the words about it. `is_named` gives the site's name;
    what goes to everyone names it never.
    """

    __tablename__ = "bulletin_cases"
    __table_args__ = (
        in_county("bulletin_id", "bulletins", ondelete="CASCADE"),
        in_county("finding_id", "findings"),
        in_county("chosen_by_id", "people"),
        UniqueConstraint("county", "bulletin_id", "finding_id"),
    )

    bulletin_id: Mapped[UUID]
    finding_id: Mapped[UUID]
    position: Mapped[int]
    text: Mapped[str]
    is_named: Mapped[bool] = mapped_column(server_default="false")
    chosen_by_id: Mapped[UUID]


def sections_of(session: Session, bulletin: Bulletin) -> list[BulletinSection]:
    query = select(BulletinSection).where(
        BulletinSection.county == bulletin.county, BulletinSection.bulletin_id == bulletin.id
    )
    return list(session.scalars(query.order_by(BulletinSection.position)))


def cases_of(session: Session, bulletin: Bulletin) -> list[BulletinCase]:
    query = select(BulletinCase).where(
        BulletinCase.county == bulletin.county, BulletinCase.bulletin_id == bulletin.id
    )
    return list(session.scalars(query.order_by(BulletinCase.position, BulletinCase.id)))
