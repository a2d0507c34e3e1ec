import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.density import density


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, 40))
def test_density_is_the_sum_of_gaussians_and_loses_no_event(seed, n):
    rng = np.random.default_rng(seed)
    # points on pixel centres, so that binning moves nothing
    x, y = rng.integers(-40, 40, (2, n)) * 50.0 + 25.0
    weights = rng.uniform(0.1, 3.0, n)
    found = density(x, y, 400.0, 50.0, weights)
    rows, columns = found.per_km2.shape
    east = found.west_m + (np.arange(columns) + 0.5) * 50
    north = found.south_m + (np.arange(rows) + 0.5) * 50
    squared = (east[None, :, None] - x) ** 2 + (north[:, None, None] - y) ** 2
    exact = (weights * np.exp(-squared / (2 * 400.0**2))).sum(axis=2) / (2 * np.pi * 0.4**2)
    assert found.per_km2 == pytest.approx(exact, abs=0.002 * exact.max())
    assert found.per_km2.sum() * 0.05**2 == pytest.approx(weights.sum(), rel=1e-9)


def test_density_of_nothing_is_empty_and_a_coarse_pixel_is_refused():
    assert density(np.array([]), np.array([]), 400, 100).per_km2.size == 0
    with pytest.raises(ValueError, match="pixel of 500 m"):
        density(np.array([0.0]), np.array([0.0]), 400, 500)
    with pytest.raises(ValueError, match="pixels of"):
        density(np.array([0.0, 1e7]), np.array([0.0, 1e7]), 400, 100)
