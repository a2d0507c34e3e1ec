"""The offices above the demo county and its neighbours: one delivers its figures too, and one doesn't."""

from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..casework.findings import Finding, FindingState
from ..db import new_id, scope
from ..events import Event
from ..field.checks import Check, CheckKind, CheckState, Fence, Standing
from ..registry.accounts import Account
from ..registry.counties import County, Level, create_county
from ..registry.people import Person, PersonRole, Role
from ..registry.sites import Site, SiteCategory, SiteKind, SiteState
from ..reporting.figures import of_days
from ..reporting.figures.filling import enter
from ..reporting.figures.freezing import freeze
from ..reporting.figures.snapshots import FigureSnapshot
from ..reporting.levels.delivering import deliver, give_grant
from ..reporting.levels.grants import RecordKind
from ..reporting.levels.overview import call
from . import names
from .book import moment
from .chance import Chance
from .reports import past_quarters

SCHOOLS, INSTITUTIONS = 14, 6


def write_levels(session: Session, today: date, seed: str) -> None:
    """As the owner of the database; the session comes back in the demo county's scope."""
    _raise_offices(session)
    superior = _hire(session, names.PREFECTURE_CODE, Role.SUPERIOR, "郑书平", login="prefecture")
    _hire(session, names.PROVINCE_CODE, Role.SUPERIOR, "罗立新", login="province")
    for first, last in past_quarters(today):
        scope(session, names.PREFECTURE_CODE)
        due = {"due_on": (last + timedelta(days=10)).isoformat()}
        call(session, superior, first, last, due, moment(last - timedelta(days=9), 9.0))
    _tell_neighbour(session, today, Chance(seed, "neighbour"))
    scope(session, names.COUNTY_CODE)
    _deliver_own(session, today)


def _raise_offices(session: Session) -> None:
    above: str | None = None
    offices = (
        (names.PROVINCE_CODE, names.PROVINCE, Level.PROVINCE),
        (names.PREFECTURE_CODE, names.PREFECTURE, Level.PREFECTURE),
    )
    for code, name, level in offices:
        bureau = name.replace("（演示）", "政府教育督导室（演示）")
        create_county(session, code, name, bureau, is_demonstration=True, level=level, above=above)
        above = code
    for code, name in names.NEIGHBOURS:
        bureau = name.replace("（演示）", "教育局（演示）")
        create_county(session, code, name, bureau, is_demonstration=True, above=above)
    session.execute(update(County).where(County.code == names.COUNTY_CODE).values(above=above))


def _hire(session: Session, code: str, role: Role, name: str, login: str | None = None) -> Person:
    scope(session, code)
    account = None
    if login:
        known = select(Account.password_hash).where(Account.county == names.COUNTY_CODE).limit(1)
        password_hash = session.scalars(known).one()
        account = Account(county=code, login=login, password_hash=password_hash, must_change_password=True)
        session.add(account)
        session.flush()
    person = Person(county=code, name=name, account_id=account and account.id, phone="000-0000-0000")
    person.grants = [PersonRole(county=code, role=role)]
    session.add(person)
    session.flush()
    return person


def _tell_neighbour(session: Session, today: date, chance: Chance) -> None:
    """Two quarters of a small county: visits to its schools and institutions, some problems, and its tables."""
    code = names.NEIGHBOURS[0][0]
    director = _hire(session, code, Role.DIRECTOR, "唐国庆")
    inspectors = [_hire(session, code, Role.INSPECTOR, name) for name in ("韩丽", "冯志强", "曹海燕")]
    sites = _sites(session, code, chance)
    for first, last in past_quarters(today):
        for site in sites:
            if chance.happens(0.8):
                day = first + timedelta(days=chance.randint(0, (last - first).days - 5))
                _visit(session, chance, site, chance.choice(inspectors), moment(day, 9 + chance.uniform(0, 7)))
        session.flush()
        at = moment(last + timedelta(days=chance.randint(7, 14)), 15.0)
        _deliver(session, director, first, last, at)


