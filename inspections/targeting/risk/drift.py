"""Drift: whether the sites of today still look like those a model learnt from.

The population stability index of a number is Σ (now − then) · ln(now / then) over the tenths that it had then:
below 0.1 little has changed, above 0.25 much (Siddiqi, Credit Risk Scorecards, 2006).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from .features import CONTROLS, NAMES
from .history import Floats

TENTHS = np.linspace(0.1, 0.9, 9)
FLOOR = 1e-3
SLIGHT, GREAT = 0.1, 0.25


def reference(features: Floats, probability: Floats) -> dict[str, Any]:
    """The tenths of the score and of each feature, with the share in each, as a model keeps them."""
    columns = {
        "score": probability,
        **{name: features[:, i] for i, name in enumerate(NAMES) if name not in CONTROLS},
    }
    kept = {}
    for name, values in columns.items():
        edges = np.unique(np.quantile(values, TENTHS)) if len(values) else np.array([0.0])
        kept[name] = {"edges": edges.tolist(), "shares": shares(values, edges).tolist()}
    return kept


def shares(values: Floats, edges: Floats) -> Floats:
    """The share of values in (−∞, e₀], (e₀, e₁], …, (eₙ, ∞)."""
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return np.asarray(counts / max(len(values), 1))


def stability(then: Floats, now: Floats) -> float:
    then, now = np.maximum(then, FLOOR), np.maximum(now, FLOOR)
    return float(((now - then) * np.log(now / then)).sum())


def drift(kept: Mapping[str, Any], features: Floats, probability: Floats) -> dict[str, float]:
    """The index of the score and of each feature. Season is left out: it changes as it should."""
    columns = {"score": probability, **{name: features[:, i] for i, name in enumerate(NAMES)}}
    return {
        name: stability(np.array(then["shares"]), shares(columns[name], np.array(then["edges"])))
        for name, then in kept.items()
        if name in columns and name not in SEASONAL and len(columns[name])
    }


SEASONAL = {"month_sin", "month_cos", "vacation", "holiday"}
