"""The calendars that rules ask: the year of the State Council, and the county's school year. At `/calendar`."""

from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.rules import school_year, statutory
from inspections.rules.calendar import Calendar, DayKind, calendar_of
from inspections.rules.regions import level
from inspections.rules.school_year import PeriodKind, SchoolPeriod

from ..auth import current_person
from ..db import session
from ..i18n import translated
from . import bp
from .sites import again_when_invalid
from .words import option, today, word


class Day(NamedTuple):
    """One square of the strip: what the day is, and its words for who points at it or can't see it."""

    number: int
    column: int
    kind: str
    period: str
    said: str


def _calendar_page(given: Any = None, wrong: Any = None, said: str = "", form: str = "") -> str:
    person = current_person()
    years, periods = statutory.list_years(session(), person.county), school_year.list_periods(session(), person)
    calendar = calendar_of(years, periods)
    year = _year()
    row = next((each for each in years if each.year == year), None)
    return render_template(
        "desk/calendar.html",
        year=year,
        row=row,
        published=calendar.years.get(year),
        region=translated(level(row.region)) if row else "",
        months=[(month, _month(calendar, year, month)) for month in range(1, 13)],
        periods=periods,
        of_year=[each for each in periods if year in (each.first_day.year, each.last_day.year)],
        kinds=[option(each) for each in PeriodKind],
        legend=[(each.value, word(each)) for each in DayKind],
        may_edit=can(person, "calendar.edit"),
        given=given or {},
        wrong=wrong or {},
        said=said,
        form=form,
    )


def _year() -> int:
    text = request.values.get("year", "")
    if text.isascii() and text.isdigit() and int(text[:5]) in statutory.YEARS:
        return int(text)
    return today().year


def _month(calendar: Calendar, year: int, month: int) -> list[Day]:
    day, days = date(year, month, 1), []
    while day.month == month:
        kind, period = calendar.kind_of(day), calendar.period_of(day)
        words = [
            f"{day:%m-%d}",
            translated(statutory.holiday(calendar.holiday_on(day))),
            word(kind),
            word(period.kind) if period else "",
        ]
        said = _("，").join(each for each in words if each)
        days.append(Day(day.day, day.weekday() + 1, kind.value, period.kind.value if period else "", said))
        day += timedelta(days=1)
    return days


@bp.get("/calendar")
def calendar_page() -> str:
    return _calendar_page()


def _again(form: str) -> Any:
    def page(given: Any = None, wrong: Any = None, said: str = "") -> str:
        return _calendar_page(given, wrong, said, form)

    return page


@bp.post("/calendar/periods")
@again_when_invalid(_again("period"))
def add_period() -> Response:
    period = school_year.set_period(session(), current_person(), request.form)
    flash(_("已登记“%(what)s”", what=word(period.kind)), "ok")
    return redirect(url_for("desk.calendar_page", year=period.first_day.year), 303)


def _period_page(period_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    period = get(session(), current_person(), SchoolPeriod, period_id)
    return render_template(
        "desk/period.html",
        period=period,
        kinds=[option(each) for each in PeriodKind],
        given=given
        or {name: _text(getattr(period, name)) for name in ("kind", "first_day", "last_day", "source")},
        wrong=wrong or {},
        said=said,
    )


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


@bp.get("/calendar/periods/<uuid:period_id>")
def period_page(period_id: UUID) -> str:
    require(current_person(), "calendar.edit")
    return _period_page(period_id)


@bp.post("/calendar/periods/<uuid:period_id>")
@again_when_invalid(_period_page)
def edit_period(period_id: UUID) -> Response:
    period = school_year.set_period(session(), current_person(), request.form, period_id)
    flash(_("已更正"), "ok")
    return redirect(url_for("desk.calendar_page", year=period.first_day.year), 303)


@bp.post("/calendar/periods/<uuid:period_id>/remove")
def remove_period(period_id: UUID) -> Response:
    school_year.remove_period(session(), current_person(), period_id)
    flash(_("已删除，历史里仍查得到"), "ok")
    return redirect(url_for("desk.calendar_page"), 303)


@bp.post("/calendar/years")
@again_when_invalid(_again("year"))
def enter_year() -> Response:
    row = statutory.enter_year(session(), current_person(), request.form)
    flash(_("已录入 %(year)s 年放假安排，请对照下面的年历核对", year=row.year), "ok")
    return redirect(url_for("desk.calendar_page", year=row.year), 303)
