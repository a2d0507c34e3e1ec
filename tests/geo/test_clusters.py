import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.clusters import NOISE, density_clusters, space_time_clusters

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


EVENTS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.integers(0, 10)), max_size=40)


@settings(deadline=None, max_examples=150)
@given(
    events=EVENTS,
    radius=st.sampled_from([1.0, 1.5, 2.0]),
    days=st.sampled_from([0.5, 1.0, 3.0]),
    least=st.integers(1, 5),
)
def test_clusters_in_space_and_time_follow_the_definition(events, radius, days, least):
    at = np.array(events, dtype=float).reshape(-1, 3)
    member = space_time_clusters(*at.T, radius, days, least)
    gap = at[:, None, :] - at[None, :, :]
    near = (np.hypot(gap[..., 0], gap[..., 1]) <= radius) & (np.abs(gap[..., 2]) <= days)
    core = near.sum(axis=1) >= least
    reach = near & core[:, None] & core[None, :]
    for _ in range(6):
        reach = reach | ((reach.astype(int) @ reach.astype(int)) > 0)
    same = member[:, None] == member[None, :]
    assert (member[core] != NOISE).all()
    assert (same[np.ix_(core, core)] == reach[np.ix_(core, core)]).all()
    for i in np.flatnonzero(~core):
        reachable = set(member[near[i] & core].tolist())
        assert member[i] in reachable if reachable else member[i] == NOISE


@settings(deadline=None)
@given(events=EVENTS, seed=st.integers(0, 99))
def test_the_order_of_events_changes_no_cluster(events, seed):
    at = np.array(events, dtype=float).reshape(-1, 3)
    mixed = np.random.default_rng(seed).permutation(len(at))
    one, other = space_time_clusters(*at.T, 1.5, 2.0, 3), space_time_clusters(*at[mixed].T, 1.5, 2.0, 3)
    assert ((one[:, None] == one)[np.ix_(mixed, mixed)] == (other[:, None] == other)).all()
    assert ((one == NOISE)[mixed] == (other == NOISE)).all()


def test_two_bursts_at_one_place_months_apart_are_two_clusters():
    x, day = np.zeros(10), np.array([0.0, 1, 2, 3, 4, 90, 91, 92, 93, 94])
    assert space_time_clusters(x, x, day, 50, 7, 4).tolist() == [0] * 5 + [1] * 5
    assert density_clusters(x, x, 50, 4).tolist() == [0] * 10


def test_a_million_events_are_clustered_and_refused_where_they_are_too_close():
    rng = np.random.default_rng(0)
    x, y, day = rng.uniform(0, 3e5, 1_000_000), rng.uniform(0, 3e5, 1_000_000), rng.uniform(0, 365, 1_000_000)
    x[:20], y[:20], day[:20] = 5.0, 5.0, 100.0
    member = space_time_clusters(x, y, day, 200, 7, 8)
    assert set(member[:20].tolist()) == {0}
    with pytest.raises(ValueError, match="too many"):
        space_time_clusters(np.zeros(1_000_000), np.zeros(1_000_000), day, 200, 7, 8)


@pytest.mark.parametrize(
    ("day", "radius", "days", "least"),
    [(np.nan, 1, 1, 1), (0.0, 0, 1, 1), (0.0, 1, 0, 1), (0.0, 1, np.inf, 1), (0.0, 1, 1, 0)],
)
def test_arguments_that_make_no_cluster_in_time_are_refused(day, radius, days, least):
    with pytest.raises(ValueError, match=r"finite|radius"):
        space_time_clusters(np.zeros(1), np.zeros(1), np.array([day]), radius, days, least)
