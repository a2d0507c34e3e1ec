"""The ladder of escalation: how many working days lie between its rungs. Dated, sourced data of a county.

A version says what holds from a day on until a newer one begins; it never changes. Of several regions the nearest
that has set one holds. Before the deadline the rungs are counted back from it; a supervision order is counted from
it, and each rung above from the day on which a person decided the one below. So nobody is pressed while the office
has not yet answered the last proposal.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..access import require
from ..db import Model, Recorded, new_id
from ..errors import Invalid, Message, say
from ..registry.people import Person
from ..rules.calendar import Calendar
from ..rules.regions import CODE, chain, nearness
from .deadlines import working_days_after, working_days_before
from .steps import StepKind

MOST_DAYS = 60
LONGEST = {"source": 300, "clause": 200, "quote": 2_000}
SHORTEST_SOURCE = 4
FIELDS: dict[str, Message] = {
    "due_soon": say("到期前几个工作日提醒"),
    "reminder": say("到期前几个工作日催办"),
    "supervision": say("逾期第几个工作日提出督办"),
    "interview": say("督办后几个工作日提出约谈"),
    "notice": say("约谈后几个工作日提出通报"),
    "accountability": say("通报后几个工作日提出问责"),
}
# What each rung that a person decides is counted from
BELOW = {
    StepKind.INTERVIEW: StepKind.SUPERVISION,
    StepKind.NOTICE: StepKind.INTERVIEW,
    StepKind.ACCOUNTABILITY: StepKind.NOTICE,
}
ABOVE = {below: kind for kind, below in BELOW.items()}


class Ladder(Recorded, Model):
    """One version of a region's ladder, in working days. `quote` are the words of the `source` at its `clause`."""

    __tablename__ = "ladders"
    __table_args__ = (
        CheckConstraint("region ~ '^[0-9]{6}$'", name="region"),
        CheckConstraint("btrim(source) <> ''", name="source"),
        CheckConstraint("reminder between 1 and 60 and due_soon between 1 and 60", name="before"),
        CheckConstraint("reminder < due_soon", name="order"),
        CheckConstraint("least(supervision, interview, notice, accountability) >= 1", name="after"),
        CheckConstraint("greatest(supervision, interview, notice, accountability) <= 60", name="most"),
    )

    region: Mapped[str] = mapped_column(CODE, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(default=new_id)
    valid_from: Mapped[date]
    due_soon: Mapped[int]
    reminder: Mapped[int]
    supervision: Mapped[int]
    interview: Mapped[int]
    notice: Mapped[int]
    accountability: Mapped[int]
    source: Mapped[str]
    clause: Mapped[str]
    quote: Mapped[str]
    author_id: Mapped[UUID | None]


class Rung(NamedTuple):
    """A rung, the day it falls due, and the first year that had to be guessed on the way to it, if any."""

    kind: StepKind
    on: date
    unpublished: int | None = None


def reached(ladder: Ladder, calendar: Calendar, due_on: date, today: date) -> list[Rung]:
    """The rungs that a deadline alone has led to by today.

    Until the deadline that is the nearest one: who was not reminded in time is not told that it is due soon on the
    day before. Afterwards it is that the problem is overdue, and a supervision order once its day has come.
    """
    if today <= due_on:
        for kind, days in ((StepKind.REMINDER, ladder.reminder), (StepKind.DUE_SOON, ladder.due_soon)):
            on, unpublished = working_days_before(calendar, due_on, days)
            if on <= today:
                return [Rung(kind, on, unpublished)]
        return []
    steps = ((StepKind.OVERDUE, 1), (StepKind.SUPERVISION, ladder.supervision))
    rungs = (Rung(kind, *working_days_after(calendar, due_on, days)) for kind, days in steps)
    return [rung for rung in rungs if rung.on <= today]


def next_after(ladder: Ladder, calendar: Calendar, below: StepKind, decided_on: date) -> Rung | None:
    """The rung that follows a decision, and its day; None after the last one."""
    kind = ABOVE.get(below)
    if kind is None:
        return None
    return Rung(kind, *working_days_after(calendar, decided_on, getattr(ladder, kind.value)))


def ladder_on(session: Session, county: str, day: date) -> Ladder:
    """What holds for a county on a day."""
    query = (
        select(Ladder)
        .where(Ladder.region.in_(chain(county)), Ladder.valid_from <= day)
        .order_by(nearness(Ladder.region, county), Ladder.valid_from.desc(), Ladder.version.desc())
    )
    return session.scalars(query.limit(1)).one()


def list_ladders(session: Session, county: str) -> Sequence[Ladder]:
    """Every version that a county may see, the nearest region and the newest first."""
    query = select(Ladder).where(Ladder.region.in_(chain(county)))
    return session.scalars(query.order_by(nearness(Ladder.region, county), Ladder.version.desc())).all()


def set_ladder(session: Session, person: Person, form: Mapping[str, Any], today: date) -> Ladder:
    """A new version for the county, from tomorrow at the earliest: what the clock did is never done otherwise.

    Raises Invalid by field.
    """
    require(person, "ladder.edit")
    problems: dict[str, Message] = {}
    days = {name: _whole(form.get(name), name, problems) for name in FIELDS}
    if not problems and days["reminder"] >= days["due_soon"]:
        problems["reminder"] = say("催办要晚于提醒，请少于 {n} 个工作日", n=days["due_soon"])
    first = _first_day(form, today, problems)
    words = _words(form, problems)
    if problems or first is None:
        raise Invalid(problems)
    newest = select(func.max(Ladder.version)).where(Ladder.region == person.county)
    ladder = Ladder(
        region=person.county, version=(session.scalar(newest) or 0) + 1, id=new_id(), valid_from=first,
        author_id=person.id, **days, **words,
    )  # fmt: skip
    session.add(ladder)
    session.flush()
    events.record(session, person, "set", ladder, version=ladder.version, valid_from=f"{first}", **days)
    return ladder


def _whole(given: Any, name: str, problems: dict[str, Message]) -> int:
    text = str(given or "").strip()
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_DAYS:
        problems[name] = say("请填写 1 至 {n} 个工作日", n=MOST_DAYS)
        return 0
    return int(text)


def _first_day(form: Mapping[str, Any], today: date, problems: dict[str, Message]) -> date | None:
    try:
        first = date.fromisoformat(str(form.get("valid_from") or "").strip())
    except ValueError:
        first = None
    if first is None or not 2000 <= first.year < 2100:
        problems["valid_from"] = say("请填写从哪一天起执行，例如 2026-03-09")
        return None
    if first <= today:
        next_day = (today + timedelta(days=1)).isoformat()
        problems["valid_from"] = say("已经按现行的走过了，最早从 {day} 起", day=next_day)
    return first


def _words(form: Mapping[str, Any], problems: dict[str, Message]) -> dict[str, str]:
    words = {name: str(form.get(name) or "").replace("\x00", "").strip() for name in LONGEST}
    for name, longest in LONGEST.items():
        if len(words[name]) > longest:
            problems[name] = say("太长了，请缩短到 {limit} 个字以内", limit=longest)
    if len(words["source"]) < SHORTEST_SOURCE:
        problems["source"] = say("请写明依据的文件名称和文号")
    return words
