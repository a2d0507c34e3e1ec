"""The State Council's calendar of a year: holidays and make-up days, as each autumn's notice orders them.

A year is published once, for the nation. One that this installation doesn't know yet can be entered by a county
from the notice; until then its days off are unknown, and whoever asks is told so.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..access import require
from ..db import Model, Recorded, new_id
from ..errors import Conflict, Invalid, Message, say
from ..registry.people import Person
from .regions import CODE, chain, nearness

YEARS = range(2004, 2100)
LONGEST_NOTICE = 5_000
MOST_DAYS = 60
HOLIDAYS = (say("元旦"), say("春节"), say("清明节"), say("劳动节"), say("端午节"), say("中秋节"), say("国庆节"))


class StatutoryYear(Recorded, Model):
    """`off` are days off and `work` weekend days that are worked, each an ISO day with the name of its holiday.

    Every Saturday and Sunday that isn't worked is off as well, and isn't listed unless a holiday covers it.
    """

    __tablename__ = "statutory_years"

    region: Mapped[str] = mapped_column(CODE, primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(default=new_id)
    source: Mapped[str]
    off: Mapped[dict[str, Any]]
    work: Mapped[dict[str, Any]]
    entered_by_id: Mapped[UUID | None]


def holiday(name: str) -> Message:
    """The name of a holiday, to be said in the reader's language; one that we don't know as it stands."""
    return next((each for each in HOLIDAYS if str(each) == name), say("{name}", name=name))


def list_years(session: Session, county: str) -> Sequence[StatutoryYear]:
    """The years that are known, each in its widest edition: the nation's notice stands before what was typed."""
    query = (
        select(StatutoryYear)
        .where(StatutoryYear.region.in_(chain(county)))
        .order_by(StatutoryYear.year, nearness(StatutoryYear.region, county))
    )
    return list({row.year: row for row in session.scalars(query)}.values())


def enter_year(session: Session, person: Person, form: Mapping[str, Any]) -> StatutoryYear:
    """A year from the words of its notice. Raises Conflict where it is known, Invalid by field."""
    require(person, "calendar.edit")
    year, source = _year(str(form.get("year", ""))), str(form.get("source", "")).strip()
    notice = str(form.get("notice", ""))
    problems: dict[str, Message] = {}
    if not 4 <= len(source) <= 200:
        problems["source"] = say("请写明通知的名称和文号")
    try:
        off, work = read_notice(year, notice)
    except Invalid as error:
        problems |= error.fields
    if problems:
        raise Invalid(problems)
    if year in {row.year for row in list_years(session, person.county)}:
        raise Conflict(say("{year} 年的放假安排已经有了", year=year))
    row = StatutoryYear(
        region=person.county, year=year, source=source, off=off, work=work, entered_by_id=person.id, id=new_id()
    )
    session.add(row)
    session.flush()
    events.record(session, person, "enter", row, year=year)
    return row


def _year(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:9]) not in YEARS:
        raise Invalid({"year": say("请填写年份，例如 2027")})
    return int(text)


# 二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。
PART = re.compile(r"(?=[一二三四五六七八九十]+、[^：:，。]{1,20}[：:])")
HOLIDAY = re.compile(r"[一二三四五六七八九十]+、([^：:，。]{1,20})[：:]([^。]*?放假)")
WORKED = re.compile(r"([^。\n]*?)上班")
DAY = re.compile(r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日")
ASIDE = re.compile(r"[（(][^（）()]*[）)]")
UNTIL = "至"
COUNT = re.compile(r"共(\d{1,2})天")


def read_notice(year: int, notice: str) -> tuple[dict[str, str], dict[str, str]]:
    """Days off and days worked, by the words in which the State Council's notices have said it for years.

    Raises Invalid where a count of days doesn't tie with its dates: nothing is guessed.
    """
    text = ASIDE.sub("", notice[:LONGEST_NOTICE]).replace(" ", "").replace("\u3000", "")
    off: dict[str, str] = {}
    work: dict[str, str] = {}
    for part in PART.split(text):
        found = HOLIDAY.search(part)
        if not found:
            continue
        name = found[1]
        days = _span(year, found[2])
        count = COUNT.search(part)
        if not days or (count and int(count[1]) != len(days)):
            raise Invalid({"notice": say("“{name}”的日期和天数对不上，请核对", name=name)})
        off |= {each.isoformat(): name for each in days}
        for each in WORKED.finditer(part[found.end() :]):
            work |= {day.isoformat(): name for day in _days(year, each[1])}
    _check(year, off, work)
    return off, work


def _check(year: int, off: dict[str, str], work: dict[str, str]) -> None:
    if len(set(off.values())) < 5:
        raise Invalid({"notice": say("没有读到完整的放假安排，请粘贴通知的正文，从“一、元旦”到“国庆节”")})
    wrong = [day for day in work if date.fromisoformat(day).weekday() < 5 or day in off]
    if wrong:
        raise Invalid({"notice": say("{day} 不是周末，不会是调休上班日，请核对", day=min(wrong))})
    if len(off) + len(work) > MOST_DAYS or min(off) < f"{year - 1}-12-01" or max(off) > f"{year}-12-31":
        raise Invalid({"notice": say("这些日期不是 {year} 年的放假安排，请核对", year=year)})


def _days(year: int, text: str) -> list[date]:
    found, month = [], 0
    for given_year, given_month, day in DAY.findall(text):
        month = int(given_month or month)
        try:
            found.append(date(int(given_year or year), month, int(day)))
        except ValueError:
            raise Invalid({"notice": say("没有 {month} 月 {day} 日，请核对", month=month, day=day)}) from None
    return found


def _span(year: int, text: str) -> list[date]:
    days = _days(year, text)
    if len(days) < 2 or UNTIL not in text:
        return days[:1]
    length = (days[1] - days[0]).days + 1
    return [days[0] + timedelta(days=n) for n in range(length)] if 0 < length <= 15 else []
