"""The routes of a sweep's teams: found by the solver, moved by hand, found again, with what changed. Secret."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, request, url_for
from flask import render_template as render
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.errors import Conflict, Invalid
from inspections.registry.site_facts import word_of
from inspections.sweeps import solving
from inspections.sweeps.route_sheet import RouteSheet, TeamRoute, route_sheet
from inspections.sweeps.travel import Ways

from .. import tile_sources
from ..auth import current_person, now
from ..db import session
from ..keys import key_ring
from . import bp
from .sweep_teams import refused, secret

USUAL_S, BETTER_S = 1.5, 10.0


@bp.get("/sweeps/<uuid:sweep_id>/routes")
def sweep_routes(sweep_id: UUID) -> Response:
    """`?since=` is the revision that it is compared with: the one before a step."""
    since = request.args.get("since", type=int)
    sheet = route_sheet(session(), current_person(), key_ring().sweep, sweep_id, since)
    page = render(
        "desk/sweeps/routes.html",
        sheet=sheet,
        sweep=sheet.sweep,
        plan=sheet.plan,
        is_edited=sheet.sweep.state in solving.EDITED,
        ways=word_of(Ways, sheet.plan.ways),
        settings=_map_settings(sheet),
    )
    return secret(page)


@bp.post("/sweeps/<uuid:sweep_id>/routes")
def solve_sweep_routes(sweep_id: UUID) -> Response:
    """Solve again: quickly, or with `better` for ten seconds; with `stop_id`, put that stop with `team_id` first,
    or let it go where that is empty. Ids of stops travel in the body: addresses are written into logs.
    """
    form = request.form
    based_on = form.get("based_on", -1, type=int)
    seconds = BETTER_S if form.get("better") else USUAL_S
    try:
        solved = solving.solve(
            session(), current_person(), key_ring().sweep, sweep_id, based_on, now(), seconds, _moved(),
            current_app.config["TRAVEL_URL"],
        )  # fmt: skip
    except (Conflict, Invalid) as error:
        refused(error)
        # What somebody else did is shown beside what one saw, so that the step can be done again or left
        return _back(sweep_id, based_on if isinstance(error, Conflict) and based_on > 0 else None)
    if solved.left_out:
        flash(_("%(n)s 个点位没有排上，原因和办法列在下面", n=len(solved.left_out)), "due")
    elif solved.differences:
        flash(_("路线已排好"), "ok")
    else:
        flash(_("没有找到更好的路线，方案不变"), "ok")
    return _back(sweep_id, based_on or None)


def _back(sweep_id: UUID, since: int | None) -> Response:
    return redirect(url_for("desk.sweep_routes", sweep_id=sweep_id, since=since, _anchor="changes"), 303)


def _moved() -> dict[UUID, UUID | None]:
    given, team = request.form.get("stop_id", ""), request.form.get("team_id", "")
    if not given:
        return {}
    stop_id = request.form.get("stop_id", type=UUID)
    team_id = request.form.get("team_id", type=UUID) if team else None
    if stop_id is None or (team and team_id is None):
        return {}
    return {stop_id: team_id}


def _map_settings(sheet: RouteSheet) -> dict[str, Any]:
    return {
        "sources": tile_sources.offer(),
        "urls": {
            "land": "/api/v1/tiles/land/{z}/{x}/{y}.mvt",
            "areas": "/api/v1/areas/",
            "grid": "/api/v1/grid-cells.geojson",
        },
        "teams": [_on_map(each) for each in sheet.teams],
        "out": [
            {"id": str(row.stop.id), "lon": row.place.lon, "lat": row.place.lat, "label": row.name}
            for row in (*sheet.left_out, *sheet.unrouted)
            if row.place
        ],
    }


def _on_map(route: TeamRoute) -> dict[str, Any]:
    return {
        "number": route.view.team.number,
        "lon": route.view.lon,
        "lat": route.view.lat,
        "stops": [
            {"id": str(row.stop.id), "number": row.number, "lon": row.place.lon, "lat": row.place.lat,
             "label": row.name}
            for row in route.rows
            if row.place
        ],
    }  # fmt: skip
