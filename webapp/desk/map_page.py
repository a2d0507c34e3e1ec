"""The map, which is the page."""

from typing import Any

from flask import render_template, url_for

from inspections.access import can
from inspections.listing.narrowing import townships
from inspections.registry import map_layers
from inspections.registry.site_file import may_see_tips
from inspections.registry.site_tiles import POINT_ZOOM
from inspections.registry.sites import LicenceState, SiteCategory, SiteKind, SiteState

from .. import tile_sources
from ..auth import current_person, now
from ..db import session
from . import bp
from .words import KINDS, word

# A county that nothing is known of yet: the whole country
NOWHERE = (73.5, 18.0, 135.1, 53.6)


@bp.get("/")
def map_page() -> str:
    person = current_person()
    box = map_layers.county_box(session(), person)
    settings: dict[str, Any] = {
        "box": list(box.as_tuple() if box else NOWHERE),
        "pointZoom": POINT_ZOOM,
        "since": now().isoformat(),
        "sources": tile_sources.offer(),
        "states": {state.value: {"label": word(state), "kind": KINDS[SiteState][state]} for state in SiteState},
        "kinds": {kind.value: word(kind) for kind in SiteKind},
        "urls": {
            "sites": "/api/v1/tiles/sites/{z}/{x}/{y}.mvt",
            "land": "/api/v1/tiles/land/{z}/{x}/{y}.mvt",
            "areas": "/api/v1/areas/",
            "grid": "/api/v1/grid-cells.geojson",
            "tips": "/api/v1/tips.geojson" if may_see_tips(person) else "",
            "changes": "/api/v1/changes",
            "site": "/sites/",
            "list": url_for("desk.sites"),
            "add": "/sites/new" if can(person, "site.create") else "",
        },
    }
    return render_template(
        "desk/map.html",
        settings=settings,
        kinds=list(SiteKind),
        states=list(SiteState),
        categories=list(SiteCategory),
        licence_states=list(LicenceState),
        townships=townships(session(), person),
        has_box=box is not None,
        may_add=can(person, "site.create"),
        may_see_tips=may_see_tips(person),
    )
