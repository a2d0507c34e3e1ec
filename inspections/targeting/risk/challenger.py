"""The challenger: gradient-boosted trees on the same rows, to see what the transparent model misses.

It is measured and shown, never in force: its reasons can't be added up.
"""

import numpy as np

from .examples import Examples
from .features import CONTROL_COLUMNS
from .fitting import one_thread
from .history import Floats

ROUNDS, LEAVES, LEAST_IN_LEAF, RATE, PENALTY = 80, 6, 20, 0.06, 5.0


def boosted(before: Examples, weights: Floats, after: Examples, seed: int) -> Floats:
    """Probabilities for later rows by trees grown on earlier ones."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    share = float(np.average(before.label, weights=weights)) if len(before) else 0.5
    if not 0 < share < 1:
        return np.full(len(after), share)
    trees = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=LEAST_IN_LEAF,
        learning_rate=RATE,
        l2_regularization=PENALTY,
        early_stopping=False,
        random_state=seed,
    )
    with one_thread():
        trees.fit(_plain(before), before.label, sample_weight=weights)
        return np.asarray(trees.predict_proba(_plain(after))[:, 1])


def _plain(rows: Examples) -> Floats:
    return np.delete(rows.features, CONTROL_COLUMNS, axis=1)
