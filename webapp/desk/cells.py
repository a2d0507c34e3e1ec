"""The grid: cells on a map and in a list, chosen in either and given to grid workers. At `/grid`."""

from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections import listing
from inspections.access import can, get, require
from inspections.canvass.cell_file import read_cell_file
from inspections.listing import Question
from inspections.listing.cells import CELLS
from inspections.registry.areas import Area
from inspections.registry.grid import board, giving, saving
from inspections.registry.grid.drafts import find_draft
from inspections.registry.grid.land import township_of, townships_to_divide
from inspections.registry.grid_cells import GridCell
from inspections.registry.people import Person

from .. import tile_sources
from ..auth import current_person, now
from ..db import session
from . import bp
from .lists import Addresses, chips_of, head_of, summary_of
from .sites import again_when_invalid


def map_settings(box: Any, **more: Any) -> dict[str, Any]:
    """What the maps of the grid need: where to look, what lies under the cells, and `more` of each page."""
    urls = {"land": "/api/v1/tiles/land/{z}/{x}/{y}.mvt", "areas": "/api/v1/areas/", "grid": ""}
    return {"box": list(box), "sources": tile_sources.offer(), "urls": urls, **more}


def chosen_township(person: Person) -> Area | None:
    """The township that is asked for by `?township=`, else the person's own, else the first."""
    asked = request.values.get("township", type=UUID)
    if asked:
        return township_of(session(), person, asked)
    areas = townships_to_divide(session(), person)
    return next((each for each in areas if each.id == person.township_id), None) or next(iter(areas), None)


def _cells_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "coverage.see")
    township = chosen_township(person)
    asked = {key: values for key, values in request.args.to_dict(flat=False).items() if key != "township"}
    asked |= {"state": asked.get("state", ["live"])} | ({"township": [str(township.id)]} if township else {})
    page = listing.read(session(), person, CELLS, Question.of(CELLS, asked))
    addresses = Addresses("desk.grid", asked)
    shown = [column for column in CELLS.columns if column.on_screen and column.key != "township"]
    count, free = board.count_of(session(), person.county, township.id) if township else (0, 0)
    return render_template(
        "desk/grid/cells.html",
        township=township,
        townships=townships_to_divide(session(), person),
        count=count,
        free=free,
        draft=find_draft(session(), person.county, township.id) if township else None,
        box=board.box_of_grid(session(), township),
        settings=map_settings,
        listing=CELLS,
        page=page,
        shown=shown,
        columns=[head_of(CELLS, page, addresses, column) for column in shown],
        chips=[chips_of(each, page, addresses) for each in CELLS.filters if each.key in ("state", "mark")],
        addresses=addresses,
        kept=[(key, value) for key, values in asked.items() for value in values if key not in {"q", "page"}],
        summary=summary_of(page),
        workers=giving.workers_for(session(), person, township.id) if township else [],
        may_edit=can(person, "cell.edit"),
        file_of=lambda row: url_for("desk.cell_page", cell_id=row.id),
        given=given or {},
        wrong=wrong or {},
        said=said,
    )


@bp.get("/grid")
def grid() -> str:
    return _cells_page()


@bp.get("/grid/cells.geojson")
def cells_geojson() -> Response:
    person = current_person()
    require(person, "coverage.see")
    asked = request.args.get("township", type=UUID)
    township_id = township_of(session(), person, asked).id if asked else None
    return as_geojson(board.cells_as_geojson(session(), person, township_id))


def as_geojson(text: str) -> Response:
    response = make_response(text)
    response.mimetype = "application/geo+json"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.post("/grid/give")
@again_when_invalid(_cells_page)
def give_cells() -> Response:
    person, form = current_person(), request.form
    require(person, "cell.edit")
    ids = form.getlist("cells", type=UUID)
    worker = form.get("worker", type=UUID)
    moved = giving.give_cells(session(), person, ids, worker, now())
    if moved:
        flash(_("%(n)s 个网格已调整", n=moved), "ok")
    else:
        flash(_("没有变化：这些网格本来就是他的"), "due")
    return redirect(url_for("desk.grid", township=form.get("township") or None), 303)


@bp.get("/grid/cells/<uuid:cell_id>")
def cell_page(cell_id: UUID) -> str:
    person = current_person()
    require(person, "coverage.see")
    cell = get(session(), person, GridCell, cell_id)
    file = read_cell_file(session(), person, cell, now())
    return render_template(
        "desk/grid/cell.html",
        file=file,
        cell=cell,
        settings=map_settings(file.box, shape=file.shape),
        may_edit=can(person, "cell.edit"),
    )


@bp.post("/grid/cells/<uuid:cell_id>/retire")
def retire_cell(cell_id: UUID) -> Response:
    person = current_person()
    require(person, "cell.edit")
    cell = get(session(), person, GridCell, cell_id)
    saving.retire(session(), person, cell, now())
    flash(_("网格已停用，走访记录都保留着"), "ok")
    return redirect(url_for("desk.cell_page", cell_id=cell_id), 303)
