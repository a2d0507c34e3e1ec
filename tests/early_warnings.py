"""A warning as a detector raises it, with a series behind it, and a finished back-test."""

from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from inspections.db import new_id
from inspections.errors import say
from inspections.registry.imports.previews import messages_as_json
from inspections.targeting.backtests.backtests import SEED, Backtest, BacktestState
from inspections.targeting.backtests.measuring import measure
from inspections.targeting.snapshots import keep
from inspections.targeting.warnings.detectors import Detector
from inspections.targeting.warnings.warnings import VERSION, EarlyWarning, Severity, WarningState
from tests.factories import COUNTY, NOW

SERIES = {
    "first": "2026-11-01",
    "step_days": 1,
    "counts": [1, 0, 2, 9],
    "expected": [1.0, 1.0, 1.0, 1.0],
    "upper": [4.0, 4.0, 4.0, 4.0],
}


def make_warning(session: Session, county: str = COUNTY, **values: Any) -> EarlyWarning:
    """A new warning of a slow rise, raised at `NOW`."""
    snapshot = keep(session, county, "warnings", {"at": np.arange(3)}, NOW, NOW)
    number = new_id()
    evidence = {"day": "2026-11-20", "value": 9.5, "threshold": 5.0, "records": [], "sites": [], "series": SERIES}
    defaults = {
        "detector": Detector.CUSUM,
        "key": f"surge:tip:{number}",
        "severity": Severity.RED,
        "state": WarningState.NEW,
        "title": messages_as_json([say("{what}{how}", what=say("线索"), how=say("持续上升"))])[0],
        "words": messages_as_json([say("同期检查 {now} 次，之前四周平均每周 {before} 次。", now=3, before="1.0")]),
        "evidence": evidence | {"also": [], "clue": ""},
        "raised_at": NOW,
        "last_signal_at": NOW,
        "due_at": NOW + timedelta(days=1),
        "snapshot_id": snapshot.id,
        "seed": 1,
        "version": VERSION,
    }
    row = EarlyWarning(county=county, id=number, **(defaults | values))
    session.add(row)
    session.flush()
    return row


def make_backtest(session: Session, county: str = COUNTY, **values: Any) -> Backtest:
    """A finished back-test of a quarter in which one visit in three found something."""
    n = np.arange(30)
    visits = {
        "site": np.array([f"{at:036d}" for at in n]),
        "day": n.astype(float),
        "found": n % 3 == 0,
        "risk": (n * 7 % 30).astype(float),
        "recency": (n * 11 % 30).astype(float),
    }
    cells = {name: (n * 3 % 7).astype(float) for name in ("hot", "recency", "walked", "past")}
    cells |= {"area_km2": np.full(30, 0.25), "events": n % 4}
    row = Backtest(
        county=county,
        id=new_id(),
        first_day=date(2026, 7, 1),
        last_day=date(2026, 9, 30),
        state=BacktestState.DONE,
        progress=100,
        quarter="2026-Q3",
        asked_at=NOW,
        computed_at=NOW,
        result=measure(visits, cells, SEED) | {"left_out": {"tied": 1, "again": 2, "unscored": 3}},
        visits_id=keep(session, county, "backtest visits", visits, NOW, NOW).id,
        cells_id=keep(session, county, "backtest cells", cells, NOW, NOW).id,
        seed=SEED,
        version=1,
    )
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return row
