import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.clusters import NOISE, density_clusters

# a coarse lattice gives many equal distances, right at the radius
POINTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)


def by_definition(points: np.ndarray, radius: float, least: int) -> tuple[np.ndarray, np.ndarray]:
    """Which points are core, and which pairs of core points are density-connected, straight from the
    definition.
    """
    near = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1)) <= radius
    core = near.sum(axis=1) >= least
    reach = near & core[:, None] & core[None, :]
    for _ in range(len(points)):
        reach = reach | ((reach.astype(int) @ reach.astype(int)) > 0)
    return near, reach


@settings(deadline=None, max_examples=150)
@given(at=POINTS, radius=st.sampled_from([1.0, 1.5, 2.0, 5.0]), least=st.integers(1, 6))
def test_clusters_follow_the_definition(at, radius, least):
    points = np.array(at, dtype=float).reshape(-1, 2)
    member = density_clusters(points[:, 0], points[:, 1], radius, least)
    near, reach = by_definition(points, radius, least)
    core = reach.diagonal() if len(points) else np.zeros(0, dtype=bool)
    same = member[:, None] == member[None, :]
    assert (member[core] != NOISE).all()
    assert (same[np.ix_(core, core)] == reach[np.ix_(core, core)]).all()
    for i in np.flatnonzero(~core):
        reachable = set(member[near[i] & core].tolist())
        assert member[i] in reachable if reachable else member[i] == NOISE


@given(at=POINTS)
def test_clusters_are_numbered_by_their_first_member(at):
    points = np.array(at, dtype=float).reshape(-1, 2)
    member = density_clusters(points[:, 0], points[:, 1], 2.0, 3)
    seen = list(dict.fromkeys(number for number in member.tolist() if number != NOISE))
    assert seen == list(range(len(seen)))


def test_a_border_point_joins_the_nearer_of_two_clusters():
    points = np.array([(0, 0), (-1, 0), (-1, 0), (-1, 0), (2.4, 0), (5, 0), (6, 0), (6, 0), (6, 0)])
    member = density_clusters(points[:, 0], points[:, 1], 2.7, 4)
    assert member.tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("x", "radius", "least", "message"),
    [(np.nan, 1, 1, "finite"), (0.0, 0, 1, "radius"), (0.0, np.nan, 1, "radius"), (0.0, 1, 0, "at least 0")],
)
def test_arguments_that_make_no_cluster_are_refused(x, radius, least, message):
    with pytest.raises(ValueError, match=message):
        density_clusters(np.array([x]), np.array([0.0]), radius, least)
