"""Every table module, imported so that mappers and migrations see them all."""

from . import events
from .canvass import campaigns as canvass_campaigns
from .canvass import intervals as canvass_intervals
from .canvass import visit_conflicts as canvass_visit_conflicts
from .canvass import visits as canvass_visits
from .casework import (
    approvals,
    case_officers,
    clock_days,
    closures,
    findings,
    handover_findings,
    handovers,
    invitations,
    ladders,
    legal_reviews,
    numbering,
    orders,
    penalties,
    proofs,
    rechecks,
    recusals,
    responses,
    services,
    steps,
)
from .evidence import blobs, uploads
from .field import checklists, checks, parcels, phones, photos, tasks
from .intake import clues, complainants, retention, tip_files, tip_moves, tips, whistles
from .ledger import items as ledger_items
from .ledger import owners, saved_views
from .ledger import runs as ledger_runs
from .registry import (
    accounts,
    areas,
    counties,
    departments,
    grid_cells,
    licences,
    map_features,
    people,
    public_listings,
    site_conflicts,
    site_counts,
    site_edits,
    sites,
    zones,
)
from .registry.grid import drafts as cell_drafts
from .registry.grid import holders as cell_holders
from .registry.imports import runs as import_runs
from .reporting import model_cases, schedules
from .reporting.bulletins import bulletins
from .reporting.documents import making, templates
from .reporting.figures import entries as figure_entries
from .reporting.figures import snapshots as figure_snapshots
from .reporting.levels import calls as figure_calls
from .reporting.levels import deliveries, grants
from .reporting.scores import weights as score_weights
from .rules import judgements, observations, rules, school_year, statutory
from .selfcheck import campaigns
from .special_campaigns import daily_reports as campaign_reports
from .special_campaigns import dispatches as campaign_dispatches
from .special_campaigns import items as campaign_items
from .special_campaigns import parts as campaign_parts
from .sweeps import away as away_times
from .sweeps import campaigns as special_campaigns
from .sweeps import entry_conflicts as sweep_entry_conflicts
from .sweeps import journal as sweep_journal
from .sweeps import mixes as sweep_mixes
from .sweeps import openings as sweep_openings
from .sweeps import packets as sweep_packets
from .sweeps import plans as sweep_plans
from .sweeps import positions as sweep_positions
from .sweeps import stops as sweep_stops
from .sweeps import sweeps
from .sweeps import teams as sweep_teams
from .targeting import hotspot_runs, refreshes
from .targeting import snapshots as analysis_snapshots
from .targeting.backtests import backtests
from .targeting.draws import conflicts as officer_conflicts
from .targeting.draws import draws
from .targeting.risk import models as risk_models
from .targeting.target_lists import county_settings as target_settings
from .targeting.target_lists import lists as target_lists
from .targeting.warnings import detectors as warning_detectors
from .targeting.warnings import warnings

__all__ = [
    "accounts",
    "analysis_snapshots",
    "approvals",
    "areas",
    "away_times",
    "backtests",
    "blobs",
    "bulletins",
    "campaign_dispatches",
    "campaign_items",
    "campaign_parts",
    "campaign_reports",
    "campaigns",
    "canvass_campaigns",
    "canvass_intervals",
    "canvass_visit_conflicts",
    "canvass_visits",
    "case_officers",
    "cell_drafts",
    "cell_holders",
    "checklists",
    "checks",
    "clock_days",
    "closures",
    "clues",
    "complainants",
    "counties",
    "deliveries",
    "departments",
    "draws",
    "events",
    "figure_calls",
    "figure_entries",
    "figure_snapshots",
    "findings",
    "grants",
    "grid_cells",
    "handover_findings",
    "handovers",
    "hotspot_runs",
    "import_runs",
    "invitations",
    "judgements",
    "ladders",
    "ledger_items",
    "ledger_runs",
    "legal_reviews",
    "licences",
    "making",
    "map_features",
    "model_cases",
    "numbering",
    "observations",
    "officer_conflicts",
    "orders",
    "owners",
    "parcels",
    "penalties",
    "people",
    "phones",
    "photos",
    "proofs",
    "public_listings",
    "rechecks",
    "recusals",
    "refreshes",
    "responses",
    "retention",
    "risk_models",
    "rules",
    "saved_views",
    "schedules",
    "school_year",
    "score_weights",
    "services",
    "site_conflicts",
    "site_counts",
    "site_edits",
    "sites",
    "special_campaigns",
    "statutory",
    "steps",
    "sweep_entry_conflicts",
    "sweep_journal",
    "sweep_mixes",
    "sweep_openings",
    "sweep_packets",
    "sweep_plans",
    "sweep_positions",
    "sweep_stops",
    "sweep_teams",
    "sweeps",
    "target_lists",
    "target_settings",
    "tasks",
    "templates",
    "tip_files",
    "tip_moves",
    "tips",
    "uploads",
    "warning_detectors",
    "warnings",
    "whistles",
    "zones",
]
