"""Blowing a whistle and answering it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo.times import CHINA, china_day, local

from .. import events
from ..access import get, require, visible
from ..db import new_id
from ..errors import Conflict, Invalid, Message, NotFound, say
from ..field.checks import CheckKind
from ..field.tasks import Task, TaskState
from ..registry.departments import Department, DepartmentKind
from ..registry.people import Person, PersonRole, Role
from ..registry.sites import Site
from .deciding import OPEN, decide, words
from .siting import site_for
from .tip_moves import TipMoveKind
from .tips import Tip
from .whistles import AnswerState, Whistle, WhistleDepartment, WhistleState

ANSWER_WITHIN = timedelta(hours=24)
LONGEST_WINDOW, FARTHEST_AHEAD = timedelta(hours=12), timedelta(days=60)


def callable_departments(session: Session, county: str) -> Sequence[Department]:
    """Those that can be called: all but the townships' own offices and the schools."""
    query = select(Department).where(
        Department.county == county,
        Department.kind.not_in((DepartmentKind.TOWNSHIP, DepartmentKind.SCHOOL, DepartmentKind.DISCIPLINE)),
    )
    return session.scalars(query.order_by(Department.name)).all()


def blow(
    session: Session,
    person: Person,
    form: Mapping[str, Any],
    departments: Sequence[str],
    now: datetime,
    *,
    tip_id: UUID | None = None,
    site_id: UUID | None = None,
) -> Whistle:
    """Call departments to a site, or to that of a tip, which is made from the tip if none is known.

    The person must see the tip or the site. Raises Invalid field by field.
    """
    require(person, "whistle.blow")
    tip = _open_tip(session, person, tip_id) if tip_id else None
    called = _called(session, person.county, departments)
    starts_at, ends_at = _window(form, now)
    meeting_point = words(form, "meeting_point", say("请写集合地点，不要写目标的名称和门牌"))
    reason = words(form, "reason", say("请写明为什么要几个部门一起去"))
    site = site_for(session, person, tip) if tip else get(session, person, Site, site_id or new_id())
    _refuse_target(meeting_point, site)
    whistle = Whistle(
        county=person.county,
        id=new_id(),
        code=_code(session, person.county, now),
        site_id=site.id,
        tip_id=tip and tip.id,
        township_id=site.township_id or (tip and tip.township_id),
        blown_by_id=person.id,
        blown_at=now,
        starts_at=starts_at,
        ends_at=ends_at,
        answer_by=min(now + ANSWER_WITHIN, starts_at),
        meeting_point=meeting_point,
        reason=reason,
        state=WhistleState.CALLED,
    )
    _keep(session, whistle, called)
    events.record(session, person, "blow", whistle, departments=len(called))
    if tip is not None:
        decide(session, tip, TipMoveKind.WHISTLE, person, now, note=str(say("吹哨 {code}", code=whistle.code)))
    return whistle


def _open_tip(session: Session, person: Person, tip_id: UUID) -> Tip:
    tip = get(session, person, Tip, tip_id)
    session.refresh(tip, with_for_update=True)
    if tip.state not in OPEN:
        raise Conflict(say("这条线索已办结（{state}），不能再吹哨", state=tip.state.label))
    return tip


def _keep(session: Session, whistle: Whistle, called: Sequence[Department]) -> None:
    session.add(whistle)
    session.flush()
    session.add_all(
        WhistleDepartment(county=whistle.county, whistle_id=whistle.id, department_id=each.id) for each in called
    )
    session.flush()


def accept(
    session: Session, person: Person, call_id: UUID, form: Mapping[str, Any], now: datetime
) -> WhistleDepartment:
    """The department comes, and names who."""
    whistle, call = _held(session, person, call_id)
    _refuse_unless(call, AnswerState.WAITING, AnswerState.REFUSED)
    call.state, call.person_id, call.reason = AnswerState.ACCEPTED, _comer(session, person, call, form).id, None
    call.answered_at, call.answered_by_id = now, person.id
    events.record(session, person, "accept", whistle, department_id=str(call.department_id))
    return call


def refuse(
    session: Session, person: Person, call_id: UUID, form: Mapping[str, Any], now: datetime
) -> WhistleDepartment:
    whistle, call = _held(session, person, call_id)
    _refuse_unless(call, AnswerState.WAITING, AnswerState.ACCEPTED)
    call.reason = words(form, "reason", say("请写明不能到场的原因"))
    call.state, call.answered_at, call.answered_by_id, call.person_id = AnswerState.REFUSED, now, person.id, None
    events.record(session, person, "refuse", whistle, department_id=str(call.department_id))
    return call


def arrive(session: Session, person: Person, call_id: UUID, now: datetime) -> WhistleDepartment:
    """Who comes is at the meeting point: from now on the site is theirs to read, as a task on the phone."""
    whistle, call = _held(session, person, call_id)
    _refuse_unless(call, AnswerState.ACCEPTED)
    if local(now).date() < local(whistle.starts_at).date():
        raise Conflict(say("还没到集合的日子（{day}），到了再报到", day=china_day(whistle.starts_at).isoformat()))
    assert call.person_id is not None
    task = Task(
        county=call.county,
        id=new_id(),
        site_id=whistle.site_id,
        assignee_id=call.person_id,
        kind=CheckKind.SWEEP,
        state=TaskState.OPEN,
        due_on=max(china_day(whistle.ends_at), china_day(now)),
        reason=str(say("吹哨 {code}：联合执法", code=whistle.code)),
        created_by_id=whistle.blown_by_id,
    )
    session.add(task)
    session.flush()
    call.state, call.arrived_at, call.task_id = AnswerState.ARRIVED, now, task.id
    events.record(session, person, "arrive", whistle, department_id=str(call.department_id))
    return call


