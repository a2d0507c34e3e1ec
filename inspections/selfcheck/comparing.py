"""Claim and finding side by side: what a site said of itself, what an inspector saw with the same checklist."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from ..access import visible
from ..field.checklists import ChecklistItem
from ..field.checks import Answer, Check, CheckKind, Verdict
from ..registry.people import Person
from .campaigns import ANSWERED, SelfCheck, SelfCheckAnswer, SelfCheckCampaign

MEANT = (Verdict.COMPLIANT, Verdict.NOT_COMPLIANT)


class Pair(NamedTuple):
    """One item as it was claimed and as it was found."""

    code: str
    text: str
    claim: Verdict
    claim_note: str
    found: Verdict
    found_note: str

    @property
    def differs(self) -> bool:
        """Both say whether it is met, and not the same."""
        return self.claim in MEANT and self.found in MEANT and self.claim is not self.found


class Comparison(NamedTuple):
    title: str
    submitted_at: datetime
    check_id: UUID
    pairs: list[Pair]

    @property
    def differences(self) -> int:
        return sum(pair.differs for pair in self.pairs)


def compare_check(session: Session, person: Person, check: Check) -> Comparison | None:
    """The site's last self-check before a check, with the same checklist, beside what the check found."""
    if check.checklist_code is None or check.kind is CheckKind.SELF:
        return None
    query = (
        visible(person, SelfCheck)
        .join(SelfCheckCampaign, _of_campaign())
        .where(
            SelfCheck.site_id == check.site_id,
            SelfCheck.state.in_(ANSWERED),
            SelfCheck.submitted_at <= check.device_finished_at,
            SelfCheckCampaign.checklist_code == check.checklist_code,
        )
        .order_by(SelfCheck.submitted_at.desc())
        .limit(1)
    )
    self_check = session.scalars(query).first()
    return _compare(session, self_check, check) if self_check else None


def compare_site(session: Session, person: Person, site_id: UUID) -> Comparison | None:
    """The last self-check of a site that was looked into afterwards, and the last check that did."""
    query = (
        visible(person, Check)
        .where(
            Check.site_id == site_id,
            Check.kind != CheckKind.SELF,
            exists().where(
                SelfCheck.county == Check.county,
                SelfCheck.site_id == Check.site_id,
                SelfCheck.state.in_(ANSWERED),
                SelfCheck.submitted_at <= Check.device_finished_at,
                _of_campaign(),
                SelfCheckCampaign.checklist_code == Check.checklist_code,
            ),
        )
        .order_by(Check.device_finished_at.desc())
        .limit(1)
    )
    check = session.scalars(query).first()
    return compare_check(session, person, check) if check else None


def _compare(session: Session, self_check: SelfCheck, check: Check) -> Comparison:
    campaign = session.get_one(SelfCheckCampaign, (self_check.county, self_check.campaign_id))
    rows = session.execute(_pairs(self_check.id, check)).all()
    pairs = [Pair(*row) for row in rows]
    assert self_check.submitted_at is not None
    return Comparison(campaign.title, self_check.submitted_at, check.id, pairs)


def _pairs(self_check_id: UUID, check: Check) -> Select[str, str, Verdict, str, Verdict, str]:
    item = and_(
        ChecklistItem.checklist_code == check.checklist_code,
        ChecklistItem.checklist_version == check.checklist_version,
        ChecklistItem.code == Answer.item_code,
    )
    same = and_(SelfCheckAnswer.county == Answer.county, SelfCheckAnswer.item_code == Answer.item_code)
    return (
        select(
            Answer.item_code,
            ChecklistItem.text,
            SelfCheckAnswer.verdict,
            SelfCheckAnswer.note,
            Answer.verdict,
            Answer.note,
        )
        .join(SelfCheckAnswer, same)
        .join(ChecklistItem, item)
        .where(
            Answer.county == check.county,
            Answer.check_id == check.id,
            SelfCheckAnswer.self_check_id == self_check_id,
        )
        .order_by(ChecklistItem.position)
    )


class Difference(NamedTuple):
    """Of one item of a campaign: how many sites were looked at after it, and how many claims didn't hold."""

    code: str
    text: str
    looked_at: int
    claimed_met: int
    not_met: int


def differences_of(session: Session, campaign: SelfCheckCampaign) -> Sequence[Difference]:
    """By item, over checks with the same list after a site's answer; the last check of a site counts."""
    last = (
        select(Check.id, SelfCheck.id.label("self_check_id"))
        .join(SelfCheck, and_(SelfCheck.county == Check.county, SelfCheck.site_id == Check.site_id))
        .where(
            Check.county == campaign.county,
            SelfCheck.campaign_id == campaign.id,
            SelfCheck.state.in_(ANSWERED),
            Check.checklist_code == campaign.checklist_code,
            Check.kind != CheckKind.SELF,
            Check.device_finished_at >= SelfCheck.submitted_at,
        )
        .ext(distinct_on(Check.site_id))
        .order_by(Check.site_id, Check.device_finished_at.desc())
        .subquery()
    )
    claimed = SelfCheckAnswer.verdict == Verdict.COMPLIANT
    query = (
        select(
            ChecklistItem.code,
            ChecklistItem.text,
            func.count(),
            func.count().filter(claimed),
            func.count().filter(and_(claimed, Answer.verdict == Verdict.NOT_COMPLIANT)),
        )
        .select_from(last)
        .join(
            Answer, and_(Answer.county == campaign.county, Answer.check_id == last.c.id, Answer.verdict.in_(MEANT))
        )
        .join(
            SelfCheckAnswer,
            and_(
                SelfCheckAnswer.county == campaign.county,
                SelfCheckAnswer.self_check_id == last.c.self_check_id,
                SelfCheckAnswer.item_code == Answer.item_code,
            ),
        )
        .join(
            ChecklistItem,
            and_(
                ChecklistItem.checklist_code == campaign.checklist_code,
                ChecklistItem.checklist_version == campaign.checklist_version,
                ChecklistItem.code == Answer.item_code,
            ),
        )
        .group_by(ChecklistItem.code, ChecklistItem.text, ChecklistItem.position)
        .order_by(ChecklistItem.position)
    )
    return [Difference(*row) for row in session.execute(query)]


def _of_campaign() -> ColumnElement[bool]:
    return and_(SelfCheckCampaign.county == SelfCheck.county, SelfCheckCampaign.id == SelfCheck.campaign_id)
