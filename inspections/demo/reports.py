"""What the demo county reports: model cases, the schedule of its school year, and the tables of past quarters."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..events import Event
from ..registry.people import Person, PersonRole, Role
from ..registry.sites import Site, SiteKind
from ..reporting import case_recording, scheduling
from ..reporting.figures import Selection, of_days
from ..reporting.figures.filling import enter, frequent_problems
from ..reporting.figures.freezing import freeze
from ..reporting.figures.periods import before, quarter
from . import names
from .book import moment
from .chance import Chance
from .rules import write_rules

CASES = (
    (
        "作业“一科一单”，家长当天看得见",
        "年级组每天下午汇总各科作业，预计时长公示在班级门口和家长群，超过 60 分钟由年级组长当天调减。\n"
        "半年来抽查 36 次，书面作业平均 48 分钟，家长反映作业量的来电由每月 11 件降到 1 件。",
    ),
    (
        "课后服务菜单由学生选",
        "每学期开学前用一周试听，学生在 14 门课里选两门，教师按兴趣小组走班。\n"
        "参加课后服务的学生由 61% 升到 93%。",
    ),
    (
        "预收费全部进监管账户，退费三天到账",
        "机构与银行约定，家长扫码付费即进监管账户，按课时划转；停课当天可在手机上申请退费。\n"
        "全年退费 52 笔，最长 3 天。",
    ),
)


def write_reports(session: Session, today: date, seed: str) -> None:
    """As the owner of the database, in the county's scope, by the desk's own commands."""
    dispatcher = _first(session, Role.DISPATCHER)
    if dispatcher is None:
        return
    write_rules(session, dispatcher, today)
    _record_cases(session, dispatcher, today, Chance(seed, "cases"))
    _keep_schedule(session, dispatcher, today)
    for first, last in past_quarters(today):
        at = moment(last + timedelta(days=6), 10.2)
        selection = of_days(names.COUNTY_CODE, first, last, at)
        _fill_in(session, dispatcher, selection, at)
        _date(session, at, freeze(session, dispatcher, selection, at))


def _first(session: Session, role: Role) -> Person | None:
    having = select(PersonRole.person_id).where(PersonRole.county == names.COUNTY_CODE, PersonRole.role == role)
    query = select(Person).where(Person.county == names.COUNTY_CODE, Person.is_active, Person.id.in_(having))
    return session.scalars(query.order_by(Person.id)).unique().first()


def _record_cases(session: Session, dispatcher: Person, today: date, chance: Chance) -> None:
    for (title, words), kind in zip(CASES, (SiteKind.SCHOOL, SiteKind.SCHOOL, SiteKind.INSTITUTION), strict=True):
        query = select(Site.name).where(Site.county == names.COUNTY_CODE, Site.kind == kind).order_by(Site.name)
        site = chance.choice(session.scalars(query).all())
        day = today - timedelta(days=chance.randint(20, 200))
        at = moment(day, 16.0)
        form = {"site": site, "title": title, "text": words, "found_on": day.isoformat()}
        _date(session, at, case_recording.record(session, dispatcher, form, at))


def _keep_schedule(session: Session, dispatcher: Person, today: date) -> None:
    began = today.year if today.month >= 9 else today.year - 1
    for year in (began - 1, began):
        _date(session, moment(date(year, 8, 28), 9.5), *scheduling.begin(session, dispatcher, year))


def past_quarters(today: date) -> list[tuple[date, date]]:
    """The two whole quarters before today whose tables are in."""
    this = quarter(today.year, (today.month + 2) // 3)
    last = before(this.first, this.last)
    quarters = [before(*last), last]
    return [(first, end) for first, end in quarters if end + timedelta(days=7) < today]


def _fill_in(session: Session, dispatcher: Person, selection: Selection, at: datetime) -> None:
    main = [each.text for each in frequent_problems(session, selection)[:3]]
    form = {"unit": names.BUREAU, "filled_by": dispatcher.name, "telephone": dispatcher.phone or ""}
    form |= {f"main-{n}": text for n, text in enumerate(main, start=1)}
    _date(session, at, enter(session, dispatcher, selection, form, at))


def _date(session: Session, at: datetime, *things: Any) -> None:
    """The commands write their events now; the story has them at the moment of the deed."""
    session.flush()
    session.execute(
        update(Event)
        .where(Event.county == names.COUNTY_CODE, Event.subject_id.in_([each.id for each in things]))
        .values(at=at)
    )
