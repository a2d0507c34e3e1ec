"""Walks through grid cells: the list, and one of them on the map."""

from typing import Any
from uuid import UUID

from flask import Response, render_template

from inspections.access import require
from inspections.canvass.visit_file import VisitFile, read_visit_file
from inspections.listing.visits import VISITS

from .. import tile_sources
from ..auth import current_person
from ..db import session
from . import bp
from .flags import flag_in_words
from .lists import export_of, list_page
from .panels import in_panel


@bp.get("/canvass/visits")
def canvass_visits() -> str:
    require(current_person(), "coverage.see")
    return list_page(VISITS)


@bp.get("/canvass/visits.<any(csv, xlsx):form>")
def export_visits(form: str) -> Response:
    require(current_person(), "coverage.see")
    return export_of(VISITS, form)


@bp.get("/canvass/visits/<uuid:visit_id>")
def visit_page(visit_id: UUID) -> str:
    require(current_person(), "coverage.see")
    file = read_visit_file(session(), current_person(), visit_id)
    return render_template(
        "desk/visit.html",
        file=file,
        visit=file.visit,
        in_panel=in_panel(),
        flags=[flag_in_words(code) for code in file.visit.flags],
        minutes=round(file.lasted.total_seconds() / 60),
        way_m=round(file.way_m),
        map_settings=_map_settings(file),
    )


def _map_settings(file: VisitFile) -> dict[str, Any] | None:
    """What the map shows: the cell, the way with the circle of each fix, what was found."""
    if not file.track and not file.boundary:
        return None
    return {
        "sources": tile_sources.offer(),
        "urls": {
            "land": "/api/v1/tiles/land/{z}/{x}/{y}.mvt",
            "areas": "/api/v1/areas/",
            "grid": "/api/v1/grid-cells.geojson",
        },
        "boundary": file.boundary,
        "track": [[fix.lon, fix.lat, fix.accuracy_m] for fix in file.track],
        "leads": [[*row.site.place, row.site.name] for row in file.leads if row.site and row.site.place],
    }
