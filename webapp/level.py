"""What an office above counties sees: their delivered figures, and records it was let into. At `/level`."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.errors import Invalid, NotFound
from inspections.registry.counties import find_county
from inspections.reporting.figures import identities
from inspections.reporting.figures.annex5 import CELLS
from inspections.reporting.figures.asking import read_selection
from inspections.reporting.figures.entries import Words
from inspections.reporting.figures.form import Form, form_of
from inspections.reporting.figures.periods import named
from inspections.reporting.figures.selection import Selection
from inspections.reporting.figures.terms import list_periods
from inspections.reporting.figures.workbook import workbook
from inspections.reporting.levels import opening, overview
from inspections.reporting.levels.deliveries import Delivery
from inspections.reporting.levels.overview import Overview, Standing

from .api.files import store
from .auth import current_person, now, require_verb
from .db import session
from .desk.statistics import workbook_file
from .desk.words import moment, today
from .errors import status_of
from .i18n import translated

bp = Blueprint("level", __name__, url_prefix="/level")
bp.before_request(require_verb("level.open"))

KINDS = {"delivered": "ok", "late": "due", "waiting": "unknown", "overdue": "problem", "missing": "unknown"}


@bp.get("")
def counties() -> Any:
    try:
        return _page(_asked(request.args))
    except Invalid as error:
        wrong = [translated(text) for text in error.fields.values()] or [translated(error.message)]
        return make_response(_page(_asked({}), wrong), status_of(error))


def _asked(given: Any) -> Selection:
    """The last whole quarter, if nothing is asked."""
    if not given.get("period") and not given.get("from"):
        number = (today().month - 1) // 3
        given = {"period": f"{today().year}-Q{number}" if number else f"{today().year - 1}-Q4"}
    return read_selection(session(), current_person(), given, now())


def _page(asked: Selection, wrong: list[str] | None = None) -> str:
    found = overview.read_overview(session(), current_person(), asked.first, asked.last, now())
    counts = {each: sum(line.standing is each for line in found.lines) for each in Standing}
    return render_template(
        "level/counties.html",
        asked=asked,
        period=named(asked.first, asked.last),
        periods=list_periods(session(), current_person().county, today()),
        found=found,
        counts=[(each, n) for each, n in counts.items() if n],
        kinds=KINDS,
        form=_sum(asked, found),
        broken=[translated(each.message) for each in identities.check(found.cells)],
        wrong=wrong or [],
    )


def _sum(asked: Selection, found: Overview) -> Form:
    office = find_county(session(), current_person().county)
    name = office.name if office else ""
    delivered = sum(line.delivery is not None for line in found.lines)
    title = f"{name}{str(named(asked.first, asked.last)).replace(' ', '')}“双减”督导有关情况汇总表"
    words = Words(office.bureau if office else "", current_person().name, current_person().phone or "", ("",) * 3)
    form = form_of(title, "", words, found.cells)
    return Form(f"{form.title}（{delivered}/{len(found.lines)}）", words, form.rows, form.cells, form.notes)


@bp.get("/sum.xlsx")
def sum_workbook() -> Response:
    asked = _asked(request.args)
    found = overview.read_overview(session(), current_person(), asked.first, asked.last, now())
    form = _sum(asked, found)
    lines = [f"{line.county.name}：{line.standing.label}" for line in found.lines]
    return workbook_file(workbook(form, [f"{moment(now())} 汇总。", *lines]), form.title)


@bp.post("/calls")
def call() -> Response:
    asked = _asked(request.form)
    overview.call(session(), current_person(), asked.first, asked.last, request.form, now())
    flash(_("上报期限已设，各县在统计页上看得到"), "ok")
    return redirect(url_for("level.counties", **_days(asked)), 303)


def _days(asked: Selection | Delivery) -> dict[str, Any]:
    first, last = (asked.first, asked.last) if isinstance(asked, Selection) else (asked.first_day, asked.last_day)
    return {"from": first.isoformat(), "to": last.isoformat()}


@bp.get("/<area>/<uuid:delivery_id>")
def delivery_page(area: str, delivery_id: UUID) -> str:
    chain = overview.read_delivery(session(), current_person(), area, delivery_id)
    delivery = chain[0]
    lists = {cell.figure.listed for cell in CELLS.values()}
    open_lists = {
        each for each in lists if overview.live_grant(session(), current_person(), delivery, each, now())
    }

    def href(key: str) -> str:
        if CELLS[key].figure.listed not in open_lists:
            return ""
        return url_for("level.records", area=area, delivery_id=delivery_id, cell=key)

    return render_template(
        "level/delivery.html",
        delivery=delivery,
        earlier=chain[1:],
        form=form_of(delivery.content["title"], delivery.county_name, delivery.words, delivery.cells),
        broken=[translated(each.message) for each in delivery.broken()],
        href=href,
        is_open=bool(open_lists),
        back=_days(delivery),
    )


@bp.get("/<area>/<uuid:delivery_id>/records")
def records(area: str, delivery_id: UUID) -> str:
    """Opening them is written into the county's history."""
    delivery = overview.read_delivery(session(), current_person(), area, delivery_id)[0]
    cell = CELLS.get(request.args.get("cell", ""))
    if cell is None:
        raise NotFound
    rows = overview.open_records(session(), current_person(), delivery, cell.key, now())
    return render_template(
        "level/records.html", delivery=delivery, cell=cell, rows=rows, is_openable=opening.is_openable(cell.key)
    )


@bp.get("/<area>/<uuid:delivery_id>/problems/<uuid:finding_id>")
def problem_page(area: str, delivery_id: UUID, finding_id: UUID) -> str:
    """One problem behind a number. Opening it is written into the county's history."""
    delivery = overview.read_delivery(session(), current_person(), area, delivery_id)[0]
    key = request.args.get("cell", "")
    problem = opening.open_problem(session(), current_person(), delivery, key, finding_id, now())
    return render_template("level/problem.html", delivery=delivery, cell=CELLS[key], problem=problem)


@bp.get("/<area>/<uuid:delivery_id>/problems/<uuid:finding_id>/<sha256>/<int:longest_px>")
def problem_photo(area: str, delivery_id: UUID, finding_id: UUID, sha256: str, longest_px: int) -> Response:
    delivery = overview.read_delivery(session(), current_person(), area, delivery_id)[0]
    key = request.args.get("cell", "")
    file = opening.open_photo(
        session(), store(), current_person(), delivery, key, finding_id, sha256, longest_px, now()
    )
    response = send_file(file, mimetype="image/jpeg")
    response.headers["Cache-Control"] = "no-store"  # a grant ends
    return response
