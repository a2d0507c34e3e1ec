"""Keeping the daily reports 日报告: by a person during the day or later, or by the clock when the day is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require, visible
from ..days import day_of
from ..errors import Conflict, Invalid, Message, NotFound, say
from ..jobs import Work, job
from ..registry.people import Person
from ..reporting.documents.making import remember
from ..reporting.figures import Selection, count
from ..sweeps.campaigns import SpecialCampaign
from .composing import compose
from .daily_reports import KIND, DailyReport
from .figures import figures_of
from .typed import read_text

LONGEST_WORDS, LONGEST_REASON = 4000, 200
# A quarter past midnight in China: what phones still had at midnight has mostly arrived
AFTER_MIDNIGHT = "15 16 * * *"


@dataclass(frozen=True)
class Day:
    """A day of a campaign and its newest report, if there is one; `made_by` is empty for the clock."""

    day: date
    report: DailyReport | None
    made_by: str
    versions: int


def list_days(session: Session, person: Person, campaign: SpecialCampaign, today: date) -> list[Day]:
    """The campaign's days up to today, the latest first."""
    require(person, "campaign.see")
    last = min(today, campaign.last_day)
    rows = session.execute(
        visible(person, DailyReport)
        .outerjoin(Person, (Person.county == DailyReport.county) & (Person.id == DailyReport.made_by_id))
        .where(DailyReport.campaign_id == campaign.id)
        .add_columns(Person.name)
        .order_by(DailyReport.day, DailyReport.version)
    ).all()
    newest = {report.day: (report, name) for report, name in rows}
    days = [campaign.first_day + timedelta(days=n) for n in range((last - campaign.first_day).days + 1)]
    return [
        Day(day, newest[day][0], newest[day][1] or "", newest[day][0].version)
        if day in newest
        else Day(day, None, "", 0)
        for day in reversed(days)
    ]


def versions_of(session: Session, person: Person, campaign: SpecialCampaign, day: date) -> Sequence[DailyReport]:
    """The reports of a day, the newest first."""
    query = visible(person, DailyReport).where(DailyReport.campaign_id == campaign.id, DailyReport.day == day)
    return session.scalars(query.order_by(DailyReport.version.desc())).all()


def keep(
    session: Session, person: Person, campaign_id: Any, day: date, form: Mapping[str, Any], now: datetime
) -> DailyReport:
    """Freeze the report of a day. A further version of a day needs its reason.

    `version` in the form is that of the report which was on the screen. Raises Invalid, by field, and Conflict
    where another was kept meanwhile.
    """
    require(person, "campaign.plan")
    campaign = get(session, person, SpecialCampaign, campaign_id)
    session.refresh(campaign, with_for_update=True)
    _of_campaign(campaign, day, day_of(now))
    wrong: dict[str, Message] = {}
    words = read_text(form, "words", LONGEST_WORDS, wrong, may_be_empty=True)
    last = _last_version(session, campaign, day)
    reason = read_text(form, "reason", LONGEST_REASON, wrong) if last else ""
    if wrong:
        raise Invalid(wrong)
    if str(form.get("version", "")) != str(last):
        raise Conflict(say("这一天的日报告刚有人存了第 {n} 版，请核对后再存", n=last))
    report = _keep(session, campaign, day, now, words, version=last + 1, reason=reason, made_by=person)
    remember(session, person, KIND, report.id, now, title_of(report.content))
    events.record(session, person, "keep", report, day=day.isoformat(), version=report.version)
    return report


def _keep(
    session: Session,
    campaign: SpecialCampaign,
    day: date,
    now: datetime,
    words: str,
    *,
    version: int,
    reason: str = "",
    made_by: Person | None = None,
) -> DailyReport:
    report = DailyReport(
        county=campaign.county, campaign_id=campaign.id, day=day, version=version, reason=reason, made_at=now,
        content=compose(session, campaign, day, now, words), made_by_id=made_by.id if made_by else None,
    )  # fmt: skip
    session.add(report)
    session.flush()
    return report


def title_of(content: Mapping[str, Any]) -> str:
    return f"{content['campaign']}日报告（{content['day']}）"


def read_report(session: Session, person: Person, report_id: Any) -> DailyReport:
    require(person, "campaign.see")
    return get(session, person, DailyReport, report_id)


def changed_since(
    session: Session, campaign: SpecialCampaign, report: DailyReport, now: datetime
) -> dict[str, int]:
    """By key of a figure, how much more or less the report's day counts by what is known now: checks that phones
    brought later, what was taken back.
    """
    was = Selection.parse(report.content["of_day"])
    known = count(session, replace(was, as_of=now), figures_of(campaign.id))
    rows = {row["key"]: row["day"] for row in report.content["rows"]}
    return {key: n - rows[key] for key, n in known.items() if key in rows and n != rows[key]}


def read_day_of(campaign: SpecialCampaign, text: str, today: date) -> date:
    """A day of the campaign as an address has it. Raises NotFound for what is none, or hasn't come."""
    try:
        day = date.fromisoformat(text)
        _of_campaign(campaign, day, today)
    except (ValueError, Invalid):
        raise NotFound from None
    return day


def _of_campaign(campaign: SpecialCampaign, day: date, today: date) -> None:
    if not campaign.first_day <= day <= min(campaign.last_day, today):
        raise Invalid(message=say("这一天不在专项行动的日子里，或者还没有到"))


def _last_version(session: Session, campaign: SpecialCampaign, day: date) -> int:
    query = select(func.max(DailyReport.version)).where(
        DailyReport.county == campaign.county, DailyReport.campaign_id == campaign.id, DailyReport.day == day
    )
    return session.scalar(query) or 0


@job("campaigns.report", every=AFTER_MIDNIGHT)
def report_yesterday(work: Work) -> None:
    """Keep the report of the day that is over where nobody did, for each campaign that runs."""
    keep_missing(work.session, work.county, datetime.now(UTC))


def keep_missing(session: Session, county: str, now: datetime) -> list[DailyReport]:
    """What the clock keeps at a moment: yesterday of each campaign that had not ended then."""
    day = day_of(now) - timedelta(days=1)
    query = select(SpecialCampaign).where(
        SpecialCampaign.county == county, SpecialCampaign.ended_at.is_(None), SpecialCampaign.first_day <= day,
        SpecialCampaign.last_day >= day,
    )  # fmt: skip
    return [
        _keep(session, campaign, day, now, "", version=1)
        for campaign in session.scalars(query.with_for_update()).all()
        if not _last_version(session, campaign, day)
    ]
