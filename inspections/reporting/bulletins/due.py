"""Which bulletins fall due when: a day's report on the next day, a half month's notice on the day after it, and a
quarter's bulletin by the 25th of its third month (S0, 五), when the quarter isn't over yet.
"""

import calendar
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import Invalid, Message, say
from ...registry.people import Person
from ..figures import periods
from .bulletins import Bulletin, BulletinKind, BulletinState

QUARTERLY_DAY = 25
# How far back an unsigned one is still asked for
LOOK_BACK_DAYS = {BulletinKind.DAILY: 1, BulletinKind.HALF_MONTH: 31, BulletinKind.QUARTERLY: 100}


class Period(NamedTuple):
    kind: BulletinKind
    first: date
    last: date

    @property
    def due_on(self) -> date:
        if self.kind is BulletinKind.QUARTERLY:
            return self.last.replace(day=QUARTERLY_DAY)
        return self.last + timedelta(days=1)

    @property
    def label(self) -> Message:
        if self.kind is BulletinKind.DAILY:
            return Message("{day}", {"day": self.first.isoformat()})
        if self.kind is BulletinKind.HALF_MONTH:
            half = say("上半月") if self.first.day == 1 else say("下半月")
            return say("{year} 年 {month} 月{half}", year=self.first.year, month=self.first.month, half=half)
        return periods.quarter(self.first.year, (self.first.month + 2) // 3).label

    @property
    def in_chinese(self) -> str:
        """For titles of papers, which are Chinese in every language."""
        if self.kind is BulletinKind.DAILY:
            return f"{self.first.year}年{self.first.month}月{self.first.day}日"
        if self.kind is BulletinKind.HALF_MONTH:
            return f"{self.first.year}年{self.first.month}月{'上' if self.first.day == 1 else '下'}半月"
        return f"{self.first.year}年第{'一二三四'[(self.first.month - 1) // 3]}季度"


class Due(NamedTuple):
    """A period that asks for a bulletin, and the one that was begun for it."""

    period: Period
    bulletin: Bulletin | None
    days_left: int

    @property
    def is_late(self) -> bool:
        return self.days_left < 0


def period_at(kind: BulletinKind, day: date) -> Period:
    """The period of a kind that a day lies in."""
    if kind is BulletinKind.DAILY:
        return Period(kind, day, day)
    if kind is BulletinKind.HALF_MONTH:
        end = calendar.monthrange(day.year, day.month)[1]
        first, last = (1, 15) if day.day <= 15 else (16, end)
        return Period(kind, day.replace(day=first), day.replace(day=last))
    found = periods.quarter(day.year, (day.month + 2) // 3)
    return Period(kind, found.first, found.last)


def period_before(period: Period) -> Period:
    return period_at(period.kind, period.first - timedelta(days=1))


def read_period(kind: BulletinKind, text: str, today: date) -> Period:
    """The period that a day given as text lies in. Raises Invalid for what is no day, and for the future."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid({"day": say("请填写日期，例如 2026-03-09")}) from None
    if not 2000 <= day.year < 2100:
        raise Invalid({"day": say("请填写日期，例如 2026-03-09")})
    period = period_at(kind, day)
    if period.first > today:
        raise Invalid(
            {
                "day": say(
                    "{period}从 {day} 开始，还没有到，没有可以统计的数字",
                    period=period.label,
                    day=period.first.isoformat(),
                )
            }
        )
    return period


def whats_due(session: Session, person: Person, today: date) -> list[Due]:
    """What has to be signed: of each kind the last one that is over or falls due soon, and isn't signed."""
    asked = [period for kind in reversed(BulletinKind) for period in _asked(kind, today)]
    return [
        Due(period, bulletin, (period.due_on - today).days)
        for period in asked
        for bulletin in [find_of(session, person, period)]
        if bulletin is None or bulletin.state is BulletinState.DRAFT
    ]


def _asked(kind: BulletinKind, today: date) -> list[Period]:
    now = period_at(kind, today)
    before = period_before(now)
    asked = [before] if (today - before.last).days <= LOOK_BACK_DAYS[kind] else []
    return [*asked, now] if kind is BulletinKind.QUARTERLY else asked


def find_of(session: Session, person: Person, period: Period) -> Bulletin | None:
    """The bulletin of a period that wasn't withdrawn."""
    query = select(Bulletin).where(
        Bulletin.county == person.county,
        Bulletin.kind == period.kind,
        Bulletin.first_day == period.first,
        Bulletin.state != BulletinState.WITHDRAWN,
    )
    return session.scalars(query).one_or_none()


def period_of(bulletin: Bulletin) -> Period:
    return Period(bulletin.kind, bulletin.first_day, bulletin.last_day)
