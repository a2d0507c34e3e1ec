"""The county's school calendar: terms and vacations, as its bureau set them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, select, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from .. import events
from ..access import get, require, visible
from ..db import CountyRow, Model, Recorded
from ..errors import Invalid, Message, say
from ..registry.people import Person
from ..vocabulary import Choice, choice

LONGEST_DAYS = 250
LONGEST_SOURCE = 200


class PeriodKind(Choice):
    AUTUMN_TERM = "autumn_term", say("秋季学期")
    WINTER = "winter", say("寒假")
    SPRING_TERM = "spring_term", say("春季学期")
    SUMMER = "summer", say("暑假")


class SchoolPeriod(CountyRow, Recorded, Model):
    """A term or a vacation, both ends included. Two never overlap; `source` is the paper that sets it."""

    __tablename__ = "school_periods"
    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="order"),
        ExcludeConstraint(
            ("county", "="),
            (text("daterange(first_day, last_day, '[]')"), "&&"),
            name="ex_school_periods_days",
        ),
    )

    kind: Mapped[PeriodKind] = mapped_column(choice(PeriodKind, "kind"))
    first_day: Mapped[date]
    last_day: Mapped[date]
    source: Mapped[str]


def list_periods(session: Session, person: Person) -> Sequence[SchoolPeriod]:
    """The newest first."""
    return session.scalars(visible(person, SchoolPeriod).order_by(SchoolPeriod.first_day.desc())).all()


def set_period(
    session: Session, person: Person, form: Mapping[str, Any], period_id: UUID | None = None
) -> SchoolPeriod:
    """Add a term or vacation, or correct the one of that id. Raises Invalid, by field."""
    require(person, "calendar.edit")
    period = get(session, person, SchoolPeriod, period_id) if period_id else None
    kind, first, last, source = _read(form)
    _refuse_overlap(session, person, first, last, period_id)
    said = {"kind": kind.value, "first_day": first.isoformat(), "last_day": last.isoformat(), "source": source}
    if period is None:
        period = SchoolPeriod(county=person.county, kind=kind, first_day=first, last_day=last, source=source)
        session.add(period)
        session.flush()
        events.record(session, person, "add", period, **said)
    else:
        was = {"kind": period.kind.value, "first_day": f"{period.first_day}", "last_day": f"{period.last_day}"}
        period.kind, period.first_day, period.last_day, period.source = kind, first, last, source
        session.flush()
        events.record(session, person, "edit", period, was=was, **said)
    return period


def remove_period(session: Session, person: Person, period_id: UUID) -> None:
    """Take a period out that was entered by mistake; the event keeps what it said."""
    require(person, "calendar.edit")
    period = get(session, person, SchoolPeriod, period_id)
    said = {"kind": period.kind.value, "first_day": f"{period.first_day}", "last_day": f"{period.last_day}"}
    events.record(session, person, "remove", period, **said)
    session.delete(period)


def _read(form: Mapping[str, Any]) -> tuple[PeriodKind, date, date, str]:
    problems: dict[str, Message] = {}
    kind = next((each for each in PeriodKind if each == form.get("kind")), None)
    if kind is None:
        problems["kind"] = say("请选择是学期还是假期")
    first, last = (_day(form, name, problems) for name in ("first_day", "last_day"))
    if first and last:
        if last < first:
            problems["last_day"] = say("最后一天早于第一天，请核对")
        elif (last - first).days >= LONGEST_DAYS:
            problems["last_day"] = say("一个学期或假期不会超过 {n} 天，请核对", n=LONGEST_DAYS)
    source = str(form.get("source", "")).strip()
    if not 2 <= len(source) <= LONGEST_SOURCE:
        problems["source"] = say("请写明依据，例如校历文件的名称和文号，不超过 {n} 字", n=LONGEST_SOURCE)
    if problems or kind is None or first is None or last is None:
        raise Invalid(problems)
    return kind, first, last, source


def _day(form: Mapping[str, Any], name: str, problems: dict[str, Message]) -> date | None:
    try:
        found = date.fromisoformat(str(form.get(name, "")).strip())
    except ValueError:
        problems[name] = say("请填写日期，例如 2026-03-09")
        return None
    if not 2000 <= found.year < 2100:
        problems[name] = say("请填写日期，例如 2026-03-09")
        return None
    return found


def _refuse_overlap(session: Session, person: Person, first: date, last: date, but: UUID | None) -> None:
    query = select(SchoolPeriod).where(
        SchoolPeriod.county == person.county, SchoolPeriod.first_day <= last, SchoolPeriod.last_day >= first
    )
    if but:
        query = query.where(SchoolPeriod.id != but)
    # Two who enter at once are told apart by the constraint
    other = session.scalars(query.order_by(SchoolPeriod.first_day).limit(1)).first()
    if other is not None:
        raise Invalid(
            {
                "first_day": say(
                    "与“{kind}”（{first} 至 {last}）重叠，请核对",
                    kind=other.kind.label,
                    first=other.first_day.isoformat(),
                    last=other.last_day.isoformat(),
                )
            }
        )
