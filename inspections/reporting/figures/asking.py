"""What a person asks of a table, read from a form or an address."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...access import own_township
from ...days import day_of
from ...errors import Invalid, say
from ...registry.areas import Area, AreaLevel
from ...registry.people import Person
from ...registry.zones import Zone
from .selection import Selection, of_days
from .terms import find_period

FIRST_YEAR, MOST_DAYS = 2000, 3660


def read_selection(session: Session, person: Person, form: Mapping[str, Any], now: datetime) -> Selection:
    """What a person asks: `period` (see `periods`) or `from` and `to`, `as_of`, `area`. Raises Invalid, by field.

    Who sees one township gets that one's figures, whatever is asked.
    """
    today = day_of(now)
    first, last = _days(session, person, form, today)
    as_of = _day(form, "as_of") if form.get("as_of") else None
    asked = of_days(person.county, first, last, now, as_of=as_of)
    own = own_township(person)
    if own is not None:
        if not own:
            raise Invalid({"area": say("您的账号没有登记所在镇街，请联系本县管理员")})
        return replace(asked, township_id=UUID(own[0]))
    return replace(asked, **_place(session, person, str(form.get("area", ""))))


def seen_selection(person: Person, text: str, now: datetime) -> Selection:
    """The selection of a table that the person has before them. Raises Invalid for one they can't have seen."""
    try:
        selection = Selection.parse(text)
    except ValueError:
        raise Invalid(message=say("没有认出这张表的时段，请重新打开统计表")) from None
    own = own_township(person)
    is_own = own is None or [str(selection.township_id)] == own
    if selection.county != person.county or selection.as_of > now or not is_own:
        raise Invalid(message=say("没有认出这张表的时段，请重新打开统计表"))
    return selection


def areas_of(session: Session, person: Person) -> list[tuple[str, str]]:
    """The townships and zones to choose from: value of `area` and name. None for who sees one township."""
    if own_township(person) is not None:
        return []
    townships = (
        select(Area.id, Area.name)
        .where(Area.county == person.county, Area.level == AreaLevel.TOWNSHIP)
        .order_by(Area.code, Area.name)
    )
    zones = select(Zone.id, Zone.name).where(Zone.county == person.county).order_by(Zone.name)
    return [
        *((f"t-{number}", name) for number, name in session.execute(townships)),
        *((f"z-{number}", name) for number, name in session.execute(zones)),
    ]


def _days(session: Session, person: Person, form: Mapping[str, Any], today: date) -> tuple[date, date]:
    asked = str(form.get("period", ""))
    if asked and asked != "days":
        period = find_period(session, person.county, asked)
        if period is None:
            raise Invalid({"period": say("没有这个时段，请重新选择")})
        if period.first > today:
            raise Invalid(
                {
                    "period": say(
                        "{period}从 {day} 开始，还没有到，没有可以统计的数字",
                        period=period.label,
                        day=period.first.isoformat(),
                    )
                }
            )
        return period.first, period.last
    if not form.get("from") and not form.get("to"):
        return date(today.year, 1, 1), date(today.year, 12, 31)
    first, last = _day(form, "from"), _day(form, "to")
    if last < first:
        raise Invalid({"to": say("最后一天早于第一天，请核对")})
    if (last - first).days > MOST_DAYS:
        raise Invalid({"to": say("一次最多统计十年")})
    return first, last


def _day(form: Mapping[str, Any], name: str) -> date:
    try:
        found = date.fromisoformat(str(form.get(name, "")).strip())
    except ValueError:
        found = date.min
    if not FIRST_YEAR <= found.year < 2100:
        raise Invalid({name: say("请填写日期，例如 2026-03-09")})
    return found


def _place(session: Session, person: Person, text: str) -> dict[str, Any]:
    if not text:
        return {}
    kind, _, number = text.partition("-")
    try:
        asked = UUID(number)
    except ValueError:
        raise Invalid({"area": say("没有这个镇街或责任区，请重新选择")}) from None
    known = (
        select(Area.id).where(Area.county == person.county, Area.level == AreaLevel.TOWNSHIP, Area.id == asked)
        if kind == "t"
        else select(Zone.id).where(Zone.county == person.county, Zone.id == asked)
    )
    if kind not in {"t", "z"} or session.scalar(known) is None:
        raise Invalid({"area": say("没有这个镇街或责任区，请重新选择")})
    return {"township_id": asked} if kind == "t" else {"zone_id": asked}
