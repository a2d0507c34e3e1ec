"""`/search?q=`: what the keyboard palette finds."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from inspections import searching
from inspections.access import require

from ..auth import current_person
from ..db import session
from ..i18n import translated
from . import bp

LONGEST_LABEL = 60


@bp.get("/search")
def search() -> dict[str, Any]:
    require(current_person(), "desk.open")
    found = searching.search(session(), current_person(), request.args.get("q", ""))
    sites = [
        {
            "label": site.name,
            "hint": " · ".join(
                filter(None, [translated(site.kind.label), site.township, _short(site.address or "")])
            ),
            "href": url_for("desk.map_page", site=site.id),
            "icon": site.kind.value,
        }
        for site in found.sites
    ]
    townships = [
        {
            "label": area.name,
            "hint": _("镇街"),
            "href": url_for("desk.map_page", view=",".join(f"{side:.5f}" for side in area.box)),
            "icon": "map",
        }
        for area in found.townships
        if area.box
    ]
    tips = [
        {
            "label": tip.code,
            "hint": _short(tip.text),
            "href": url_for("desk.tip_page", tip_id=tip.id),
            "icon": "tip",
        }
        for tip in found.tips
    ]
    return {"results": townships + sites + tips}


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else f"{text[:LONGEST_LABEL]}…"
