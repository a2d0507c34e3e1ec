"""Three sweeps of the demonstration: one that is over, one sealed for the evening, one that is being planned.

All of it by the product's own commands, as if it had been done at the time; only the checks at the stops are rows,
since no phone was there.
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from geo.columns import lonlat

from ..casework.findings import Finding, FindingState
from ..days import CHINA, day_of
from ..db import new_id
from ..events import Event
from ..field.checks import Check, CheckKind, CheckState, Fence, Standing
from ..registry.departments import DepartmentKind
from ..registry.people import Person, PersonRole, Role
from ..registry.sites import Site, SiteKind, SiteState
from ..sweeps import commanding, editing, receiving, releasing, solving
from ..sweeps.journal import Entry
from ..sweeps.steps import AddStops
from ..sweeps.stops import SweepStop
from ..sweeps.sweeps import Sweep
from ..sweeps.teams import SweepTeam, SweepTeamMember
from . import names
from .book import moment
from .chance import Chance

TEAMS = 3
SOLVE_S = 0.3
MEETING = "县教育体育局院内"
LATEST_START = 17  # o'clock: later the evening's sweep is that of the next day
WORDS = {
    Entry.DONE: ("现场检查完毕", "已制作笔录，当场告知"),
    Entry.CLOSED: ("敲门无人应答，室内无灯光",),
    Entry.REFUSED: ("负责人拒绝开门，已告知法律后果",),
}
PROBLEMS = (
    (DepartmentKind.EDUCATION, "未取得办学许可，晚间组织学科类培训"),
    (DepartmentKind.MARKET, "无营业执照，超范围经营"),
    (DepartmentKind.FIRE, "疏散通道堆放桌椅，未配备灭火器"),
    (DepartmentKind.URBAN, "未经批准设置户外招牌广告"),
)


def write_sweeps(
    session: Session, today: date, keys: Sequence[bytes], dispatcher: Person, campaign_id: UUID, seed: str
) -> Sweep | None:
    """Gives the sweep that is over; None where the installation has no keys, or the county too few officers."""
    officers = _officers(session, today)
    sites = _sites(session)
    if not keys or len(officers) < 2 * TEAMS or len(sites) < 18:
        return None
    chance = Chance(seed, "sweeps", today.isoformat())
    over = _planned(
        session, dispatcher, keys, campaign_id, "冬季第一次联合整治", today - timedelta(days=3), sites[:7]
    )
    _sealed(session, dispatcher, keys, over, officers, moment(day_of(over.starts_at), 15.0))
    _held(session, dispatcher, keys, over, chance)
    now = datetime.now(UTC)
    is_late = day_of(now) == today and now.astimezone(CHINA).hour >= LATEST_START
    tonight = today + timedelta(days=is_late)
    sealed = _planned(session, dispatcher, keys, campaign_id, "冬季第二次联合整治", tonight, sites[7:13])
    _sealed(session, dispatcher, keys, sealed, officers, moment(today, 0.2))
    _planned(session, dispatcher, keys, None, "周末晚间联合行动", today + timedelta(days=4), sites[13:18])
    return over


def _planned(
    session: Session,
    dispatcher: Person,
    keys: Sequence[bytes],
    campaign_id: UUID | None,
    name: str,
    day: date,
    sites: Sequence[Site],
) -> Sweep:
    """A sweep of an evening with its stops, planned two days before."""
    form = {"name": name, "purpose": "整治无证办学和晚间违规培训", "day": day.isoformat(), "meets": "18:30",
            "starts": "19:00", "ends": "21:30", "meeting_point": MEETING, "service_minutes": "25",
            "campaign_id": str(campaign_id or "")}  # fmt: skip
    at = moment(day - timedelta(days=5), 10.0)
    sweep = editing.new_sweep(session, dispatcher, form, at)
    step = AddStops(site_ids=tuple(site.id for site in sites))
    editing.change(session, dispatcher, keys, sweep.id, sweep.plan_revision, step, at)
    _date(session, at, sweep.id)
    return sweep


def _sealed(
    session: Session,
    dispatcher: Person,
    keys: Sequence[bytes],
    sweep: Sweep,
    officers: Sequence[Person],
    at: datetime,
) -> None:
    """With teams and routes, and a packet for each team."""
    place = session.execute(
        select(func.avg(func.ST_X(Site.location)), func.avg(func.ST_Y(Site.location))).where(
            Site.county == sweep.county, Site.kind == SiteKind.SCHOOL
        )
    ).one()
    for number in range(1, TEAMS + 1):
        team = SweepTeam(
            county=sweep.county, id=new_id(), sweep_id=sweep.id, number=number, name=f"第{number}组",
            vehicle=f"执法车{number}号", start_name=MEETING, start=lonlat(*place), from_at=sweep.starts_at,
            until_at=sweep.ends_at,
        )  # fmt: skip
        session.add(team)
        session.flush()
        for nth, person in enumerate(officers[number - 1 :: TEAMS]):
            session.add(SweepTeamMember(county=sweep.county, id=new_id(), team_id=team.id, person_id=person.id,
                                        is_leader=nth == 0))  # fmt: skip
    session.flush()
    solving.solve(session, dispatcher, keys, sweep.id, sweep.plan_revision, at, seconds=SOLVE_S)
    releasing.seal(session, dispatcher, keys, sweep.id, at)


def _held(session: Session, dispatcher: Person, keys: Sequence[bytes], sweep: Sweep, chance: Chance) -> None:
    """Released by the clock, journal by the leaders' phones, ended by command."""
    releasing.release(session, keys, sweep.id, sweep.starts_at)
    stops = session.scalars(
        select(SweepStop)
        .where(SweepStop.county == sweep.county, SweepStop.sweep_id == sweep.id, SweepStop.team_id.is_not(None))
        .order_by(SweepStop.team_id, SweepStop.position)
    ).all()
    crews = {stop.team_id: _crew(session, stop) for stop in stops}
    for crew in crews.values():
        _say(session, crew[0], sweep, Entry.ON_DUTY, sweep.meets_at)
    commanding.message(session, dispatcher, sweep.id, "各组注意安全，先亮证再检查", sweep.starts_at)
    last = sweep.starts_at
    for nth, stop in enumerate(stops):
        end = Entry.CLOSED if nth == 2 else Entry.REFUSED if nth == 5 else Entry.DONE
        last = max(last, _visited(session, sweep, stop, crews[stop.team_id], end, chance))
    for crew in crews.values():
        _say(session, crew[0], sweep, Entry.OFF_DUTY, last + timedelta(minutes=10))
    commanding.end(session, dispatcher, sweep.id, "按计划完成，收队", last + timedelta(minutes=15))
    _date(session, last + timedelta(minutes=15), sweep.id)


