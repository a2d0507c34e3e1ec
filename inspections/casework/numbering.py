"""Numbers of documents: one row of numbers for each county, year and kind, without a gap and without a double.

The counter is a row, and not a sequence, since a sequence keeps the numbers of transactions that were rolled back.
Whoever takes a number holds the row until the transaction ends; the next one waits.
"""

import re
from typing import NamedTuple

from sqlalchemy import CHAR, ForeignKey, Text, cast, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..access import require
from ..db import Model
from ..errors import Invalid, say
from ..registry.counties import find_county
from ..registry.people import Person
from ..reporting.bulletins.bulletins import Bulletin, BulletinKind
from ..vocabulary import Choice, choice
from .handovers import Handover
from .orders import Order, OrderKind
from .steps import Step, StepKind

PREFIX = re.compile(r"[^\W\d_]{2,20}")


class PaperKind(Choice):
    """What has numbers of its own: the kinds of orders, the papers of steps and hand-overs, and bulletins."""

    RECTIFICATION = "rectification", say("整改通知书")
    SUPERVISION = "supervision", say("督办单")
    INTERVIEW = "interview", say("约谈通知书")
    NOTICE = "notice", say("通报")
    ACCOUNTABILITY = "accountability", say("问责决定")
    HANDOVER = "handover", say("案件移送函")
    BULLETIN = "bulletin", say("双减通报")
    DAILY = "daily", say("日报告")


Numbered = PaperKind | OrderKind | StepKind
WORDS = {
    PaperKind.RECTIFICATION: "教整改",
    PaperKind.SUPERVISION: "教督办",
    PaperKind.INTERVIEW: "教约谈",
    PaperKind.NOTICE: "教通报",
    PaperKind.ACCOUNTABILITY: "教问责",
    PaperKind.HANDOVER: "教移送",
    PaperKind.BULLETIN: "教督通",
    PaperKind.DAILY: "教督日报",
}


class OrderSeries(Model):
    """What the numbers of a kind begin with in a county: 万教整改 in 万教整改〔2026〕17号."""

    __tablename__ = "order_series"

    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"), primary_key=True)
    kind: Mapped[PaperKind] = mapped_column(choice(PaperKind, "kind"), primary_key=True)
    prefix: Mapped[str]


class OrderCounter(Model):
    """The last number taken in a year."""

    __tablename__ = "order_counters"

    county: Mapped[str] = mapped_column(CHAR(6), ForeignKey("counties.code"), primary_key=True)
    kind: Mapped[PaperKind] = mapped_column(choice(PaperKind, "kind"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class Number(NamedTuple):
    number: int
    text: str


def prefix_of(session: Session, county: str, kind: Numbered) -> str:
    """The county's prefix: what it set, else the first character of its name and the usual words."""
    kind = _paper(kind)
    own = session.get(OrderSeries, (county, kind))
    if own is not None:
        return own.prefix
    found = find_county(session, county)
    return (found.name[:1] if found else "") + WORDS[kind]


def as_text(prefix: str, year: int, number: int) -> str:
    """
    >>> as_text("万教整改", 2026, 17)
    '万教整改〔2026〕17号'
    """
    return f"{prefix}〔{year}〕{number}号"


def take(session: Session, county: str, kind: Numbered, year: int) -> Number:
    """The next number, which is given back if the transaction is rolled back."""
    kind = _paper(kind)
    first = insert(OrderCounter).values(county=county, kind=kind, year=year, last=1)
    row = first.on_conflict_do_update(
        index_elements=["county", "kind", "year"], set_={"last": OrderCounter.last + 1}
    ).returning(OrderCounter.last)
    number = session.scalars(row).one()
    return Number(number, as_text(prefix_of(session, county, kind), year, number))


def _paper(kind: Numbered) -> PaperKind:
    return next(each for each in PaperKind if each == kind)


def set_prefix(session: Session, person: Person, kind: Numbered, prefix: str) -> OrderSeries:
    """Numbers taken from now on begin with it; those taken before stay as they are. Raises Invalid."""
    require(person, "order.number")
    kind, prefix = _paper(kind), prefix.strip()
    if not PREFIX.fullmatch(prefix):
        raise Invalid({kind.value: say("请填写 2 至 20 个汉字或字母，例如“万教整改”，年份和序号由系统编")})
    if prefix in _used_by_others(session, person.county, kind):
        raise Invalid({kind.value: say("“{prefix}”已用于另一类文书，两类文书的文号不能混同", prefix=prefix)})
    before = prefix_of(session, person.county, kind)
    row = session.get(OrderSeries, (person.county, kind))
    if row is None:
        row = OrderSeries(county=person.county, kind=kind, prefix=prefix)
        session.add(row)
    row.prefix = prefix
    session.flush()
    events.record(session, person, "rename", row, kind=kind.value, was=before, now=prefix)
    return row


def _used_by_others(session: Session, county: str, kind: PaperKind) -> set[str]:
    others = [each for each in PaperKind if each is not kind]
    values = [each.value for each in others]
    queries = [
        select(table.number_text).where(table.county == county, condition, table.number_text.is_not(None))
        for table, condition in (
            (Order, cast(Order.kind, Text).in_(values)),
            (Step, cast(Step.kind, Text).in_(values)),
            (Handover, literal(kind is not PaperKind.HANDOVER)),
            (Bulletin, Bulletin.kind.in_(_kinds_of_others(kind))),
        )
    ]
    numbers = session.scalars(union_all(*queries))
    return {prefix_of(session, county, each) for each in others} | {
        text.partition("〔")[0] for text in numbers if text
    }


def _kinds_of_others(kind: PaperKind) -> list[BulletinKind]:
    """The bulletins that are numbered in another series than this one."""
    daily = [BulletinKind.DAILY] if kind is not PaperKind.DAILY else []
    rest = [each for each in BulletinKind if each is not BulletinKind.DAILY]
    return daily + (rest if kind is not PaperKind.BULLETIN else [])
