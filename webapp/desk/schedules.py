"""The schedule of the year's supervision, at `/statistics/schedule`; and model cases, at `/cases`."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.field.checks import CheckKind
from inspections.registry.counties import find_county
from inspections.registry.sites import Site
from inspections.reporting import case_recording, scheduling
from inspections.reporting.figures.periods import school_year
from inspections.reporting.model_cases import ModelCase
from inspections.reporting.schedule_sheet import schedule_workbook
from inspections.reporting.schedules import ScheduleItem

from ..auth import current_person, now
from ..db import session
from . import bp
from .sites import again_when_invalid
from .statistics import workbook_file
from .words import option, today


def _year() -> int:
    text = request.values.get("year", "")
    began = today().year if today().month >= 9 else today().year - 1
    return int(text) if text.isascii() and text.isdigit() and 2000 <= int(text) < 2100 else began


def _schedule_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person, year = current_person(), _year()
    rows = scheduling.progress(session(), person, year)
    return render_template(
        "desk/statistics/schedule.html",
        year=year,
        label=school_year(year).label,
        rows=rows,
        checks_at=lambda asked: f"{url_for('desk.checks')}?{urlencode(asked, doseq=True)}",
        kinds=[option(each) for each in CheckKind],
        given=given or {"first_day": school_year(year).first, "last_day": school_year(year).last},
        chosen=request.form.getlist("kinds"),
        wrong=wrong or {},
        said=said,
        may_edit=can(person, "schedule.edit"),
    )


@bp.get("/statistics/schedule")
def schedule_page() -> str:
    return _schedule_page()


@bp.post("/statistics/schedule/begin")
def begin_schedule() -> Response:
    scheduling.begin(session(), current_person(), _year())
    flash(_("已按区县文件的样式列出，请核对修改"), "ok")
    return redirect(url_for("desk.schedule_page", year=_year()), 303)


@bp.post("/statistics/schedule")
@again_when_invalid(_schedule_page)
def add_schedule_item() -> Response:
    scheduling.save(session(), current_person(), _year(), request.form, now())
    flash(_("已保存"), "ok")
    return redirect(url_for("desk.schedule_page", year=_year()), 303)


def _item_page(item_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    require(current_person(), "schedule.edit")
    item = get(session(), current_person(), ScheduleItem, item_id)
    return render_template(
        "desk/statistics/schedule_item.html",
        item=item,
        label=school_year(item.year).label,
        kinds=[option(each) for each in CheckKind],
        given=given or vars(item),
        chosen=request.form.getlist("kinds") if given else item.kinds,
        wrong=wrong or {},
        said=said,
    )


@bp.get("/statistics/schedule/<uuid:item_id>")
def schedule_item_page(item_id: UUID) -> str:
    return _item_page(item_id)


@bp.post("/statistics/schedule/<uuid:item_id>")
@again_when_invalid(_item_page)
def edit_schedule_item(item_id: UUID) -> Response:
    item = scheduling.save(session(), current_person(), 0, request.form, now(), item_id)
    flash(_("已保存"), "ok")
    return redirect(url_for("desk.schedule_page", year=item.year), 303)


@bp.post("/statistics/schedule/<uuid:item_id>/remove")
def remove_schedule_item(item_id: UUID) -> Response:
    year = scheduling.remove(session(), current_person(), item_id)
    flash(_("已删除"), "ok")
    return redirect(url_for("desk.schedule_page", year=year), 303)


@bp.get("/statistics/schedule.xlsx")
def schedule_workbook_file() -> Response:
    county = find_county(session(), current_person().county)
    period = str(school_year(_year()).label).replace(" ", "")
    title = f"{county.name if county else ''}{period}“双减”教育督导时间安排"
    rows = scheduling.progress(session(), current_person(), _year())
    return workbook_file(schedule_workbook(title, rows), title)


def _case_form(given: Any = None, wrong: Any = None, said: str = "") -> str:
    require(current_person(), "case.record")
    return render_template(
        "desk/statistics/case_form.html",
        given=given or {"found_on": today().isoformat(), "site": request.args.get("site", "")},
        wrong=wrong or {},
        said=said,
    )


@bp.get("/cases/new")
def new_case_page() -> str:
    return _case_form()


@bp.post("/cases")
@again_when_invalid(_case_form)
def record_case() -> Response:
    case = case_recording.record(session(), current_person(), request.form, now())
    flash(_("已登记"), "ok")
    return redirect(url_for("desk.case_page", case_id=case.id), 303)


def _case_page(case_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    case = get(session(), current_person(), ModelCase, case_id)
    return render_template(
        "desk/statistics/case.html",
        case=case,
        site=get(session(), current_person(), Site, case.site_id),
        given=given or {},
        wrong=wrong or {},
        said=said,
        may_edit=can(current_person(), "case.record"),
    )


@bp.get("/cases/<uuid:case_id>")
def case_page(case_id: UUID) -> str:
    return _case_page(case_id)


@bp.post("/cases/<uuid:case_id>/withdraw")
@again_when_invalid(_case_page)
def withdraw_case(case_id: UUID) -> Response:
    reason = request.form.get("reason", "")
    case_recording.withdraw(session(), current_person(), case_id, reason, now())
    flash(_("已撤回，不再计入统计"), "ok")
    return redirect(url_for("desk.case_page", case_id=case_id), 303)
