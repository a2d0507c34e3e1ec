"""The planning map of a sweep. Sites are named in the bodies of requests, never in addresses; nothing is kept."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from geo.times import local
from inspections.access import can, require
from inspections.errors import Conflict, Invalid, NotFound, say
from inspections.incoming import parse_json
from inspections.registry.map_layers import county_box
from inspections.registry.site_tiles import POINT_ZOOM
from inspections.registry.sites import SiteKind, SiteState
from inspections.sweeps import editing, reading
from inspections.sweeps.candidates import Candidate, OfHotspot, candidates, hot_cells
from inspections.sweeps.linking import Link
from inspections.sweeps.overview import PlanView, StopView, view_of
from inspections.sweeps.plans import knows
from inspections.sweeps.revisions import Revision, revisions
from inspections.sweeps.sources import offers, read_source
from inspections.sweeps.steps import read_step
from inspections.sweeps.sweeps import Sweep
from inspections.sweeps.windows import Fit, Likely

from .. import tile_sources
from ..answers import no_store
from ..auth import current_person, now
from ..db import session
from ..errors import in_json, status_of
from ..i18n import translated
from ..keys import key_ring
from . import bp
from .map_page import NOWHERE
from .sweeps import pages_of_sweeps
from .words import KINDS, day, moment, word

SHOWN_REASONS = 6


def _known(sweep_id: UUID, verb: str = "sweep.see") -> Sweep:
    """A sweep that the reader knows in full; else it is not found."""
    require(current_person(), verb)
    sweep = reading.find_sweep(session(), current_person(), sweep_id)
    if not knows(session(), current_person(), sweep):
        raise NotFound
    return sweep


@bp.get("/sweeps/<uuid:sweep_id>/plan")
def sweep_plan(sweep_id: UUID) -> Response:
    sweep, person = _known(sweep_id), current_person()
    box = county_box(session(), person)
    settings = {
        "box": list(box.as_tuple() if box else NOWHERE),
        "pointZoom": POINT_ZOOM,
        "sources": tile_sources.offer(),
        "states": {state.value: {"label": word(state), "kind": KINDS[SiteState][state]} for state in SiteState},
        "kinds": {kind.value: word(kind) for kind in SiteKind},
        "may_edit": can(person, "sweep.plan") and sweep.state in editing.EDITABLE,
        "urls": {
            "sites": "/api/v1/tiles/sites/{z}/{x}/{y}.mvt",
            "land": "/api/v1/tiles/land/{z}/{x}/{y}.mvt",
            "areas": "/api/v1/areas/",
            "grid": "/api/v1/grid-cells.geojson",
            "plan": url_for("desk.sweep_plan_content", sweep_id=sweep.id),
            "steps": url_for("desk.do_sweep_step", sweep_id=sweep.id),
            "candidates": url_for("desk.sweep_candidates", sweep_id=sweep.id),
            "revisions": url_for("desk.sweep_revisions", sweep_id=sweep.id),
            "teams": url_for(pages_of_sweeps().get("teams", "desk.sweep_page"), sweep_id=sweep.id),
        },
    }
    return no_store(
        render_template(
            "desk/sweeps/plan.html",
            sweep=sweep,
            settings=settings,
            offers=offers(session(), person),
            may_edit=settings["may_edit"],
        )
    )


@bp.get("/sweeps/<uuid:sweep_id>/plan/content")
def sweep_plan_content(sweep_id: UUID) -> Response:
    return _shown(_known(sweep_id))


@bp.post("/sweeps/<uuid:sweep_id>/plan/steps")
def do_sweep_step(sweep_id: UUID) -> Response:
    """One step on the revision that the page shows. 409 with what others did since, 422 by field."""
    sweep = _known(sweep_id, "sweep.plan")
    given = parse_json(request.get_data())
    based_on, person = given.get("based_on"), current_person()
    if not isinstance(based_on, int) or not isinstance(given.get("step"), dict):
        raise Invalid({"based_on": say("格式不对，请检查后重新提交")})
    try:
        editing.change(session(), person, key_ring().sweep, sweep.id, based_on, read_step(given["step"]), now())
    except Conflict as error:
        session().rollback()
        return _conflict(error, _known(sweep_id), based_on)
    except Invalid as error:
        session().rollback()
        return _said(in_json(error), status_of(error))
    return _shown(sweep)


@bp.post("/sweeps/<uuid:sweep_id>/plan/candidates")
def sweep_candidates(sweep_id: UUID) -> Response:
    sweep = _known(sweep_id, "sweep.plan")
    try:
        source = read_source(parse_json(request.get_data()))
        found = candidates(session(), current_person(), key_ring().sweep, sweep, source, now())
    except Invalid as error:
        session().rollback()
        return _said(in_json(error), status_of(error))
    cells = hot_cells(session(), current_person(), source.run_id) if isinstance(source, OfHotspot) else None
    answer: dict[str, Any] = {"candidates": [_candidate(each) for each in found]}
    return _said(answer | ({"cells": [cell._asdict() for cell in cells]} if cells is not None else {}))


@bp.get("/sweeps/<uuid:sweep_id>/plan/revisions")
def sweep_revisions(sweep_id: UUID) -> Response:
    found = revisions(session(), current_person(), key_ring().sweep, _known(sweep_id))
    return _said({"revisions": [_revision(each) for each in found]})


def _shown(sweep: Sweep) -> Response:
    view = view_of(session(), current_person(), key_ring().sweep, sweep, now())
    return _said(_plan(view))


def _conflict(error: Conflict, sweep: Sweep, based_on: int) -> Response:
    """Who changed what since, and the plan as it is now, so that the step can be done again on it."""
    since = revisions(session(), current_person(), key_ring().sweep, sweep, based_on)
    view = view_of(session(), current_person(), key_ring().sweep, sweep, now())
    changes = [_revision(each) for each in since]
    return _said({**in_json(error), "changes": changes, "plan": _plan(view)}, status_of(error))


def _said(content: Mapping[str, Any], status: int = 200) -> Response:
    answer = no_store(jsonify(content))
    answer.status_code = status
    return answer


def _plan(view: PlanView) -> dict[str, Any]:
    sweep = view.sweep
    return {
        "revision": sweep.plan_revision,
        "starts_at": sweep.starts_at.isoformat(),
        "ends_at": sweep.ends_at.isoformat(),
        "service_minutes": sweep.service_minutes,
        "area": view.plan.area,
        "is_solved": view.plan.solved_at is not None,
        "left_out": len(view.plan.left_out),
        "stops": [_stop(each) for each in view.stops],
        "dropped": [{"site_id": str(key), "name": name, "reason": why} for key, name, why in view.dropped],
        "fit": _fit(view.fit),
    }


def _stop(each: StopView) -> dict[str, Any]:
    stop, known = each.stop, each.known
    base = {
        "id": str(stop.id),
        "site_id": str(stop.site_id),
        "number": each.number,
        "source": stop.source.value,
        "link": stop.link,
        "mix": stop.mix,
        "approach": stop.approach,
        "service_minutes": stop.service_minutes,
        "earliest": _clock(stop.earliest_at),
        "latest": _clock(stop.latest_at),
        "exemption": translated(each.exemption),
        "is_own_exemption": not isinstance(each.exemption, str),
        "team": each.team,
        "links": [_link(link) for link in each.links],
        "outside": [_link(link) for link in each.outside],
        "is_gone": known is None,
    }
    if known is None or known.site.place is None:
        return base
    site, place = known.site, known.site.place
    return base | {
        "name": site.name,
        "lon": place.lon,
        "lat": place.lat,
        "kind": site.kind.value,
        "state": site.state.value,
        "where": " · ".join(filter(None, [known.township, site.address])),
        "probability": known.probability,
        "reasons": [[weight, translated(words)] for weight, words in known.reasons[:SHOWN_REASONS]],
        "likely": _likely(known.likely),
        "against": translated(known.against) if known.against else "",
        "cap": translated(known.cap) if known.cap else "",
        "last_visit": day(known.last_visit_on),
    }


def _candidate(each: Candidate) -> dict[str, Any]:
    return {
        "site_id": str(each.site_id),
        "name": each.name,
        "lon": each.lon,
        "lat": each.lat,
        "kind": each.kind.value,
        "state": each.state.value,
        "where": " · ".join(filter(None, [each.township, each.address])),
        "probability": each.probability,
        "reasons": [[weight, translated(words)] for weight, words in each.reasons[:SHOWN_REASONS]],
        "likely": _likely(each.likely),
        "against": translated(each.against) if each.against else "",
        "cap": translated(each.cap) if each.cap else "",
        "exemption": translated(each.exemption) if each.exemption else "",
        "last_visit": day(each.last_visit_on),
        "links": [_link(link) for link in each.linked_to],
        "on_plan": each.on_plan,
        "dropped": each.dropped,
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "site_id": str(link.site_id),
        "name": link.name,
        "ties": [word(tie) for tie in link.ties],
        "is_of_operator": link.is_of_operator,
    }


def _likely(likely: Likely | None) -> dict[str, Any] | None:
    return likely.as_json() if likely else None


def _fit(fit: Fit) -> dict[str, Any]:
    return {
        "label": word(fit.label),
        "holiday": fit.holiday,
        "doubts": [translated(each) for each in fit.doubts],
        "is_late": fit.is_late,
        "rate": fit.rate,
        "known": fit.known,
        "better": [
            {
                "day": each.day.isoformat(),
                "start": each.start_hour,
                "end": each.end_hour,
                "rate": each.rate,
                "label": word(each.label),
                "holiday": each.holiday,
            }
            for each in fit.better
        ],
    }


def _revision(each: Revision) -> dict[str, Any]:
    return {
        "number": each.number,
        "at": moment(each.saved_at),
        "by": each.saved_by,
        "differences": [translated(words) for words in each.differences],
    }


def _clock(value: Any) -> str:
    return local(value).strftime("%Y-%m-%dT%H:%M") if value else ""
