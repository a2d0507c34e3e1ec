"""What a sweep is made with, as a form has it: its name, its hours, where its teams meet."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from ..days import CHINA
from ..errors import Invalid, Message, say
from ..registry.people import Person
from ..registry.site_facts import plain_text
from .campaigns import SpecialCampaign

LONGEST = {"name": 80, "purpose": 500, "meeting_point": 120}
LONGEST_SWEEP = timedelta(hours=16)
SERVICE_MINUTES = range(5, 241)
SPEED_KMH = range(5, 121)


class Arrangement(NamedTuple):
    """Moments are UTC-aware. `speed_kmh` is driven along `way_factor` times the straight line."""

    name: str
    purpose: str
    meeting_point: str
    meets_at: datetime
    starts_at: datetime
    ends_at: datetime
    service_minutes: int
    speed_kmh: float
    way_factor: float
    campaign_id: UUID | None


def read_arrangement(session: Session, person: Person, form: Mapping[str, Any], now: datetime) -> Arrangement:
    """Raises Invalid with every field that is wrong. Hours are those of China; an end before the start is on the
    next day. `day`, `starts`, `ends`, `meets` (HH:MM) and words; the rest has usual values.
    """
    wrong: dict[str, Message] = {}
    words = {name: _words(form, name, longest, wrong) for name, longest in LONGEST.items()}
    if not words["name"]:
        wrong.setdefault("name", say("请给这次行动起个名称；名称会出现在通知里，不要写去哪里"))
    meets_at, starts_at, ends_at = _hours(form, now, wrong)
    arrangement = Arrangement(
        **words,
        meets_at=meets_at,
        starts_at=starts_at,
        ends_at=ends_at,
        service_minutes=_whole(form, "service_minutes", 30, SERVICE_MINUTES, wrong),
        speed_kmh=float(_whole(form, "speed_kmh", 25, SPEED_KMH, wrong)),
        way_factor=_factor(form, wrong),
        campaign_id=_campaign(session, person, form, wrong),
    )
    if wrong:
        raise Invalid(wrong)
    return arrangement


def _hours(
    form: Mapping[str, Any], now: datetime, wrong: dict[str, Message]
) -> tuple[datetime, datetime, datetime]:
    day = _day(form, wrong)
    starts, ends = _clock(form, "starts", wrong), _clock(form, "ends", wrong)
    meets = _clock(form, "meets", wrong) if str(form.get("meets", "")).strip() else starts
    starts_at = datetime.combine(day, starts, CHINA)
    ends_at = datetime.combine(day + timedelta(days=ends <= starts), ends, CHINA)
    meets_at = datetime.combine(day, meets, CHINA)
    if wrong:
        return meets_at, starts_at, ends_at
    if starts_at <= now:
        wrong["starts"] = say("开始时间已经过去，请改到以后")
    if ends_at - starts_at > LONGEST_SWEEP:
        wrong["ends"] = say("一次行动最长 {n} 小时，请分成几次", n=LONGEST_SWEEP // timedelta(hours=1))
    if meets_at > starts_at:
        wrong["meets"] = say("集合时间不能晚于开始时间")
    return meets_at, starts_at, ends_at


def _words(form: Mapping[str, Any], name: str, longest: int, wrong: dict[str, Message]) -> str:
    try:
        return plain_text(str(form.get(name) or ""), longest)
    except Invalid as error:
        wrong[name] = error.message
        return ""


def _day(form: Mapping[str, Any], wrong: dict[str, Message]) -> date:
    try:
        return date.fromisoformat(str(form.get("day", "")).strip())
    except ValueError:
        wrong["day"] = say("请填写日期，例如 2026-03-09")
        return date(2000, 1, 1)


def _clock(form: Mapping[str, Any], name: str, wrong: dict[str, Message]) -> time:
    try:
        given = time.fromisoformat(str(form.get(name, "")).strip())
        if given.tzinfo is None:
            return given
    except ValueError:
        pass
    wrong[name] = say("请填写时间，例如 19:30")
    return time()


def _whole(form: Mapping[str, Any], name: str, usual: int, bounds: range, wrong: dict[str, Message]) -> int:
    text = str(form.get(name) or usual).strip()
    if text.isascii() and text.isdigit() and len(text) < 6 and int(text) in bounds:
        return int(text)
    wrong[name] = say("请填 {least} 到 {most} 之间的整数", least=bounds[0], most=bounds[-1])
    return usual


def _factor(form: Mapping[str, Any], wrong: dict[str, Message]) -> float:
    try:
        factor = float(str(form.get("way_factor") or 1.3))
    except ValueError:
        factor = 0.0
    if not 1 <= factor <= 3:
        wrong["way_factor"] = say("请填 1 到 3 之间的数")
    return factor


def _campaign(session: Session, person: Person, form: Mapping[str, Any], wrong: dict[str, Message]) -> UUID | None:
    text = str(form.get("campaign_id") or "").strip()
    if not text:
        return None
    try:
        found = session.get(SpecialCampaign, (person.county, UUID(text)))
    except ValueError:
        found = None
    if found is None or found.ended_at:
        wrong["campaign_id"] = say("请从列表中选择")
        return None
    return found.id
