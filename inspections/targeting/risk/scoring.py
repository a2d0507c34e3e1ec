"""The risk of each site as of a moment: by the model that is in force, else by rules. The port of this package."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from ...registry.sites import SiteState
from .facts import Facts, facts_at
from .history import History, read_history
from .rules import Reason, as_share, reasons_of

VISITABLE = (
    SiteState.REPORTED,
    SiteState.VERIFIED,
    SiteState.RECTIFYING,
    SiteState.SUSPENDED,
    SiteState.CLOSED,
    SiteState.LICENSED,
)
HEAT_LASTS = timedelta(days=90)


@dataclass(frozen=True)
class SiteRisk:
    """`probability` that a visit finds a problem; by rules it is the points brought between 0 and 1, an order.

    `reasons` come with the weightiest first. Ages in days, inf for never.
    """

    site_id: UUID
    probability: float
    reasons: tuple[Reason, ...]
    last_visit_days: float
    last_tip_days: float


@dataclass(frozen=True)
class Scores:
    """Sites that may be visited and have a place, schools left out; the riskiest first, equal ones by id."""

    basis: Literal["model", "rules"]
    model_id: UUID | None
    as_of: datetime
    sites: list[SiteRisk]


def scores_as_of(session: Session, county: str, as_of: datetime) -> Scores:
    """The risk of each site by what was known at a moment (see `history` for what history is kept of)."""
    history = read_history(session, county, as_of)
    facts = facts_at(history, as_of.timestamp())
    return Scores(
        "rules", None, as_of, in_order(_by_rules(history, facts, heat_at(session, county, as_of, history)))
    )


def scored_rows(facts: Facts) -> NDArray[np.int64]:
    """Rows of sites that were known and could be visited."""
    visitable = np.isin(facts.words["state"], [state.value for state in VISITABLE])
    return np.flatnonzero(facts.is_known & visitable)


def in_order(sites: list[SiteRisk]) -> list[SiteRisk]:
    return sorted(sites, key=lambda each: (-each.probability, each.site_id))


def _by_rules(history: History, facts: Facts, heat: NDArray[np.int64]) -> list[SiteRisk]:
    scored = []
    for row in scored_rows(facts):
        reasons = reasons_of(facts, int(row), heat)
        points = sum(reason.weight for reason in reasons)
        scored.append(site_risk(history, facts, int(row), as_share(points), reasons))
    return scored


def site_risk(
    history: History, facts: Facts, row: int, probability: float, reasons: tuple[Reason, ...]
) -> SiteRisk:
    return SiteRisk(
        history.sites.ids[row],
        float(probability),
        reasons,
        float(facts["last_visit_days"][row]),
        float(facts["last_tip_days"][row]),
    )


def heat_at(session: Session, county: str, as_of: datetime, history: History) -> NDArray[np.int64]:
    """For each site 90, 95 or 99 by the hot cell it stands in, of the last run before the moment; else 0.

    A run that was made later, or long before, plays no part.
    """
    heat = np.zeros(len(history.sites), dtype=np.int64)
    row_of = {key: row for row, key in enumerate(history.sites.ids)}
    asked = {"county": county, "as_of": as_of, "since": as_of - HEAT_LASTS}
    for site_id, level in session.execute(HEAT, asked):
        if site_id in row_of:
            heat[row_of[site_id]] = {1: 90, 2: 95, 3: 99}[level]
    return heat


# Cells share edges: the hottest counts. Levels are those of `geo.hotspots.Level`, cold ones below 0
HEAT = text(
    """
    select s.id, max(c.level) from hotspot_cells c
    join sites s on s.county = c.county and st_covers(c.boundary, s.location)
    where c.county = :county and c.level between 1 and 3 and c.run_id = (
        select id from hotspot_runs where county = :county and state = 'done'
            and computed_at <= :as_of and computed_at > :since
        order by computed_at desc, id desc limit 1)
    group by s.id
    """
)
