"""The inbox on the morning of the demonstration: a key case, tips joined into one, two whistles.

All of it by the product's own commands.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ..intake import whistling
from ..intake.clues import ClueKind, GivenClue, add_clues
from ..intake.key_cases import make_key, suggested_keys
from ..intake.merging import merge
from ..intake.tips import Tip, TipState
from ..intake.whistles import Whistle, WhistleDepartment
from ..registry.departments import Department, DepartmentKind
from ..registry.people import Person, Role
from . import names
from .book import local, moment
from .orders import find_first

PHONE, WECHAT = "138 0793 4521", "xiaoshuxue_66"
# How far off the mark a pin may be; a caller knows the street, not the door
UNCERTAIN = """
    update tips set uncertainty_m = 15 + abs(hashtext(code)) % 12 * 15
    where county = :county and location is not null
"""
REASON = "多次接到举报，敲门不开，楼道堆放电动车，需市监、消防、公安一起上门"


def write_triage(session: Session, today: date) -> None:
    county = names.COUNTY_CODE
    dispatcher, director = (find_first(session, role) for role in (Role.DISPATCHER, Role.DIRECTOR))
    head = find_first(session, Role.TOWNSHIP_ADMIN)
    session.execute(text(UNCERTAIN), {"county": county})
    if dispatcher is None or director is None or head is None:
        return
    now = moment(today, -0.03)  # after all that was decided in the story
    _join(session, dispatcher, now)
    for many in suggested_keys(session, dispatcher, now, limit=1):
        _share_clues(session, many.tip_id, now)
        why = {"note": "半年内举报集中，群众反映强烈，领导批示挂牌督办"}
        make_key(session, director, many.tip_id, why, now)
    _whistles(session, head, dispatcher, today)


def _share_clues(session: Session, tip_id: UUID, now: datetime) -> None:
    """Those who report one class name the same telephone and WeChat."""
    tip = session.get_one(Tip, (names.COUNTY_CODE, tip_id))
    same = select(Tip).where(Tip.county == tip.county, Tip.site_id == tip.site_id).order_by(Tip.received_at.desc())
    for each in session.scalars(same.limit(4)):
        given = [GivenClue(kind=ClueKind.PHONE, text=PHONE), GivenClue(kind=ClueKind.WECHAT, text=WECHAT)]
        add_clues(session, tip.county, given, tip=each, at=min(each.received_at, now))


def _join(session: Session, dispatcher: Person, now: datetime) -> None:
    """Open tips about one site become one."""
    open_ones = (
        select(Tip.site_id)
        .where(Tip.county == names.COUNTY_CODE, Tip.state == TipState.ASSIGNED, Tip.key_since.is_(None))
        .where(Tip.site_id.is_not(None))
        .group_by(Tip.site_id)
        .having(func.count() > 1)
        .order_by(func.count().desc(), Tip.site_id)
        .limit(1)
    )
    of_one = select(Tip).where(Tip.site_id.in_(open_ones), Tip.state == TipState.ASSIGNED)
    tips = session.scalars(of_one.order_by(Tip.received_at, Tip.id)).all()
    if tips[1:]:
        merge(session, dispatcher, tips[0].id, [each.id for each in tips[1:]], now)


def _whistles(session: Session, head: Person, dispatcher: Person, today: date) -> None:
    """One of last week that is over; one of yesterday: a department comes, one can't, one has not answered."""
    kinds = (DepartmentKind.MARKET, DepartmentKind.FIRE, DepartmentKind.POLICE)
    offices = select(Department.id).where(Department.county == head.county, Department.kind.in_(kinds))
    chosen = [str(each) for each in session.scalars(offices)]
    tips = session.scalars(
        select(Tip)
        .where(Tip.county == head.county, Tip.township_id == head.township_id, Tip.site_id.is_not(None))
        .where(Tip.state.in_((TipState.ASSIGNED, TipState.CONFIRMED)))
        .where(Tip.received_at < moment(today - timedelta(days=3), 0))
        .order_by(Tip.received_at.desc())
        .limit(12)
    ).all()
    open_ones = [tip for tip in tips if tip.state is TipState.ASSIGNED]
    done = [tip for tip in tips if tip.state is TipState.CONFIRMED]
    if done:
        at = moment(today - timedelta(days=8), 10)
        past = whistling.blow(session, head, _form(at + timedelta(days=1)), chosen, at, site_id=done[0].site_id)
        for call in _calls(session, past):
            if _accept(session, dispatcher, call, at + timedelta(hours=2)):
                whistling.arrive(session, dispatcher, call.id, past.starts_at + timedelta(minutes=5))
        result = "三部门联合上门，现场责令停止办班，清退学生 14 人，消防隐患当场整改。"
        whistling.end(session, head, past.id, {"result": result}, past.ends_at)
    if not open_ones:
        return
    at = moment(today - timedelta(days=1), 9)
    form = _form(at + timedelta(days=2, hours=9.5))
    waiting = whistling.blow(session, head, form, chosen, at, tip_id=open_ones[0].id)
    first, second, *_ = _calls(session, waiting)
    _accept(session, dispatcher, first, at + timedelta(hours=3))
    why = {"reason": "当晚有重点场所值守，建议改期"}
    whistling.refuse(session, dispatcher, second.id, why, at + timedelta(hours=5))


def _form(starts_at: datetime) -> dict[str, str]:
    begins = local(starts_at)
    return {
        "starts_at": f"{begins:%Y-%m-%dT%H:%M}",
        "ends_at": f"{begins + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "meeting_point": "镇政府门口",
        "reason": REASON,
    }


def _calls(session: Session, whistle: Whistle) -> list[WhistleDepartment]:
    query = select(WhistleDepartment).where(WhistleDepartment.whistle_id == whistle.id)
    return list(session.scalars(query.order_by(WhistleDepartment.department_id)))


def _accept(session: Session, dispatcher: Person, call: WhistleDepartment, at: datetime) -> bool:
    people = whistling.comers(session, call.county, call.department_id)
    if people:
        whistling.accept(session, dispatcher, call.id, {"person_id": str(people[0].id)}, at)
    return bool(people)
