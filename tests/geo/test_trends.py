import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, theilslopes

from geo.hotspots import Level
from geo.trends import EmergingClass, emerging, mann_kendall

SERIES = st.lists(st.integers(0, 5), min_size=4, max_size=25)


@given(SERIES)
def test_s_and_the_slope_agree_with_scipy(series):
    x = np.array(series, dtype=float)
    found = mann_kendall(x)
    plain = sum(np.sign(x[j] - x[i]) for j in range(len(x)) for i in range(j))
    assert found.s == plain
    assert found.slope == pytest.approx(theilslopes(x).slope)
    if np.ptp(x):
        n, (_, times) = len(x), np.unique(x, return_counts=True)
        tau = kendalltau(np.arange(n), x, variant="b").statistic
        every, tied = n * (n - 1) / 2, (times * (times - 1) / 2).sum()
        assert tau == pytest.approx(found.s / np.sqrt(every * (every - tied)))


@given(st.lists(st.integers(0, 5), min_size=10, max_size=25))
def test_p_is_the_asymptotic_one_of_kendalls_tau_but_for_the_continuity_correction(series):
    x = np.array(series, dtype=float)
    if not np.ptp(x):
        return
    found = mann_kendall(x)
    # scipy's normal approximation: z = S / sqrt(var) without the step of one
    theirs = kendalltau(np.arange(len(x)), x, method="asymptotic").pvalue
    from scipy.special import ndtr

    assert 2 * ndtr(-abs(found.s) / np.sqrt(found.variance)) == pytest.approx(theirs, abs=1e-9)
    assert found.p >= theirs - 1e-12


def test_a_series_with_ties_by_hand():
    # 10, 22, 21, 30, 22, 30, 40, 40: rises 23, falls 2; three tied pairs: (8·7·21 - 3·2·1·9) / 18 = 62.333
    found = mann_kendall(np.array([10, 22, 21, 30, 22, 30, 40, 40]))
    assert found.s == 21
    assert found.variance == pytest.approx((8 * 7 * 21 - 3 * 2 * 1 * 9) / 18)
    assert found.z == pytest.approx(20 / np.sqrt(62.3333333))


def test_many_series_at_once_are_each_as_on_its_own():
    many = np.random.default_rng(0).integers(0, 4, (12, 30)).astype(float)
    all_, one = mann_kendall(many), [mann_kendall(column) for column in many.T]
    for name in ("s", "variance", "z", "p", "slope"):
        assert getattr(all_, name) == pytest.approx([float(getattr(trend, name)) for trend in one])


def test_a_series_without_differences_has_no_trend():
    found = mann_kendall(np.full(9, 3.0))
    assert (found.s, found.z, found.p, found.slope) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("series", "message"), [(np.arange(3.0), "4 steps"), (np.array([1, 2, np.nan, 4]), "finite")]
)
def test_what_has_no_trend_is_refused(series, message):
    with pytest.raises(ValueError, match=message):
        mann_kendall(series)


def one_cell(levels: str, z: list[float] | None = None) -> EmergingClass:
    """Levels as a word: h hot, c cold, u unseen, . none."""
    of = {"h": Level.HOT_95, "c": Level.COLD_95, "u": Level.UNSEEN, ".": Level.NONE}
    level = np.array([[of[letter]] for letter in levels], dtype=np.int8)
    heat = np.array([[0.0]] * len(levels)) if z is None else np.array(z, dtype=float)[:, None]
    return EmergingClass(int(emerging(level, heat)[0]))


UP, DOWN = [*map(float, range(1, 11))], [*map(float, range(10, 0, -1))]


@pytest.mark.parametrize(
    ("levels", "z", "word"),
    [
        (".........h", None, "NEW"),
        ("c........h", None, "NEW"),
        ("........hh", None, "CONSECUTIVE"),
        ("..hhhhhhhh", None, "CONSECUTIVE"),
        ("hhhhhhhhhh", None, "PERSISTENT"),
        (".hhhhhhhhh", None, "PERSISTENT"),
        ("hhhhhhhhhh", UP, "INTENSIFYING"),
        ("hhhhhhhhhh", DOWN, "FADING"),
        ("..h..h...h", None, "SPORADIC"),
        ("..h..u...h", None, "SPORADIC"),
        ("..h..c...h", None, "OSCILLATING"),
        ("hhhhhhhhh.", None, "HISTORICAL"),
        ("cccccccccch", None, "NEW"),
        ("hhhhhhhh..", None, "NONE"),
        ("h.........", None, "NONE"),
        ("uuuuuuuuuu", None, "NONE"),
        ("..........", UP, "NONE"),
    ],
)
def test_classes_follow_the_published_definitions(levels, z, word):
    assert one_cell(levels, z).name == word
    mirrored = levels.translate(str.maketrans("hc", "ch"))
    cold = one_cell(mirrored, None if z is None else [-v for v in z])
    assert cold == -EmergingClass[word]


@settings(deadline=None)
@given(st.integers(0, 9999), st.integers(0, 99))
def test_the_order_of_cells_changes_nothing_and_hot_now_always_has_a_class(seed, mix):
    rng = np.random.default_rng(seed)
    level = rng.choice([-3, -1, 0, 1, 3, 9], (8, 40)).astype(np.int8)
    z = rng.normal(size=(8, 40))
    z[rng.random((8, 40)) < 0.1] = np.nan
    mixed = np.random.default_rng(mix).permutation(40)
    found = emerging(level, z)
    assert emerging(level[:, mixed], z[:, mixed]).tolist() == found[mixed].tolist()
    hot_now = (level[-1] >= 1) & (level[-1] <= 3)
    assert (found[hot_now] > 0).all()
    assert (found[level[-1] < 0] < 0).all()


@pytest.mark.parametrize("shape", [(3, 5), (8,), (8, 4)])
def test_levels_that_make_no_class_are_refused(shape):
    with pytest.raises(ValueError, match="steps"):
        emerging(
            np.zeros(shape, dtype=np.int8), np.zeros((len(np.zeros(shape)), 5)) if len(shape) > 1 else np.zeros(8)
        )
