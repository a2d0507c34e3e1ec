"""The transparent model: logistic regression with an L2 penalty on standardised features, calibrated by Platt.

Numbers alone, no table. The same rows give the same model whatever their order: they are put in order first.
Calibration is Platt's (1999) straight line in log-odds, fitted on predictions for days that lay after the rows a
fold had learnt from; being a line, it scales the parts of a sum, so the reasons still add up to the score.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np

from .examples import Examples
from .features import CONTROL_COLUMNS, NAMES
from .history import DAY_S, Floats, Ints

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # scikit-learn's C: the smaller, the more is pulled to nought
FOLDS = 4
CLIP = (0.2, 5.0)  # of the weights of inverse propensity
SMALLEST_SPREAD = 1e-9
BLAND = 30.0  # log-odds beyond which a probability is 0 or 1 to all purposes


@dataclass(frozen=True)
class Model:
    """Coefficients in log-odds for each standardised feature, calibration included. No pickle: numbers in JSON."""

    names: tuple[str, ...]
    mean: Floats
    spread: Floats
    coefficients: Floats
    intercept: float
    strength: float

    def parts(self, features: Floats) -> Floats:
        """Rows × features: what each adds to the log-odds. How a visit was made stands at its mean: nothing."""
        standard = (features - self.mean) / self.spread
        standard[:, list(CONTROL_COLUMNS)] = 0.0
        return np.asarray(np.clip(standard, -8, 8) * self.coefficients)

    def log_odds(self, features: Floats) -> Floats:
        return np.asarray(self.intercept + self.parts(features).sum(axis=1))

    def probability(self, features: Floats) -> Floats:
        return sigmoid(self.log_odds(features))

    def as_json(self) -> dict[str, Any]:
        return {
            "names": list(self.names),
            "mean": self.mean.tolist(),
            "spread": self.spread.tolist(),
            "coefficients": self.coefficients.tolist(),
            "intercept": self.intercept,
            "strength": self.strength,
        }

    @classmethod
    def of_json(cls, kept: Mapping[str, Any]) -> Self:
        """Raises ValueError for a model of other features than are read today."""
        if tuple(kept["names"]) != NAMES:
            raise ValueError("a model of other features")
        return cls(
            tuple(kept["names"]),
            np.array(kept["mean"], dtype=float),
            np.array(kept["spread"], dtype=float),
            np.array(kept["coefficients"], dtype=float),
            float(kept["intercept"]),
            float(kept["strength"]),
        )


def one_thread() -> Any:
    """A context: these matrices are small, and threads that wait for each other take ten times as long on a busy
    machine. One thread also sums in one order.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


def sigmoid(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -BLAND, BLAND))))


def in_order(rows: Examples) -> Examples:
    """By day, then site; equal ones by their numbers, so that no order of the input shows."""
    keys = (*rows.features.T[::-1], rows.label, rows.site, rows.at_s)
    return rows.take(np.lexsort(keys))


def weights_of(everyone: Examples) -> Floats:
    """Of each visited row of `everyone`: how seldom a site like that was visited, with mean one."""
    from sklearn.linear_model import LogisticRegression

    visited = everyone.is_visited
    if visited.all() or not visited.any():
        return np.ones(int(visited.sum()))
    features = np.delete(everyone.features, CONTROL_COLUMNS, axis=1)
    mean, spread = _standard(features)
    standard = (features - mean) / spread
    fitted = LogisticRegression(C=0.1, max_iter=500)
    with one_thread():
        fitted.fit(standard, visited, sample_weight=everyone.stands_for)
    chance = fitted.predict_proba(standard[visited])[:, 1]
    share = float(np.average(visited, weights=everyone.stands_for))
    weights = np.clip(share / np.maximum(chance, 1e-6), *CLIP)
    return np.asarray(weights / weights.mean())


def fit(visited: Examples, weights: Floats, strength: float) -> Model:
    """Of rows in order. Labels of one kind alone give a model that says their share, and nothing else."""
    from sklearn.linear_model import LogisticRegression

    mean, spread = _standard(visited.features)
    share = float(np.average(visited.label, weights=weights))
    if not 0 < share < 1:
        known = (share * len(visited) + 0.5) / (len(visited) + 1)
        return Model(NAMES, mean, spread, np.zeros(len(NAMES)), float(np.log(known / (1 - known))), strength)
    fitted = LogisticRegression(C=strength, max_iter=1000)
    with one_thread():
        fitted.fit((visited.features - mean) / spread, visited.label, sample_weight=weights)
    return Model(NAMES, mean, spread, fitted.coef_[0].copy(), float(fitted.intercept_[0]), strength)


