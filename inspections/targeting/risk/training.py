"""Training: a model learnt from history, measured on days it did not see, and kept so as to be learnt again."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from ...errors import Message, say
from ...jobs import Work, job
from ..snapshots import columns_of, keep
from ..when.profiles import county_calendar
from .drift import reference
from .examples import STEP_DAYS, Examples, examples_of
from .fitting import held_out, in_order, train
from .history import DAY_S, Floats, read_history
from .models import RiskModel, RiskModelState, new_model, packed
from .quality import by_month, calibration, measured

VERSION = 1
# Below this a model would learn chance; decision 0205
LEAST = {"days": 180, "visits": 200, "hits": 40, "misses": 40}


@job("risk.train", awaited=True)
def train_ordered(work: Work, model_id: str) -> None:
    model = work.session.get(RiskModel, (work.county, UUID(model_id)))
    if model is not None and model.state is RiskModelState.WAITING:
        learn(work.session, model, datetime.now(UTC))


@job("risk.retrain", every="30 18 * * 0")  # Monday, 02:30 in China
def retrain(work: Work) -> None:
    """Once a week, where there is data enough: the new model waits for the director."""
    now = datetime.now(UTC)
    seen = work.session.scalar(select(RiskModel.id).where(RiskModel.county == work.county).limit(1))
    if seen is not None:
        learn(work.session, new_model(work.session, work.county, now, now), now)


def learn(session: Session, model: RiskModel, now: datetime) -> None:
    """Fill a waiting model as of its `until`; refused, with words, where there is too little data."""
    model.version = VERSION
    history = read_history(session, model.county, model.until)
    rows = in_order(examples_of(history, county_calendar(session, model.county), model.seed))
    visited = rows.visited()
    model.trained_at, model.rows, model.hits = now, len(visited), int(visited.label.sum())
    if (missing := lacking(visited)) is not None:
        model.state, model.quality = RiskModelState.REFUSED, {"refused": packed(missing)}
        return
    snapshot = keep(session, model.county, "risk", rows.columns(), model.until, now)
    model.content, model.quality = learnt(rows, model.seed)
    model.snapshot_id, model.state = snapshot.id, RiskModelState.READY


def learn_again(session: Session, model: RiskModel) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same from the snapshot and seed alone: what `content` and `quality` of a ready model must equal."""
    assert model.snapshot_id is not None
    return learnt(Examples(**columns_of(session, model.county, model.snapshot_id)), model.seed)


def lacking(visited: Examples) -> Message | None:
    """What is missing for a model, in words; None where there is enough."""
    days = int((visited.at_s.max() - visited.at_s.min()) / DAY_S) + STEP_DAYS if len(visited) else 0
    hits = int(visited.label.sum())
    have = {"days": days, "visits": len(visited), "hits": hits, "misses": len(visited) - hits}
    if all(have[name] >= least for name, least in LEAST.items()):
        return None
    return say(
        "训练需要至少 {least_days} 天的记录、{least_visits} 次检查、其中查出和没查出问题的各 {least_hits} 次；"
        "现在有 {days} 天、{visits} 次，查出问题 {hits} 次",
        least_days=LEAST["days"],
        least_visits=LEAST["visits"],
        least_hits=LEAST["hits"],
        days=days,
        visits=len(visited),
        hits=hits,
    )


def learnt(rows: Examples, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The model of rows in order, with the tenths for drift; and how good it is on days not learnt from."""
    model, _, ahead = train(rows)
    visited = rows.visited()
    seen = np.flatnonzero(np.isfinite(ahead))
    content = {"model": model.as_json(), "reference": reference(rows.features, model.probability(rows.features))}
    quality = {
        "held_out": _held_out(rows, seed),
        "random": _random(visited, ahead, seed),
        "calibration": calibration(visited.label[seen], ahead[seen]),
        "months": by_month(visited.take(seen), ahead[seen]),
        "found": float(visited.label.mean()),
    }
    return content, quality


def _held_out(rows: Examples, seed: int) -> dict[str, Any]:
    """Model, trees and rules on the latest quarter of days, learnt from the days before."""
    from .challenger import boosted

    cut = held_out(rows.visited().at_s)
    before, after = (
        rows.take(np.flatnonzero(rows.at_s < cut)),
        rows.take(np.flatnonzero(rows.at_s >= cut)).visited(),
    )
    model, weights, _ = train(before)
    scores: dict[str, Floats] = {
        "model": model.probability(after.features),
        "boosted": boosted(before.visited(), weights, after, seed),
        "rules": after.points,
    }
    return {
        "first_s": float(cut),
        "last_s": float(after.at_s.max()) + STEP_DAYS * DAY_S if len(after) else float(cut),
        "visits": len(after),
        "hits": int(after.label.sum()),
        "scores": measured(after, scores, frozenset({"model", "boosted"}), seed),
    }


def _random(visited: Examples, ahead: Floats, seed: int) -> dict[str, Any]:
    """On visits drawn at random, the one sample without selection; predicted from the days before each."""
    chosen = np.flatnonzero(np.isfinite(ahead) & visited.is_random)
    drawn = visited.take(chosen)
    return {
        "visits": len(drawn),
        "hits": int(drawn.label.sum()),
        "predicted": float(ahead[chosen].mean()) if len(drawn) else None,
        "scores": measured(drawn, {"model": ahead[chosen]}, frozenset({"model"}), seed),
    }
