"""Every table module, imported so that mappers and migrations see them all."""

from . import events
from .casework import (
    approvals,
    case_officers,
    closures,
    findings,
    legal_reviews,
    numbering,
    orders,
    rechecks,
    recusals,
    services,
    steps,
)
from .evidence import blobs, uploads
from .field import checklists, checks, parcels, phones, photos, tasks
from .intake import tips
from .registry import (
    accounts,
    areas,
    counties,
    departments,
    grid_cells,
    licences,
    map_features,
    people,
    site_conflicts,
    site_counts,
    site_edits,
    sites,
    zones,
)
from .registry.imports import runs as import_runs
from .reporting.documents import making, templates
from .rules import judgements, observations, rules, school_year, statutory
from .targeting import hotspot_runs

__all__ = [
    "accounts",
    "approvals",
    "areas",
    "blobs",
    "case_officers",
    "checklists",
    "checks",
    "closures",
    "counties",
    "departments",
    "events",
    "findings",
    "grid_cells",
    "hotspot_runs",
    "import_runs",
    "judgements",
    "legal_reviews",
    "licences",
    "making",
    "map_features",
    "numbering",
    "observations",
    "orders",
    "parcels",
    "people",
    "phones",
    "photos",
    "rechecks",
    "recusals",
    "rules",
    "school_year",
    "services",
    "site_conflicts",
    "site_counts",
    "site_edits",
    "sites",
    "statutory",
    "steps",
    "tasks",
    "templates",
    "tips",
    "uploads",
    "zones",
]
