"""The desk: the map and what slides over it. At `/`."""

from flask import Blueprint

from ..auth import require_verb

bp = Blueprint("desk", __name__)
bp.before_request(require_verb("desk.open"))

# The views hang themselves on the blueprint.
from . import (  # noqa: E402
    answers,  # noqa: F401
    backtests,  # noqa: F401
    bulletin_papers,  # noqa: F401
    bulletins,  # noqa: F401
    calendar,  # noqa: F401
    canvass,  # noqa: F401
    cell_drafts,  # noqa: F401
    cell_sharing,  # noqa: F401
    cells,  # noqa: F401
    checklist_editing,  # noqa: F401
    checklist_tables,  # noqa: F401
    checklists,  # noqa: F401
    checks,  # noqa: F401
    complainants,  # noqa: F401
    conflicts,  # noqa: F401
    coverage,  # noqa: F401
    dashboard,  # noqa: F401
    deliveries,  # noqa: F401
    detectors,  # noqa: F401
    documents,  # noqa: F401
    draws,  # noqa: F401
    facts,  # noqa: F401
    findings,  # noqa: F401
    hotspots,  # noqa: F401
    imports,  # noqa: F401
    joint_sheets,  # noqa: F401
    ledger,  # noqa: F401
    ledger_runs,  # noqa: F401
    lists,  # noqa: F401
    map_page,  # noqa: F401
    measures,  # noqa: F401
    order_steps,  # noqa: F401
    orders,  # noqa: F401
    parcels,  # noqa: F401
    phones,  # noqa: F401
    plates,  # noqa: F401
    rail,
    risk,  # noqa: F401
    rule_adding,  # noqa: F401
    rules,  # noqa: F401
    schedules,  # noqa: F401
    scores,  # noqa: F401
    self_checks,  # noqa: F401
    sites,  # noqa: F401
    special_campaigns,  # noqa: F401
    special_dispatch,  # noqa: F401
    special_records,  # noqa: F401
    special_reports,  # noqa: F401
    special_schedule,  # noqa: F401
    statistics,  # noqa: F401
    steps,  # noqa: F401
    style,  # noqa: F401
    suspects,  # noqa: F401
    sweep_live,  # noqa: F401
    sweep_papers,  # noqa: F401
    sweep_plans,  # noqa: F401
    sweep_rehearsals,  # noqa: F401
    sweep_reports,  # noqa: F401
    sweep_routes,  # noqa: F401
    sweep_secrecy,  # noqa: F401
    sweep_teams,  # noqa: F401
    sweeps,
    target_entries,  # noqa: F401
    targets,  # noqa: F401
    templates,  # noqa: F401
    tip_inbox,  # noqa: F401
    tip_sources,  # noqa: F401
    tips,  # noqa: F401
    township,  # noqa: F401
    visits,  # noqa: F401
    warnings,  # noqa: F401
    whistles,  # noqa: F401
    words,
)

bp.record_once(lambda state: words.init_filters(state.app))
bp.record_once(lambda state: rail.init_rail(state.app))
bp.record_once(lambda state: sweeps.init_tabs(state.app))
