"""The records behind a number of a special campaign. At `/special-campaigns/…/records`."""

from typing import Any
from uuid import UUID

from flask import current_app, render_template, request, url_for

from inspections.reporting.figures.periods import named
from inspections.special_campaigns.figures import label_of
from inspections.special_campaigns.records import read_records

from ..auth import current_person
from ..db import session
from ..i18n import translated
from . import bp
from .special_campaigns import find, frame

OWN_PAGES = {
    "checks": ("desk.check_page", "check_id"),
    "orders": ("desk.order_page", "order_id"),
    "findings": ("desk.finding_page", "finding_id"),
    "tips": ("desk.tip_page", "tip_id"),
    "penalties": ("desk.penalty_page", "penalty_id"),
    "walks": ("desk.visit_page", "visit_id"),
    "sweeps": ("desk.sweep_page", "sweep_id"),
}


@bp.get("/special-campaigns/<uuid:special_id>/records")
def special_records(special_id: UUID) -> str:
    campaign = find(special_id)
    asked = request.args.get("of", ""), request.args.get("cell", "")
    found = read_records(session(), current_person(), campaign, *asked)
    selection = found.selection
    return render_template(
        "desk/special/records.html",
        **frame(campaign),
        found=found,
        title=translated(label_of(found.cell)),
        label=translated(named(selection.first, selection.last)) if selection.first < selection.last else "",
        link_of=lambda row: _link(found.cell.figure.listed, row),
    )


def _link(listed: str, row: Any) -> str:
    endpoint, argument = OWN_PAGES.get(listed, ("", ""))
    if endpoint in current_app.view_functions:
        return url_for(endpoint, **{argument: row.id})
    return url_for("desk.site_page", site_id=row.site_id) if row.site_id else ""
