from datetime import UTC, datetime, timedelta

import pytest
import shapely

from geo.fixes import Fence, Fix
from geo.walks import fence_of_walk, metres_outside, share_inside, track_m

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
SQUARE = shapely.box(117.0, 28.0, 117.01, 28.01)  # 983 m by 1112 m
MIDDLE = (117.005, 28.005)
BORDER = (117.0, 28.005)
BESIDE = (116.99, 28.005)


def fix(place: tuple[float, float], accuracy_m: float | None = 10.0, seconds: float = 0) -> Fix:
    return Fix(AT + timedelta(seconds=seconds), *place, accuracy_m)


@pytest.mark.parametrize(
    ("track", "answer"),
    [
        ([fix(MIDDLE)], Fence.INSIDE),
        ([fix(BESIDE), fix(BORDER), fix(MIDDLE)], Fence.INSIDE),
        ([fix(BESIDE), fix(BESIDE, 500)], Fence.OUTSIDE),
        ([fix(BESIDE), fix(BORDER)], Fence.CANNOT_TELL),
        ([fix(MIDDLE, 2_000)], Fence.CANNOT_TELL),
        ([fix(MIDDLE, None)], Fence.CANNOT_TELL),
        ([], Fence.CANNOT_TELL),
    ],
)
def test_a_walk_is_inside_as_soon_as_one_fix_surely_is(track: list[Fix], answer: Fence) -> None:
    assert fence_of_walk(SQUARE, track) is answer


def test_a_hole_in_the_ground_is_outside() -> None:
    ring = SQUARE.difference(shapely.box(117.003, 28.003, 117.007, 28.007))
    assert fence_of_walk(ring, [fix(MIDDLE)]) is Fence.OUTSIDE
    assert metres_outside(ring, fix(MIDDLE).point) == pytest.approx(196, abs=3)


def test_distance_from_the_ground_is_in_metres() -> None:
    assert metres_outside(SQUARE, fix(BESIDE).point) == pytest.approx(982, abs=5)
    assert metres_outside(SQUARE, fix(MIDDLE).point) == 0


def test_the_share_inside_counts_only_what_can_be_told() -> None:
    assert share_inside(SQUARE, [fix(MIDDLE), fix(BESIDE), fix(BESIDE), fix(BORDER)]) == pytest.approx(1 / 3)
    assert share_inside(SQUARE, [fix(BORDER)]) is None


def test_the_way_leaves_out_trembling_and_jumps() -> None:
    east = 1 / 111_195 / 0.883
    steps = [fix((117.0 + n * 100 * east, 28.0), 5, n * 90) for n in range(5)]
    trembling = [fix((117.0 + east, 28.0), 30, 45)]
    jump = [fix((118.0, 28.0), 5, 500)]
    assert track_m(steps) == pytest.approx(400, abs=4)
    assert track_m([*steps, *trembling, *jump]) == pytest.approx(400, abs=4)
    assert track_m([]) == 0