def _visited(
    session: Session, sweep: Sweep, stop: SweepStop, crew: list[Person], end: Entry, chance: Chance
) -> datetime:
    """One stop, from setting out to its end; gives the moment of that."""
    enters = (stop.planned_enters_at or sweep.starts_at) + timedelta(minutes=chance.randint(0, 6))
    _say(session, crew[0], sweep, Entry.SET_OUT, enters - timedelta(minutes=9), stop.id)
    _say(session, crew[0], sweep, Entry.ARRIVED, enters - timedelta(minutes=2), stop.id)
    if end is not Entry.DONE:
        _say(session, crew[0], sweep, end, enters + timedelta(minutes=6), stop.id, chance.choice(WORDS[end]))
        return enters + timedelta(minutes=6)
    _say(session, crew[0], sweep, Entry.ENTERED, enters, stop.id)
    leaves = enters + timedelta(minutes=chance.randint(18, 27))
    check = _check(session, stop, crew, enters, leaves)
    _say(session, crew[0], sweep, end, leaves, stop.id, chance.choice(WORDS[end]), check_id=check.id)
    session.refresh(stop)
    if stop.check_id is None:
        stop.check_id = check.id
    for department, words in chance.some(PROBLEMS, chance.randint(0, 2)):
        _find(session, check, crew[0], department, words)
    session.flush()
    return leaves


def _say(
    session: Session,
    person: Person,
    sweep: Sweep,
    kind: Entry,
    at: datetime,
    stop_id: UUID | None = None,
    words: str = "",
    check_id: UUID | None = None,
) -> None:
    """As the phone sends it, a moment later."""
    line: dict[str, Any] = {"id": str(new_id()), "sweep_id": str(sweep.id), "kind": kind.value,
                            "at": at.isoformat(), "words": words, "clock_offset_ms": 0}  # fmt: skip
    line |= {"stop_id": str(stop_id)} if stop_id else {}
    line |= {"check_id": str(check_id)} if check_id else {}
    (receipt,) = receiving.receive(session, person, [line], at + timedelta(seconds=2))
    if receipt.error is not None:
        raise receipt.error


