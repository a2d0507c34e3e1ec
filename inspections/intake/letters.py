"""Letters 来文: tips that another department, an office above or a school hands over, with number and time."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import require
from ..days import CHINA, day_of
from ..errors import Invalid, Message, say
from ..evidence.keys import KeyRing
from ..registry.people import Person
from .receiving import WORK_ENDS
from .taking import TakenTip, take_tip
from .tips import Tip, TipChannel

CHANNELS = (TipChannel.DEPARTMENT, TipChannel.HIGHER, TipChannel.SCHOOL, TipChannel.MAILBOX)
NUMBERED = (TipChannel.DEPARTMENT, TipChannel.HIGHER)
LATEST_YEARS = 3


def take_letter(
    session: Session, person: Person, keys: KeyRing, form: Mapping[str, Any], now: datetime
) -> TakenTip:
    """Take a letter from the fields of its form: a tip's, and `channel`, `reference`, `reference_from`, `due_on`.

    Raises Invalid by field; a letter that was entered before names its tip.
    """
    require(person, "tip.take")
    wrong = dict[str, Message]()
    channel = next((each for each in CHANNELS if each.value == form.get("channel")), None)
    if channel is None:
        wrong["channel"] = say("请选择来文的是谁")
    if channel in NUMBERED and not str(form.get("reference_from") or "").strip():
        wrong["reference_from"] = say("请填写来文单位")
    due_at = _due_at(str(form.get("due_on") or "").strip(), now, wrong)
    if known := _known(session, person, form):
        wrong["reference"] = say("这份来文已经登记过，线索编号 {code}", code=known)
    if wrong or channel is None:
        raise Invalid(wrong)
    return take_tip(session, person, keys, {**form, "due_at": due_at}, now, channel)


def _due_at(text: str, now: datetime, wrong: dict[str, Message]) -> str | None:
    """The end of the working day of a date, as the tip's form takes it."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        wrong["due_on"] = say("日期要写成 2026-11-20 这样")
        return None
    if not day_of(now) <= day <= day_of(now).replace(year=day_of(now).year + LATEST_YEARS, day=1):
        wrong["due_on"] = say("办理期限要在今天以后、{n} 年以内", n=LATEST_YEARS)
        return None
    return datetime.combine(day, WORK_ENDS, CHINA).isoformat()


def _known(session: Session, person: Person, form: Mapping[str, Any]) -> str | None:
    """The tip of another letter with this number of this office; the same form sent again is no other letter."""
    reference, sender = (str(form.get(name) or "").strip() for name in ("reference", "reference_from"))
    if not reference:
        return None
    query = select(Tip.code).where(Tip.county == person.county, Tip.reference == reference)
    query = query.where(Tip.reference_from == sender) if sender else query.where(Tip.reference_from.is_(None))
    own = str(form.get("id") or "")
    found = session.execute(query.add_columns(Tip.id).limit(2)).all()
    return next((code for code, tip_id in found if str(tip_id) != own), None)
