import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from geo.patchwork import absorb, examine, fill, give, tidy

LAND = box(0, 0, 1000, 600)
WEST, MIDDLE, EAST = box(0, 0, 400, 600), box(400, 0, 700, 600), box(700, 0, 1000, 600)


def test_pieces_that_are_the_land_have_nothing_to_mend():
    assert examine(LAND, [WEST, MIDDLE, EAST]).is_clean


def test_an_overlap_a_gap_and_a_stray_are_each_named_with_their_place():
    found = examine(LAND, [box(0, 0, 420, 600), box(400, 0, 700, 600), box(760, 0, 1050, 600)])
    (overlap,) = found.overlaps
    (gap,) = found.gaps
    (stray,) = found.strays
    assert (overlap.first, overlap.second, overlap.area_m2) == (0, 1, 12_000)
    assert gap.area_m2 == 36_000
    assert set(gap.beside) == {1, 2}
    assert (stray.piece, stray.area_m2) == (2, 30_000)


def test_land_without_a_piece_is_one_gap():
    assert [gap.area_m2 for gap in examine(LAND, []).gaps] == [600_000]


def test_the_width_of_a_pencil_is_no_gap():
    assert examine(LAND, [WEST, box(400.2, 0, 700.1, 600), EAST]).is_clean


@pytest.mark.parametrize(("keeper", "other"), [(0, 1), (1, 0)])
def test_who_keeps_the_land_is_chosen(keeper, other):
    pieces = [box(0, 0, 420, 600), box(400, 0, 700, 600), EAST]
    mended = give(pieces, keeper, other)
    assert examine(LAND, mended).is_clean
    assert mended[keeper].equals(pieces[keeper])


def test_a_piece_cut_in_two_keeps_its_larger_part_and_nothing_is_lost():
    mended = give([box(200, -100, 300, 700), box(0, 0, 1000, 600)], 0, 1)
    assert mended[1].equals_exact(box(300, 0, 1000, 600).normalize(), 0.01) or mended[1].area == 420_000
    assert mended[0].area + mended[1].area == pytest.approx(100 * 800 + 900 * 600)


def test_a_piece_inside_another_is_left_empty():
    assert give([box(0, 0, 100, 100), box(10, 10, 20, 20)], 0, 1)[1].is_empty


def test_a_gap_goes_to_the_neighbour_that_was_chosen():
    pieces = [WEST, MIDDLE, box(760, 0, 1000, 600)]
    (gap,) = examine(LAND, pieces).gaps
    for neighbour in gap.beside:
        mended = fill(pieces, gap.shape, neighbour)
        assert examine(LAND, mended).is_clean
        assert mended[neighbour].area == pytest.approx(pieces[neighbour].area + 36_000, rel=1e-6)


def test_a_gap_that_a_pencil_line_parts_from_its_neighbour_is_filled():
    pieces = [WEST, MIDDLE, box(760, 0, 1000, 600)]
    mended = fill(pieces, box(700.2, 0, 760, 600), 1)
    assert examine(LAND, mended).is_clean


def test_a_gap_is_not_given_to_a_piece_far_away():
    with pytest.raises(ValueError, match="touch"):
        fill([WEST, MIDDLE, box(760, 0, 1000, 600)], box(700, 0, 760, 600), 0)


def test_tidy_cuts_at_the_edge_and_closes_narrow_gaps():
    mended = tidy(LAND, [box(-50, -20, 402, 610), box(400, 0, 700, 600), box(703, 0, 1040, 600)], 5)
    assert examine(LAND, mended).is_clean
    assert [round(each.area) for each in mended][1] >= 300 * 600 - 2 * 600


def test_a_piece_of_which_nothing_is_left_is_empty_and_keeps_its_place():
    assert [each.is_empty for each in tidy(LAND, [WEST, box(5000, 0, 6000, 10), EAST])] == [False, True, False]


def test_small_pieces_join_the_neighbour_with_the_longest_border():
    pieces = [box(0, 0, 100, 100), box(100, 0, 110, 60), box(100, 60, 110, 100), box(110, 0, 200, 100)]
    assert absorb(pieces, [1, 2]) == [0, 0, 0, 3]


@st.composite
def drawn_by_hand(draw):
    """Rectangles as someone draws them over the land: over each other, over the edge, with gaps."""
    count = draw(st.integers(1, 8))
    numbers = st.integers(-200, 1100)
    made = []
    for _ in range(count):
        x, y = draw(numbers), draw(numbers)
        made.append(box(x, y, x + draw(st.integers(5, 600)), y + draw(st.integers(5, 600))))
    return made


@given(drawn_by_hand())
@settings(max_examples=60)
def test_whatever_is_drawn_is_apart_and_inside_after_tidying(pieces):
    mended = tidy(LAND, pieces)
    found = examine(LAND, mended)
    assert not found.overlaps
    assert not found.strays
    before = shapely.intersection(shapely.union_all(pieces), LAND).area
    assert shapely.union_all([each for each in mended if not each.is_empty]).area == pytest.approx(before, abs=2)
    assert all(isinstance(each, Polygon) and each.is_valid for each in mended)


@given(drawn_by_hand(), st.randoms())
@settings(max_examples=40)
def test_giving_away_every_overlap_leaves_none(pieces, random):
    for _ in range(40):
        overlaps = examine(LAND, pieces).overlaps
        if not overlaps:
            break
        one = overlaps[0]
        pair = [one.first, one.second]
        random.shuffle(pair)
        pieces = give(pieces, *pair)
    assert not examine(LAND, pieces).overlaps


def test_an_outline_of_several_islands_is_examined_as_one_land():
    islands = MultiPolygon([box(0, 0, 100, 100), box(200, 0, 300, 100)])
    found = examine(islands, [box(0, 0, 100, 100)])
    assert [gap.area_m2 for gap in found.gaps] == [10_000]
    assert found.gaps[0].beside == ()


def test_many_pieces_are_examined_by_a_tree_and_not_pair_by_pair():
    grid = np.array(
        [box(x, y, x + 10, y + 10) for x in range(0, 600, 10) for y in range(0, 600, 10)], dtype=object
    )
    assert examine(box(0, 0, 600, 600), grid).is_clean