def end(session: Session, person: Person, whistle_id: UUID, form: Mapping[str, Any], now: datetime) -> Whistle:
    """What came of it; or that it was called off, with the reason as its result."""
    require(person, "whistle.blow")
    whistle = get(session, person, Whistle, whistle_id)
    session.refresh(whistle, with_for_update=True)
    if whistle.state is not WhistleState.CALLED:
        raise Conflict(say("这次吹哨已经结束：{state}", state=whistle.state.label))
    called_off = form.get("outcome") == WhistleState.CANCELLED.value
    missing = say("请写明取消的原因") if called_off else say("请写明联合检查的结果")
    whistle.result = words(form, "result", missing)
    whistle.state = WhistleState.CANCELLED if called_off else WhistleState.DONE
    whistle.ended_at = now
    events.record(session, person, "call_off" if called_off else "end", whistle)
    return whistle


def calls_of(session: Session, person: Person) -> Sequence[WhistleDepartment]:
    """The calls that the person may answer: of the own department, or of all for a dispatcher."""
    require(person, "whistle.answer")
    return session.scalars(visible(person, WhistleDepartment)).all()


def comers(session: Session, county: str, department_id: UUID) -> Sequence[Person]:
    """People of a department who can be sent to a joint check."""
    enforcers = select(PersonRole.person_id).where(
        PersonRole.county == county, PersonRole.role.in_((Role.ENFORCER, Role.INSPECTOR))
    )
    query = select(Person).where(
        Person.county == county, Person.department_id == department_id, Person.is_active, Person.id.in_(enforcers)
    )
    return session.scalars(query.order_by(Person.name, Person.id)).unique().all()


def _held(session: Session, person: Person, call_id: UUID) -> tuple[Whistle, WhistleDepartment]:
    require(person, "whistle.answer")
    call = get(session, person, WhistleDepartment, call_id)
    if not person.has(Role.DISPATCHER) and call.department_id != person.department_id:
        raise NotFound
    session.refresh(call, with_for_update=True)
    whistle = session.get_one(Whistle, (call.county, call.whistle_id))
    if whistle.state is not WhistleState.CALLED:
        raise Conflict(say("这次吹哨已经结束：{state}", state=whistle.state.label))
    return whistle, call


def _refuse_unless(call: WhistleDepartment, *states: AnswerState) -> None:
    if call.state not in states:
        raise Conflict(say("这个部门已经答复过了：{state}", state=call.state.label))


def _comer(session: Session, person: Person, call: WhistleDepartment, form: Mapping[str, Any]) -> Person:
    wanted = str(form.get("person_id") or person.id)
    found = [each for each in comers(session, call.county, call.department_id) if str(each.id) == wanted]
    if not found:
        raise Invalid({"person_id": say("请选择本部门到场的人")})
    return found[0]


def _called(session: Session, county: str, wanted: Sequence[str]) -> list[Department]:
    known = {str(each.id): each for each in callable_departments(session, county)}
    chosen = [known[each] for each in dict.fromkeys(wanted) if each in known]
    if not chosen or len(chosen) < len(set(wanted)):
        raise Invalid({"departments": say("请至少选择一个要报到的部门")})
    return chosen


def _window(form: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime]:
    problems: dict[str, Message] = {}
    starts_at, ends_at = (_moment(form, key, problems) for key in ("starts_at", "ends_at"))
    if starts_at and starts_at <= now:
        problems["starts_at"] = say("集合时间要晚于现在")
    elif starts_at and starts_at > now + FARTHEST_AHEAD:
        problems["starts_at"] = say("集合时间不能晚于 60 天以后")
    if starts_at and ends_at and not starts_at < ends_at <= starts_at + LONGEST_WINDOW:
        problems["ends_at"] = say("结束时间要晚于集合时间，且不超过 12 小时")
    if problems or starts_at is None or ends_at is None:
        raise Invalid(problems)
    return starts_at, ends_at


def _moment(form: Mapping[str, Any], key: str, problems: dict[str, Message]) -> datetime | None:
    """A day and a time by China's clocks, as a browser's field gives them."""
    try:
        found = datetime.strptime(str(form.get(key) or "")[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=CHINA)
    except ValueError:
        found = None
    if found is None or not 2000 < found.year < 2200:
        problems[key] = say("请填日期和时间")
        return None
    return found


def _refuse_target(meeting_point: str, site: Site) -> None:
    """A meeting point is read by many before the hour; it must not give the place away."""
    if site.name in meeting_point or (site.address and site.address in meeting_point):
        raise Invalid({"meeting_point": say("集合地点写了目标的名称或地址，请改成附近的地点")})


def _code(session: Session, county: str, now: datetime) -> str:
    """CS + day + number of the day."""
    day = f"CS{local(now):%y%m%d}"
    session.execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"{county} {day}"})
    taken = select(func.count()).where(Whistle.county == county, Whistle.code.startswith(day))
    return f"{day}-{(session.scalar(taken) or 0) + 1:02d}"