def folds(at_s: Floats, count: int = FOLDS) -> Iterator[tuple[Ints, Ints]]:
    """Rows to learn from and rows of the days after, in the order of time."""
    days = np.unique(at_s)
    cuts = np.linspace(len(days) * 0.4, len(days), count + 1).astype(int)
    for first, last in pairwise(cuts):
        if first and last > first:
            after = (at_s >= days[first]) & (at_s <= days[last - 1])
            yield np.flatnonzero(at_s < days[first]), np.flatnonzero(after)


def choose_strength(visited: Examples, weights: Floats) -> tuple[float, Floats, Ints]:
    """The strength with the least weighted log loss on days after; the log-odds there, and their rows."""
    best: tuple[float, float, Floats, Ints] | None = None
    for strength in STRENGTHS:
        log_odds, rows = ahead(visited, weights, strength)
        if not len(rows):
            return STRENGTHS[2], log_odds, rows
        loss = log_loss(visited.label[rows], sigmoid(log_odds), weights[rows])
        if best is None or loss < best[0] - 1e-12:
            best = (loss, strength, log_odds, rows)
    assert best is not None
    return best[1:]


def ahead(visited: Examples, weights: Floats, strength: float) -> tuple[Floats, Ints]:
    """Log-odds for rows that lay after those each fold learnt from, and which rows these are."""
    log_odds, rows = [], []
    for before, after in folds(visited.at_s):
        model = fit(visited.take(before), weights[before], strength)
        log_odds.append(model.log_odds(visited.features[after]))
        rows.append(after)
    if not rows:
        return np.array([]), np.array([], dtype=np.int64)
    return np.concatenate(log_odds), np.concatenate(rows)


def train(everyone: Examples) -> tuple[Model, Floats, Floats]:
    """A calibrated model of all visited rows; the weight and the calibrated probability ahead of each, nan for the
    first days, which no fold looked ahead to.
    """
    everyone = in_order(everyone)
    visited, weights = everyone.visited(), weights_of(everyone)
    strength, log_odds, rows = choose_strength(visited, weights)
    raw = fit(visited, weights, strength)
    slope, shift = platt(log_odds, visited.label[rows], weights[rows])
    model = Model(
        raw.names, raw.mean, raw.spread, raw.coefficients * slope, raw.intercept * slope + shift, strength
    )
    predicted = np.full(len(visited), np.nan)
    predicted[rows] = sigmoid(slope * log_odds + shift)
    return model, weights, predicted


def platt(log_odds: Floats, label: Floats, weights: Floats) -> tuple[float, float]:
    """Slope and shift of the line by which log-odds are most likely, with Platt's smoothed targets; (1, 0) for
    labels of one kind, or where the line would turn the order round.
    """
    from scipy.optimize import minimize

    hits = label.sum()
    if not 0 < hits < len(label):
        return 1.0, 0.0
    target = np.where(label > 0, (hits + 1) / (hits + 2), 1 / (len(label) - hits + 2))

    def loss(line: Sequence[float]) -> float:
        return log_loss(target, sigmoid(line[0] * log_odds + line[1]), weights)

    found = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.1, 3.0), (-5.0, 5.0)])
    return float(found.x[0]), float(found.x[1])


def log_loss(label: Floats, probability: Floats, weights: Floats) -> float:
    safe = np.clip(probability, 1e-12, 1 - 1e-12)
    return float(-np.average(label * np.log(safe) + (1 - label) * np.log(1 - safe), weights=weights))


def _standard(features: Floats) -> tuple[Floats, Floats]:
    spread = features.std(axis=0)
    return features.mean(axis=0), np.where(spread > SMALLEST_SPREAD, spread, 1.0)


def held_out(at_s: Floats, share: float = 0.25) -> float:
    """The first reference moment of the latest part, on which nothing is learnt."""
    days = np.unique(at_s)
    return float(days[int(len(days) * (1 - share))]) if len(days) else DAY_S
