"""Bulletins of the last months, made by the desk's own commands on the days of the story.

Two quarters and a half month that were signed, daily reports, and the draft of the quarter that runs.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from ..casework.closures import standing_closure
from ..events import Event
from ..registry.people import Person, Role
from ..reporting.bulletins.bulletins import Audience, Bulletin, BulletinKind, sections_of
from ..reporting.bulletins.drafting import begin, candidates, choose_case, edit_section
from ..reporting.bulletins.due import Period, period_at, period_before
from ..reporting.bulletins.signing import publish, seal_of, sign
from ..reporting.scores.weights import set_weights
from . import names, rhythm
from .book import moment
from .orders import find_first

DAYS = 2  # daily reports
CASES = 2
WEIGHTS = {
    "service": "30",
    "training": "30",
    "complaints": "15",
    "rectification": "25",
    "least": "2",
    "basis": "县双减专班会议纪要（演示）",
}
ADDED = "各镇街要把课后服务水平和校外培训整治成效作为重要评价内容，逐月对照检查。"


def write_bulletins(session: Session, today: date) -> None:
    """As the owner of the database, in the county's scope. Events get the time of their deed in the story."""
    dispatcher, director = (find_first(session, role) for role in (Role.DISPATCHER, Role.DIRECTOR))
    if dispatcher is None or director is None:
        return
    people = (dispatcher, director)
    this = period_at(BulletinKind.QUARTERLY, today)
    last = period_before(this)
    begun = moment(period_before(last).first, 9)
    set_weights(session, director, WEIGHTS | {"valid_from": date(begun.year, 1, 1).isoformat()}, begun)
    made = [
        *(_signed(session, people, period, audience) for period, audience in (
            (period_before(last), Audience.PUBLIC), (last, Audience.INSIDE))),
        _signed(session, people, period_before(period_at(BulletinKind.HALF_MONTH, today)), Audience.INSIDE),
        *(_signed(session, people, period_at(BulletinKind.DAILY, day), None) for day in _workdays(today)),
        _draft(session, dispatcher, this, moment(today, 0)),
    ]  # fmt: skip
    session.flush()
    for bulletin in made:
        _date_events(session, bulletin)


def _workdays(today: date) -> list[date]:
    """The last days that were worked, but for the one before today, whose report is due."""
    days = [today - timedelta(days=back) for back in range(2, 20)]
    return sorted([day for day in days if rhythm.next_workday(day) == day][:DAYS])


def _signed(
    session: Session, people: tuple[Person, Person], period: Period, audience: Audience | None
) -> Bulletin:
    at = moment(period.due_on, 15)
    bulletin = _draft(session, people[0], period, at - timedelta(hours=5))
    sign(session, people[1], bulletin.id, seal_of(session, bulletin), at)
    if audience:
        publish(session, people[1], bulletin.id, audience, at + timedelta(hours=1))
    return bulletin


def _draft(session: Session, person: Person, period: Period, at: datetime) -> Bulletin:
    bulletin = begin(session, person, period.kind, period.first.isoformat(), at, names.COUNTY)
    if period.kind is BulletinKind.QUARTERLY:
        _choose(session, person, bulletin, at)
        last = sections_of(session, bulletin)[-1]
        edit_section(session, person, bulletin.id, last.key, last.text + ADDED, last.revision, at)
    return bulletin


def _choose(session: Session, person: Person, bulletin: Bulletin, at: datetime) -> None:
    closed = 0
    for each in candidates(session, person, bulletin):
        closure = standing_closure(session, each.finding)
        if closure and closure.closed_at < at and closed < CASES:
            choose_case(session, person, bulletin.id, {"finding_id": str(each.finding.id)})
            closed += 1


def _date_events(session: Session, bulletin: Bulletin) -> None:
    """The commands write their events now; the story has them on the days of the deeds."""
    times = {
        "draft": bulletin.drafted_at,
        "choose_case": bulletin.drafted_at + timedelta(minutes=20),
        "sign": bulletin.signed_at,
        "publish": bulletin.published_at,
    }
    for verb, at in times.items():
        if at:
            session.execute(
                update(Event)
                .where(Event.county == bulletin.county, Event.subject_id == bulletin.id, Event.verb == verb)
                .values(at=at)
            )
    for section in sections_of(session, bulletin):
        session.execute(
            update(Event)
            .where(Event.county == bulletin.county, Event.subject_id == section.id)
            .values(at=bulletin.drafted_at + timedelta(minutes=30))
        )
