"""Campaigns of self-checks 自查: a version of a checklist sent to many sites, and what each of them answers."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CHAR,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..field.checklists import Checklist, ChecklistItem
from ..field.checks import Verdict
from ..registry.sites import Site
from ..vocabulary import Choice, choice


class SelfCheckState(Choice):
    NOT_BEGUN = "not_begun", say("未开始")
    DRAFT = "draft", say("填写中")
    SUBMITTED = "submitted", say("已提交")
    LATE = "late", say("逾期提交")


ANSWERED = (SelfCheckState.SUBMITTED, SelfCheckState.LATE)


class SelfCheckCampaign(CountyRow, Recorded, Model):
    """`site_kinds` and `township_id` are what its sites were chosen by. Answers after `closes_on` are late; after
    `ended_at` none are taken.
    """

    __tablename__ = "self_check_campaigns"
    __table_args__ = (
        ForeignKeyConstraint(["checklist_code", "checklist_version"], ["checklists.code", "checklists.version"]),
        in_county("township_id", "areas"),
        in_county("sent_by_id", "people"),
        CheckConstraint("closes_on >= opens_on", name="days"),
        CheckConstraint(
            "coalesce(substring(checklist_code from '^([0-9]{6})-'), county) = county", name="own_checklist"
        ),
    )

    title: Mapped[str]
    checklist_code: Mapped[str]
    checklist_version: Mapped[int]
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    letter: Mapped[str]
    contact: Mapped[str]
    telephone: Mapped[str]
    site_kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    township_id: Mapped[UUID | None]
    sent_by_id: Mapped[UUID]
    sent_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SelfCheck(CountyRow, Recorded, Model):
    """One site's answer to a campaign. Once submitted it never changes."""

    __tablename__ = "self_checks"
    __table_args__ = (
        in_county("campaign_id", "self_check_campaigns"),
        in_county("site_id", "sites"),
        in_county("person_id", "people"),
        in_county("invitation_id", "invitations", use_alter=True),
        UniqueConstraint("county", "campaign_id", "site_id"),
        CheckConstraint("(state in ('submitted', 'late')) = (submitted_at is not null)", name="submitted"),
        Index("ix_self_checks_county_site_id", "county", "site_id"),
    )

    campaign_id: Mapped[UUID]
    site_id: Mapped[UUID]
    state: Mapped[SelfCheckState] = mapped_column(choice(SelfCheckState, "state"), server_default="not_begun")
    begun_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    name: Mapped[str] = mapped_column(server_default="")
    telephone: Mapped[str] = mapped_column(server_default="")
    person_id: Mapped[UUID | None]
    invitation_id: Mapped[UUID | None]

    @property
    def is_answered(self) -> bool:
        return self.state in ANSWERED


class SelfCheckAnswer(Model):
    """What a site claims of one item."""

    __tablename__ = "self_check_answers"
    __table_args__ = (in_county("self_check_id", "self_checks"),)

    county: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    self_check_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_code: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(choice(Verdict, "verdict"))
    note: Mapped[str] = mapped_column(server_default="")


def items_for(session: Session, campaign: SelfCheckCampaign, site: Site) -> Sequence[ChecklistItem]:
    """What a site is asked: the items of the campaign's version that are for its kind."""
    checklist = session.get_one(Checklist, (campaign.checklist_code, campaign.checklist_version))
    return [item for item in checklist.items if not item.kinds or site.kind.value in item.kinds]


def answers_to(session: Session, self_check: SelfCheck) -> dict[str, SelfCheckAnswer]:
    query = select(SelfCheckAnswer).where(
        SelfCheckAnswer.county == self_check.county, SelfCheckAnswer.self_check_id == self_check.id
    )
    return {each.item_code: each for each in session.scalars(query)}
