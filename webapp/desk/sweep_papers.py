"""The briefing of a sweep: numbered copies for command and for each team, as a Word paper or a map."""

from pathlib import Path
from typing import Any
from uuid import UUID

from flask import current_app, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from geo.times import local
from inspections.access import require
from inspections.errors import Conflict
from inspections.reporting.documents.making import word_file
from inspections.sweeps import briefing
from inspections.sweeps.assembling import known_sweep, teams_of
from inspections.sweeps.briefing import Medium
from inspections.sweeps.sweeps import Sweep

from ..answers import no_store
from ..auth import current_person, now
from ..db import session
from ..downloads import as_download
from ..i18n import translated
from ..keys import key_ring
from . import bp
from .hotspots import page_language
from .sweeps import sweep_tabs


@bp.get("/sweeps/<uuid:sweep_id>/briefing")
def sweep_briefing(sweep_id: UUID, said: str = "") -> Response:
    """Who has which copy. It names no target itself."""
    person = current_person()
    require(person, "sweep.plan")
    sweep = known_sweep(session(), person, sweep_id)
    return no_store(
        render_template(
            "desk/sweeps/briefing.html",
            sweep=sweep,
            teams=teams_of(session(), sweep),
            copies=briefing.copies(session(), person, sweep),
            said=said,
            routes_url=next((tab.href for tab in sweep_tabs(sweep) if tab.key == "routes"), ""),
        )
    )


@bp.post("/sweeps/<uuid:sweep_id>/briefing")
def take_sweep_briefing(sweep_id: UUID) -> Response:
    """A copy, given out and logged: `as` says whether as Word paper or as a map to keep, `team` for whom."""
    try:
        if request.form.get("as") == Medium.MAP:
            return as_page(*_map(sweep_id, request.form.get("team", type=UUID)), name="briefing", keep=True)
        taken = _take(sweep_id, Medium.WORD, request.form.get("team", type=UUID))
    except Conflict as error:
        session().rollback()
        answer = sweep_briefing(sweep_id, translated(error.message))
        answer.status_code = 409
        return answer
    content = briefing.content_of(session(), taken, now())
    body = word_file(session(), current_person().county, "sweep_briefing", content, mark=taken.mark)
    return as_download(body, f"{taken.sweep.name}-{content['whom']}", "docx")


@bp.get("/sweeps/<uuid:sweep_id>/briefing/map.html")
def sweep_briefing_map(sweep_id: UUID) -> Response:
    """The map to look at; each look is a numbered copy too."""
    return as_page(*_map(sweep_id, request.args.get("team", type=UUID)), name="briefing")


def _take(sweep_id: UUID, medium: Medium, team_id: UUID | None) -> briefing.Briefing:
    return briefing.take(session(), current_person(), key_ring().sweep, sweep_id, medium, now(), team_id)


def _map(sweep_id: UUID, team_id: UUID | None) -> tuple[str, Sweep]:
    # Folium brings pandas along: a second that no start and no other page should wait for
    from inspections.sweeps.maps import briefing_map

    taken = _take(sweep_id, Medium.MAP, team_id)
    words = map_words() | {
        "title": taken.sweep.name,
        "subtitle": _("行动方案") + " · " + hours(taken.sweep),
    }
    records = url_for("desk.sites", _external=True) + "/"
    return briefing_map(session(), taken, words, translated, vendor(), records), taken.sweep


def hours(sweep: Sweep) -> str:
    return f"{local(sweep.starts_at):%Y-%m-%d %H:%M}–{local(sweep.ends_at):%H:%M}"


def map_words() -> dict[str, Any]:
    """The texts of the map in the reader's language; the page fills their gaps itself."""
    from geo.maps.sweep_labels import SWEEP_LABELS

    return {name: _(text) for name, text in SWEEP_LABELS.items()} | {"language": page_language()}


def vendor() -> Path:
    return Path(current_app.static_folder or "") / "vendor"


def as_page(page: str, sweep: Sweep, *, name: str, keep: bool = False) -> Response:
    """A map under its own policy; `keep` saves it as a file."""
    from geo.maps import content_security_policy

    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = content_security_policy(page, links=True)
    if keep:
        file = f"mingcha-sweep-{name}-{local(sweep.starts_at):%Y%m%d}.html"
        response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response
