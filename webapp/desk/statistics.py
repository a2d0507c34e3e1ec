"""The table of annex 5: asked for, filled in, frozen, compared, printed. At `/statistics`."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, own_township, require
from inspections.errors import Invalid
from inspections.listing.behind import figure_value
from inspections.reporting.figures import Selection, count, identities
from inspections.reporting.figures.annex5 import CELLS, FIGURES, LEDGER
from inspections.reporting.figures.asking import areas_of, read_selection, seen_selection
from inspections.reporting.figures.filling import enter, frequent_problems, words_of
from inspections.reporting.figures.form import Form, form_of
from inspections.reporting.figures.freezing import freeze, list_snapshots, read_snapshot
from inspections.reporting.figures.periods import named
from inspections.reporting.figures.selection import county_name, place_name, title_of
from inspections.reporting.figures.snapshots import FigureSnapshot, compare
from inspections.reporting.figures.terms import list_periods
from inspections.reporting.figures.workbook import workbook
from inspections.reporting.levels.delivering import current

from ..auth import current_person, now
from ..db import session
from ..errors import status_of
from ..i18n import translated
from . import bp
from .lists import LISTS, XLSX
from .words import moment, today


@bp.get("/statistics")
def statistics() -> Any:
    if own_township(current_person()) == []:
        return render_template("desk/statistics/no_township.html")
    try:
        selection = read_selection(session(), current_person(), request.args, now())
    except Invalid as error:
        wrong = {name: translated(text) for name, text in error.fields.items()}
        said = "" if wrong else translated(error.message)
        selection = read_selection(session(), current_person(), {}, now())
        page = _page(selection, asked=request.args, wrong=wrong, said=said)
        return make_response(page, status_of(error))
    return _page(selection, asked=request.args)


def _page(
    selection: Selection,
    asked: Any,
    wrong: Any = None,
    said: str = "",
    given: Any = None,
) -> str:
    person = current_person()
    cells = _counted(selection)
    words = words_of(session(), person, selection)
    return render_template(
        "desk/statistics/page.html",
        selection=selection,
        form=_form(selection, cells),
        broken=[translated(each.message) for each in identities.check(cells)],
        href=_address_of(selection),
        asked=asked,
        wrong=wrong or {},
        said=said,
        given=given or _as_given(words),
        period=named(selection.first, selection.last),
        place=place_name(session(), selection),
        periods=list_periods(session(), person.county, today()),
        areas=areas_of(session(), person),
        frequent=frequent_problems(session(), selection),
        shelf=list_snapshots(session(), person),
        period_of=lambda each: named(each.first_day, each.last_day),
        may_edit=can(person, "figure.edit"),
        may_freeze=can(person, "figure.freeze"),
    )


def _counted(selection: Selection) -> dict[str, int]:
    """The cells; for figures of this moment also what the ledger says, so that a difference is seen."""
    is_now = (now() - selection.as_of).total_seconds() < 60
    return count(session(), selection, (*FIGURES, LEDGER) if is_now else FIGURES)


def _form(selection: Selection, cells: dict[str, int]) -> Form:
    words = words_of(session(), current_person(), selection)
    return form_of(title_of(session(), selection), county_name(session(), selection), words, cells)


def _as_given(words: Any) -> dict[str, str]:
    main = {f"main-{n}": text for n, text in enumerate(words.main_problems, start=1)}
    return {"unit": words.unit, "filled_by": words.filled_by, "telephone": words.telephone} | main


def _address_of(source: Selection | FigureSnapshot) -> Any:
    """Where the records behind a cell are listed."""

    def href(key: str) -> str:
        listed = CELLS[key].figure.listed
        if listed not in LISTS:
            return ""
        return url_for(f"desk.{listed}", figure=figure_value(key, source))

    return href


@bp.get("/statistics.xlsx")
def statistics_workbook() -> Response:
    selection = read_selection(session(), current_person(), request.args, now())
    form = _form(selection, _counted(selection))
    remarks = [f"统计截至 {moment(selection.as_of)}，尚未固定，数字会随记录变化。"]
    return workbook_file(workbook(form, remarks), form.title)


def workbook_file(body: bytes, title: str) -> Response:
    response = Response(body, mimetype=XLSX)
    # A header is ASCII: a server refuses any other (RFC 6266 names the file twice)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=statistics.xlsx; filename*=UTF-8''{quote(f'{title}.xlsx')}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/statistics/words")
def fill_in_statistics() -> Any:
    require(current_person(), "figure.edit")
    selection = seen_selection(current_person(), request.form.get("selection", ""), now())
    try:
        enter(session(), current_person(), selection, request.form, now())
    except Invalid as error:
        session().rollback()
        wrong = {name: translated(text) for name, text in error.fields.items()}
        page = _page(selection, asked=_question(selection), wrong=wrong, given=request.form)
        return make_response(page, status_of(error))
    flash(_("已保存，导出和固定时用这些内容"), "ok")
    return redirect(url_for("desk.statistics", **_question(selection)), 303)


def _question(selection: Selection) -> dict[str, Any]:
    area = f"t-{selection.township_id}" if selection.township_id else ""
    area = f"z-{selection.zone_id}" if selection.zone_id else area
    asked = {"from": selection.first.isoformat(), "to": selection.last.isoformat(), "area": area}
    return {key: value for key, value in asked.items() if value}


@bp.post("/statistics/freeze")
def freeze_statistics() -> Response:
    require(current_person(), "figure.freeze")
    selection = seen_selection(current_person(), request.form.get("selection", ""), now())
    snapshot = freeze(session(), current_person(), selection, now())
    flash(_("已固定。以后记录怎样变化，这张表和它背后的记录都不变"), "ok")
    return redirect(url_for("desk.snapshot_page", snapshot_id=snapshot.id), 303)


@bp.get("/statistics/snapshots/<uuid:snapshot_id>")
def snapshot_page(snapshot_id: UUID, wrong: Any = None) -> str:
    shelved = read_snapshot(session(), current_person(), snapshot_id)
    snapshot = shelved.snapshot
    others = [each for each in list_snapshots(session(), current_person()) if each.snapshot.id != snapshot_id]
    return render_template(
        "desk/statistics/snapshot.html",
        snapshot=snapshot,
        shelved=shelved,
        form=_frozen_form(snapshot),
        href=_address_of(snapshot),
        broken=[translated(each.message) for each in snapshot.broken()],
        is_whole=snapshot.is_whole(),
        period=named(snapshot.first_day, snapshot.last_day),
        others=others,
        delivered=current(session(), snapshot.county, snapshot.first_day, snapshot.last_day),
        may_deliver=can(current_person(), "figure.deliver") and not snapshot.township_id and not snapshot.zone_id,
        wrong=wrong or {},
        names=_name_of,
    )


def _frozen_form(snapshot: FigureSnapshot) -> Form:
    return form_of(snapshot.title, snapshot.county_name, snapshot.words, snapshot.cells)


def _name_of(shelved: Any) -> str:
    """A snapshot as an option to choose: its period, place and moment."""
    snapshot = shelved.snapshot
    parts = [translated(named(snapshot.first_day, snapshot.last_day)), shelved.place, moment(snapshot.frozen_at)]
    return " · ".join(part for part in parts if part)


@bp.get("/statistics/snapshots/<uuid:snapshot_id>.xlsx")
def snapshot_workbook(snapshot_id: UUID) -> Response:
    shelved = read_snapshot(session(), current_person(), snapshot_id)
    snapshot = shelved.snapshot
    form = _frozen_form(snapshot)
    remarks = [
        f"统计截至 {moment(snapshot.as_of)}，{moment(snapshot.frozen_at)} 由{shelved.frozen_by}固定。",
        f"指纹（SHA-256）{snapshot.sha256}",
    ]
    return workbook_file(workbook(form, remarks), form.title)


@bp.get("/statistics/snapshots/<uuid:snapshot_id>/compare")
def compare_snapshots(snapshot_id: UUID) -> str:
    after = read_snapshot(session(), current_person(), snapshot_id)
    try:
        other = UUID(request.args.get("with", ""))
    except ValueError:
        other = snapshot_id
    before = read_snapshot(session(), current_person(), other)
    if before.snapshot.frozen_at > after.snapshot.frozen_at:
        before, after = after, before
    changes = compare(before.snapshot, after.snapshot)
    return render_template(
        "desk/statistics/compare.html",
        before=before,
        after=after,
        name_of=_name_of,
        changes=[(each, CELLS[each.key]) for each in changes],
        hrefs=(_address_of(before.snapshot), _address_of(after.snapshot)),
    )
