"""The risk of each site as of a moment: by the model that is in force, else by rules. The port of this package."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.orm import Session

from ..when.profiles import county_calendar
from .examples import STEP_DAYS
from .facts import Facts, facts_at
from .features import context_at, matrix, township_rates
from .fitting import Model
from .history import Floats, History, read_history
from .models import RiskModel, model_at
from .reasons import group_sums, reasons_by_model
from .rules import Reason, as_share, reasons_of
from .scored import scored_rows

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
    """The risk of each site by what was known at a moment, and by the model that was in force then.

    See `history` for what history is kept of. A model that learnt from what came later plays no part.
    """
    return scored(session, county, read_history(session, county, as_of))


def scored(session: Session, county: str, history: History) -> Scores:
    """As of the moment that a history reaches to."""
    as_of = history.until
    facts = facts_at(history, as_of.timestamp())
    kept = model_at(session, county, as_of)
    model = readable(kept)
    if kept is None or model is None:
        heat = heat_at(session, county, as_of, history)
        return Scores("rules", None, as_of, in_order(_by_rules(history, facts, heat)))
    features = features_at(session, county, facts)
    return Scores("model", kept.id, as_of, in_order(_by_model(model, history, facts, features)))


def readable(kept: RiskModel | None) -> Model | None:
    """The model of a row; None for one of other features than are read today, so that rules stand."""
    try:
        return Model.of_json(kept.content["model"]) if kept else None
    except (KeyError, ValueError):
        return None


def features_at(session: Session, county: str, facts: Facts) -> Floats:
    return matrix(facts, context_at(county_calendar(session, county), facts.at_s, STEP_DAYS))


def in_order(sites: list[SiteRisk]) -> list[SiteRisk]:
    return sorted(sites, key=lambda each: (-each.probability, each.site_id))


def _by_rules(history: History, facts: Facts, heat: NDArray[np.int64]) -> list[SiteRisk]:
    scored = []
    for row in scored_rows(facts):
        reasons = reasons_of(facts, int(row), heat)
        points = sum(reason.weight for reason in reasons)
        scored.append(site_risk(history, facts, int(row), as_share(points), reasons))
    return scored


def _by_model(model: Model, history: History, facts: Facts, features: Floats) -> list[SiteRisk]:
    rows = scored_rows(facts)
    sums, probability = group_sums(model.parts(features[rows])), model.probability(features[rows])
    rates = township_rates(facts)
    return [
        site_risk(history, facts, row, chance, reasons_by_model(model, sums[i], facts, row, rates))
        for i, (row, chance) in enumerate(zip(rows.tolist(), probability.tolist(), strict=True))
    ]


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
