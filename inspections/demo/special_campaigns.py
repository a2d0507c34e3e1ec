"""A campaign of the demonstration: a hundred days with goals, schedule, daily reports, dispatch and sweeps."""

from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..canvass.campaigns import CanvassCampaign
from ..events import Event
from ..evidence.keys import KeyRing
from ..registry.accounts import Account
from ..registry.areas import Area, AreaLevel
from ..registry.people import Person, Role
from ..special_campaigns import dispatching, planning, reporting_days, scheduling
from ..special_campaigns.dispatches import ReceiptKind
from ..sweeps.campaigns import SpecialCampaign
from . import names
from .book import moment
from .orders import find_first
from .sweeps import write_sweeps

BEGAN, DAYS = 15, 100
REPORTS = 5  # days back that have one
GOALS = {"sweeps.all": 6, "stops.all": 60, "walks.all": 400, "made.all": 500, "found.all": 30, "orders.all": 40,
         "closed.all": 80, "shut.all": 10}  # fmt: skip
MINUTES = (
    "一、城区排查进度偏慢，今起晚间加一班。\n二、逾期问题逐个说明原因。\n三、联合整治按方案准备，严守保密纪律。"
)


def write_special_campaign(session: Session, today: date, keys: KeyRing, seed: str) -> None:
    dispatcher, head = find_first(session, Role.DISPATCHER), _head(session)
    if dispatcher is None or head is None:
        return
    campaign = _begun(session, dispatcher, today)
    write_sweeps(session, today, keys.sweep, dispatcher, campaign.id, seed)
    for back in range(REPORTS, 1, -1):
        reporting_days.keep_missing(session, campaign.county, moment(today - timedelta(days=back - 1), 0.25))
    yesterday = today - timedelta(days=1)
    words = {"version": "0", "words": "重点核查了城区居民楼内的托管点；明天继续晚间排查。"}
    reporting_days.keep(session, dispatcher, campaign.id, yesterday, words, moment(yesterday, 21.5))
    _dispatched(session, dispatcher, head, campaign, yesterday)
    _date(session, moment(yesterday, 21.5))


def _head(session: Session) -> Person | None:
    """The head of a township that everybody may sign in as, else the first."""
    query = select(Person).join(Account, (Account.county == Person.county) & (Account.id == Person.account_id))
    known = session.scalars(query.where(Person.county == names.COUNTY_CODE, Account.login == "township"))
    return known.unique().one_or_none() or find_first(session, Role.TOWNSHIP_ADMIN)


def _begun(session: Session, dispatcher: Person, today: date) -> SpecialCampaign:
    first = today - timedelta(days=BEGAN)
    form = {
        "name": "冬季百日攻坚", "purpose": "集中整治无证办学、隐形变异培训，摸清底数，逐项销号。",
        "first_day": first.isoformat(), "last_day": (first + timedelta(days=DAYS - 1)).isoformat(),
        **{planning.GOAL + key: str(n) for key, n in GOALS.items()},
    }  # fmt: skip
    campaign = planning.begin(session, dispatcher, form)
    running = select(CanvassCampaign).where(
        CanvassCampaign.county == campaign.county, CanvassCampaign.closed_at.is_(None)
    )
    for canvass in session.scalars(running).all():
        planning.put_canvass(session, dispatcher, campaign.id, canvass.id)
    items = scheduling.begin(session, dispatcher, campaign.id, moment(first, 9.0))
    done = {"outcome": "召开动员会，公布举报电话"}
    scheduling.mark_done(session, dispatcher, campaign.id, items[0].id, done, first + timedelta(days=4))
    return campaign


def _dispatched(session: Session, dispatcher: Person, head: Person, campaign: SpecialCampaign, day: date) -> None:
    """Yesterday's: one instruction signed for and reported on, one that nobody has signed for."""
    at = moment(day, 17.5)
    dispatching.hold(session, dispatcher, campaign.id, {"words": MINUTES}, at)
    towns = session.scalars(
        select(Area.id)
        .where(Area.county == campaign.county, Area.level == AreaLevel.TOWNSHIP, Area.id != head.township_id)
        .order_by(Area.code)
    ).all()
    due = (day + timedelta(days=2)).isoformat()
    first = {
        "to": f"township:{head.township_id}",
        "text": "三天内走完剩下的晚间网格，每晚九点报数。",
        "due_on": due,
    }
    told = dispatching.instruct(session, dispatcher, campaign.id, first, at)
    for kind, words, hour in ((ReceiptKind.RECEIVED, "", 18.2), (ReceiptKind.PROGRESS, "今晚已走六格", 21.1)):
        dispatching.answer(session, head, told.id, kind, {"words": words}, moment(day, hour))
    if towns:
        second = {"to": f"township:{towns[0]}", "text": "逾期未改的问题逐个说明原因和完成时间。", "due_on": due}
        dispatching.instruct(session, dispatcher, campaign.id, second, at)


def _date(session: Session, at: datetime) -> None:
    """The commands write their events now; the story has them before today."""
    session.flush()
    session.execute(
        update(Event)
        .where(
            Event.county == names.COUNTY_CODE, Event.subject.like("special_campaign%"), Event.at > at
        )
        .values(at=at)
    )  # fmt: skip