def _check(session: Session, stop: SweepStop, crew: list[Person], begun: datetime, ended: datetime) -> Check:
    key = new_id()
    record = json.dumps(
        {"format": "mingcha-check/1", "id": str(key), "site_id": str(stop.site_id), "kind": CheckKind.SWEEP.value,
         "checklist": None, "started_at": begun.isoformat(), "finished_at": ended.isoformat(), "fixes": [],
         "answers": [], "facts": {}, "summary": "联合执法检查", "files": []},
        ensure_ascii=False,
    ).encode()  # fmt: skip
    certificates = [person.certificate_on(day_of(begun)) for person in crew[:2]]
    check = Check(
        county=stop.county, id=key, site_id=stop.site_id, kind=CheckKind.SWEEP, standing=Standing.INSPECTION,
        state=CheckState.RECEIVED, person_id=crew[0].id, second_person_id=crew[1].id,
        certificate_number=certificates[0].number if certificates[0] else None,
        second_certificate_number=certificates[1].number if certificates[1] else None,
        certificates_shown_at=begun, summary="联合执法检查", device_id="demonstration",
        device_sequence=key.int % 2**40, device_started_at=begun, device_finished_at=ended,
        received_at=ended + timedelta(minutes=1), completed_at=ended + timedelta(minutes=1),
        no_fix_reason="室内没有定位信号", fence=Fence.CANNOT_TELL, record=record,
        record_sha256=sha256(record).hexdigest(),
    )  # fmt: skip
    session.add(check)
    session.flush()
    return check


def _find(session: Session, check: Check, officer: Person, department: DepartmentKind, words: str) -> None:
    session.add(
        Finding(
            county=check.county, site_id=check.site_id, check_id=check.id, text=words, severity=2,
            department=department, state=FindingState.CONFIRMED, found_at=check.device_finished_at,
            confirmed_by_id=officer.id, confirmed_at=check.device_finished_at + timedelta(hours=2),
        )
    )  # fmt: skip


def _crew(session: Session, stop: SweepStop) -> list[Person]:
    """The people of a stop's team, its leader first."""
    query = (
        select(Person)
        .join(
            SweepTeamMember, (SweepTeamMember.county == Person.county) & (SweepTeamMember.person_id == Person.id)
        )
        .where(Person.county == stop.county, SweepTeamMember.team_id == stop.team_id)
        .order_by(SweepTeamMember.is_leader.desc(), Person.id)
    )
    return list(session.scalars(query).unique())


def _officers(session: Session, today: date) -> list[Person]:
    """Those with certificates: enforcers to lead the teams, then as many inspectors."""
    enforcers, inspectors = (_certified(session, role, today) for role in (Role.ENFORCER, Role.INSPECTOR))
    return [*enforcers[:TEAMS], *inspectors[:TEAMS], *enforcers[TEAMS : 2 * TEAMS]]


def _certified(session: Session, role: Role, today: date) -> list[Person]:
    county = names.COUNTY_CODE
    having = select(PersonRole.person_id).where(PersonRole.county == county, PersonRole.role == role)
    query = select(Person).where(Person.county == county, Person.id.in_(having), Person.account_id.is_not(None))
    return [each for each in session.scalars(query.order_by(Person.id)).unique() if each.certificate_on(today)]


def _sites(session: Session) -> list[Site]:
    """Suspected sites that stand, with a place."""
    query = select(Site).where(
        Site.county == names.COUNTY_CODE, Site.kind == SiteKind.SUSPECTED, Site.location.is_not(None),
        Site.state.in_([SiteState.REPORTED, SiteState.VERIFIED]),
    )  # fmt: skip
    return list(session.scalars(query.order_by(Site.id).limit(18)))


def _date(session: Session, at: datetime, *ids: UUID) -> None:
    """The commands write their events now; the story has them on the days of the deeds."""
    session.flush()
    session.execute(
        update(Event)
        .where(Event.county == names.COUNTY_CODE, Event.subject_id.in_(ids), Event.at > at)
        .values(at=at)
    )
