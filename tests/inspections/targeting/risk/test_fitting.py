"""The model of risk on data whose truth is known: weights, calibration, order, and every way data is too poor."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspections.targeting.risk.challenger import boosted
from inspections.targeting.risk.drift import drift, reference, stability
from inspections.targeting.risk.examples import Examples
from inspections.targeting.risk.features import CONTROLS, FEATURES, NAMES
from inspections.targeting.risk.fitting import Model, folds, in_order, platt, sigmoid, train, weights_of
from inspections.targeting.risk.history import DAY_S
from inspections.targeting.risk.quality import auc, by_month, calibration, first_half, measured, wilson
from inspections.targeting.risk.training import learnt

TIPS, NEAR, PAPERS = NAMES.index("tips"), NAMES.index("near_tips"), NAMES.index("no_papers")


def simulated(n: int = 4000, seed: int = 3, *, visited=None, label=None) -> tuple[Examples, np.ndarray]:
    """Rows over a year whose true log-odds are −1.2 + 0.9 tips + 0.6 near − 0.5 papers; and the truth."""
    rng = np.random.default_rng(seed)
    features = np.zeros((n, len(NAMES)))
    features[:, [TIPS, NEAR]] = rng.normal(size=(n, 2))
    features[:, PAPERS] = rng.random(n) < 0.3
    truth = sigmoid(-1.2 + 0.9 * features[:, TIPS] + 0.6 * features[:, NEAR] - 0.5 * features[:, PAPERS])
    at_s = 1.7e9 + DAY_S * 14 * rng.integers(0, 26, n)
    found = (rng.random(n) < truth).astype(float) if label is None else label(features)
    is_visited = np.ones(n, dtype=bool) if visited is None else visited(features, rng)
    rows = Examples(
        features,
        at_s,
        rng.integers(0, n // 8, n),
        is_visited,
        np.where(is_visited, found, 0.0),
        rng.random(n) < 0.1,
        features[:, TIPS].copy(),
        np.ones(n),
    )
    return rows, truth


def test_known_weights_are_found_and_the_others_stay_near_nought() -> None:
    rows, _ = simulated(12_000)
    model, _, _ = train(rows)
    weights = model.coefficients / model.spread
    assert weights[TIPS] == pytest.approx(0.9, abs=0.12)
    assert weights[NEAR] == pytest.approx(0.6, abs=0.12)
    assert weights[PAPERS] == pytest.approx(-0.5, abs=0.2)
    silent = [i for i in range(len(NAMES)) if i not in (TIPS, NEAR, PAPERS)]
    assert model.coefficients[silent] == pytest.approx(0)


def test_predicted_chances_are_the_true_ones() -> None:
    rows, _ = simulated(12_000)
    model, _, _ = train(rows)
    fresh, truth = simulated(12_000, seed=4)
    predicted = model.probability(fresh.features)
    assert np.abs(predicted - truth).mean() < 0.02
    for each in calibration(fresh.label, predicted):
        assert each["found"] == pytest.approx(each["predicted"], abs=0.05)


def test_platt_mends_what_was_too_sure() -> None:
    rng = np.random.default_rng(5)
    true = rng.normal(size=20_000)
    label = (rng.random(20_000) < sigmoid(true)).astype(float)
    slope, shift = platt(3 * true + 1, label, np.ones(20_000))
    assert slope == pytest.approx(1 / 3, abs=0.02)
    assert shift == pytest.approx(-1 / 3, abs=0.05)


def test_visits_by_choice_are_weighted_back_to_all_sites() -> None:
    """Loud sites were visited five times as often: unweighted, tips would be over-represented."""

    def loud_first(features: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return rng.random(len(features)) < np.where(features[:, TIPS] > 0, 0.5, 0.1)

    rows, _ = simulated(8000, visited=loud_first)
    weights = weights_of(rows)
    tips = rows.visited().features[:, TIPS]
    assert abs(np.average(tips, weights=weights)) < abs(tips.mean()) / 2
    assert weights.mean() == pytest.approx(1)


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    rows, _ = simulated(600)
    mixed = rows.take(np.random.default_rng(seed).permutation(len(rows)))
    assert json.dumps(learnt(in_order(mixed), 7)) == json.dumps(learnt(in_order(rows), 7))


def test_no_fold_learns_from_the_days_it_is_asked_about_or_later() -> None:
    at_s = np.repeat(np.arange(20.0), 3)
    seen = []
    for before, after in folds(at_s):
        assert at_s[before].max() < at_s[after].min()
        seen += after.tolist()
    assert len(seen) == len(set(seen)) > 0


def test_perfectly_separable_labels_give_finite_weights() -> None:
    rows, _ = simulated(600, label=lambda features: (features[:, TIPS] > 0).astype(float))
    model, _, _ = train(rows)
    assert np.isfinite(model.coefficients).all()
    assert auc(rows.label, model.probability(rows.features)) > 0.9


@pytest.mark.parametrize(("label", "near"), [(0.0, 0.0), (1.0, 1.0)])
def test_labels_of_one_kind_give_a_share_and_no_weights(label: float, near: float) -> None:
    rows, _ = simulated(300, label=lambda features: np.full(len(features), label))
    model, _, _ = train(rows)
    assert not model.coefficients.any()
    assert model.probability(rows.features) == pytest.approx(near, abs=0.01)


def test_rows_that_nobody_visited_teach_nothing() -> None:
    rows, _ = simulated(100, visited=lambda features, rng: np.zeros(len(features), dtype=bool))
    assert len(rows.visited()) == 0
    assert len(weights_of(rows)) == 0


def test_a_model_comes_back_from_json_bit_for_bit() -> None:
    rows, _ = simulated(500)
    model, _, _ = train(rows)
    back = Model.of_json(json.loads(json.dumps(model.as_json())))
    assert back.log_odds(rows.features).tobytes() == model.log_odds(rows.features).tobytes()


def test_a_model_of_other_features_is_not_read() -> None:
    rows, _ = simulated(300)
    kept = train(rows)[0].as_json() | {"names": ["x"]}
    with pytest.raises(ValueError, match="other features"):
        Model.of_json(kept)


def test_the_parts_and_the_starting_point_are_the_log_odds() -> None:
    rows, _ = simulated(500)
    model, _, _ = train(rows)
    sums = model.parts(rows.features).sum(axis=1) + model.intercept
    assert sigmoid(sums) == pytest.approx(model.probability(rows.features))


def test_how_a_visit_was_made_adds_nothing_to_a_score() -> None:
    rows, _ = simulated(500)
    model, _, _ = train(rows)
    other = rows.features.copy()
    other[:, [NAMES.index(name) for name in CONTROLS]] = 1.0
    assert model.probability(other) == pytest.approx(model.probability(rows.features))


def test_the_challenger_sees_what_is_crooked() -> None:
    rows, _ = simulated(6000, label=lambda features: (np.abs(features[:, TIPS]) > 1).astype(float))
    before, after = rows.take(np.arange(4000)), rows.take(np.arange(4000, 6000))
    trees = boosted(before, np.ones(4000), after, 1)
    line = train(before)[0].probability(after.features)
    assert auc(after.label, trees) > 0.95 > 0.7 > auc(after.label, line)


def test_no_feature_tells_who() -> None:
    for feature in FEATURES:
        assert not {"person", "officer", "inspector", "worker", "team", "login", "certificate"} & set(
            feature.name.split("_")
        )


def test_auc_is_the_chance_of_the_right_order() -> None:
    assert auc(np.array([0, 0, 1, 1.0]), np.array([1, 2, 3, 4.0])) == 1.0
    assert auc(np.array([0, 1, 0, 1.0]), np.array([5, 5, 5, 5.0])) == 0.5
    assert auc(np.ones(3), np.arange(3.0)) is None


def test_the_first_half_of_visits_finds_what_stands_in_it() -> None:
    label = np.array([1, 1, 0, 1, 0, 0.0])
    assert first_half(label, np.array([6, 5, 4, 3, 2, 1.0])) == pytest.approx(2 / 3)
    assert first_half(label, np.zeros(6)) == pytest.approx(1 / 2)
    assert first_half(np.zeros(6), np.zeros(6)) is None


def test_figures_have_intervals_around_them() -> None:
    rows, truth = simulated(1000)
    found = measured(rows, {"truth": truth}, frozenset({"truth"}), 1)["truth"]
    for value, low, high in found.values():
        assert low < value < high


def test_no_rows_give_no_figures_and_no_error() -> None:
    rows, _ = simulated(50)
    none = rows.take(np.array([], dtype=np.int64))
    assert measured(none, {"truth": np.array([])}, frozenset(), 1)["truth"]["auc"] == [None, None, None]
    assert calibration(none.label, none.points) == []
    assert by_month(none, none.points) == []
    assert wilson(0, 0) == (0.0, 1.0)


def test_drift_is_nought_for_the_same_sites_and_great_for_others() -> None:
    rows, truth = simulated(5000)
    kept = reference(rows.features, truth)
    assert max(drift(kept, rows.features, truth).values()) == pytest.approx(0, abs=1e-9)
    moved = rows.features.copy()
    moved[:, TIPS] += 1.5
    assert drift(kept, moved, truth)["tips"] > 0.25
    assert stability(np.array([0.5, 0.5]), np.array([0.9, 0.1])) == pytest.approx(
        0.4 * np.log(1.8) - 0.4 * np.log(0.2)
    )