def _sites(session: Session, code: str, chance: Chance) -> list[Site]:
    sites = [
        Site(
            county=code, kind=SiteKind.SCHOOL, state=SiteState.LICENSED, category=category, name=f"白石县第{n}学校"
        )
        for n, category in zip(
            range(1, SCHOOLS + 1),
            [SiteCategory.PRIMARY] * 8 + [SiteCategory.JUNIOR] * 4 + [SiteCategory.NINE_YEAR] * 2,
            strict=True,
        )
    ]
    trades = (SiteCategory.SUBJECT, SiteCategory.ARTS, SiteCategory.SPORT)
    sites += [
        Site(
            county=code,
            kind=SiteKind.INSTITUTION,
            state=SiteState.LICENSED,
            category=trades[n % 3],
            name=f"白石县{chance.choice(names.BRANDS)}培训中心（{n + 1}）",
        )
        for n in range(INSTITUTIONS)
    ]
    session.add_all(sites)
    session.flush()
    return sites


def _visit(session: Session, chance: Chance, site: Site, inspector: Person, at: datetime) -> None:
    check_id = new_id()
    record = str(check_id).encode()
    check = Check(
        county=site.county,
        id=check_id,
        site_id=site.id,
        kind=CheckKind.ROUTINE,
        standing=Standing.LEAD,
        state=CheckState.RECEIVED,
        person_id=inspector.id,
        device_id="demonstration",
        device_sequence=check_id.int % 2**40,
        device_started_at=at - timedelta(minutes=40),
        device_finished_at=at,
        received_at=at + timedelta(minutes=1),
        fence=Fence.CANNOT_TELL,
        record=record,
        record_sha256=sha256(record).hexdigest(),
    )
    session.add(check)
    session.flush()
    if chance.happens(0.3):
        session.add(
            Finding(
                county=site.county,
                site_id=site.id,
                check_id=check_id,
                text=chance.choice(("书面作业超过规定时间", "未公示收费标准", "课后服务讲新课")),
                state=FindingState.CONFIRMED,
                found_at=at,
                confirmed_by_id=inspector.id,
                confirmed_at=at + timedelta(days=1),
            )
        )


def _deliver(session: Session, director: Person, first: date, last: date, at: datetime) -> None:
    selection = of_days(director.county, first, last, at)
    form = {"unit": "白石县教育局（演示）", "filled_by": director.name, "telephone": director.phone or ""}
    entry = enter(session, director, selection, form, at)
    snapshot = freeze(session, director, selection, at)
    _date(session, at, entry, snapshot, deliver(session, director, snapshot.id, "", at))


def _deliver_own(session: Session, today: date) -> None:
    """The demo county's frozen quarters go up, and the prefecture may look into the problems of the last."""
    having = select(PersonRole.person_id).where(
        PersonRole.county == names.COUNTY_CODE, PersonRole.role == Role.DIRECTOR
    )
    query = select(Person).where(Person.county == names.COUNTY_CODE, Person.id.in_(having)).order_by(Person.id)
    director = session.scalars(query).unique().first()
    if director is None:
        return
    snapshots = select(FigureSnapshot).where(FigureSnapshot.county == names.COUNTY_CODE)
    last = None
    for last in session.scalars(snapshots.order_by(FigureSnapshot.frozen_at)).all():
        at = last.frozen_at + timedelta(days=1)
        _date(session, at, deliver(session, director, last.id, "", at))
    if last:
        at = moment(today - timedelta(days=1), 11.0)
        form = {
            "to_code": names.PREFECTURE_CODE,
            "kinds": [RecordKind.FINDINGS.value, RecordKind.SITES.value],
            "first_day": last.first_day.isoformat(),
            "last_day": last.last_day.isoformat(),
            "until": (today + timedelta(days=60)).isoformat(),
            "reason": "市督导室抽查上一季度的问题整改",
        }
        _date(session, at, give_grant(session, director, form, at))


def _date(session: Session, at: datetime, *things: object) -> None:
    """The commands write their events now; the story has them at the moment of the deed."""
    session.flush()
    ids = [getattr(each, "id", None) for each in things]
    session.execute(update(Event).where(Event.subject_id.in_(ids)).values(at=at))
