"""The newest scores of a county, kept so that pages need not compute them: within seconds of new data."""

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...jobs import Work, job
from ..refreshing import step
from ..when.profiles import Profiles, profiles_at
from .drift import drift
from .facts import facts_at
from .history import History, read_history
from .models import RiskScoring, SiteRiskRow, model_at, packed
from .scored import scored_rows
from .scoring import Scores, features_at, readable, scored


@job("risk.rescore", awaited=True)
def rescore_ordered(work: Work) -> None:
    rescore(work.session, work.county, datetime.now(UTC))


@step("risk")
def rescore(session: Session, county: str, now: datetime) -> None:
    """Score every site as of now, with its hours, and see how far the sites have drifted."""
    history = read_history(session, county, now)
    scores = scored(session, county, history)
    profiles = profiles_at(session, county, history)
    row = {
        "county": county,
        "as_of": now,
        "model_id": scores.model_id,
        "sites": len(scores.sites),
        "drift": _drift(session, county, history),
        "profiles": {
            "county": profiles.county,
            "untimed": profiles.untimed,
            "strengths": list(profiles.strengths),
        },
    }
    statement = insert(RiskScoring).values(row)
    session.execute(statement.on_conflict_do_update(index_elements=["county"], set_=row))
    session.execute(delete(SiteRiskRow).where(SiteRiskRow.county == county))
    session.execute(INSERT, {"county": county, "rows": json.dumps(_rows(history, scores, profiles))})


def _drift(session: Session, county: str, history: History) -> dict[str, Any]:
    kept = model_at(session, county, history.until)
    model = readable(kept)
    if kept is None or model is None:
        return {}
    facts = facts_at(history, history.until.timestamp())
    features = features_at(session, county, facts)[scored_rows(facts)]
    return drift(kept.content["reference"], features, model.probability(features))


def _rows(history: History, scores: Scores, profiles: Profiles) -> list[dict[str, Any]]:
    row_of = {site_id: row for row, site_id in enumerate(history.sites.ids)}
    rates = profiles.rates.astype("<f4")
    return [
        {
            "site_id": str(site.site_id),
            "position": position,
            "probability": site.probability,
            "reasons": [[reason.weight, packed(reason.words)] for reason in site.reasons],
            "rates": rates[row_of[site.site_id]].tobytes().hex(),
            "own": float(profiles.own[row_of[site.site_id]]),
            "near": float(profiles.near[row_of[site.site_id]]),
        }
        for position, site in enumerate(scores.sites, 1)
    ]


INSERT = text(
    """
    insert into site_risks (county, site_id, position, probability, reasons, rates, own, near)
    select :county, site_id, position, probability, reasons, decode(rates, 'hex'), own, near
    from jsonb_to_recordset(cast(:rows as jsonb)) as given(
        site_id uuid, position int, probability float8, reasons jsonb, rates text, own float8, near float8)
    """
)


def rates_of(row: SiteRiskRow) -> np.ndarray:
    return np.frombuffer(row.rates, dtype="<f4").astype(float)
