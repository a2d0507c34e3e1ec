"""The ground of the demo county, for several seeds: the land must hold together whichever is drawn."""

from functools import cache

import pytest
import shapely
from shapely.geometry import Polygon

from inspections.demo import land, names, plane, terrain
from inspections.demo.chance import Chance
from inspections.demo.land import Land

SEEDS = ("mingcha", "another", "7")


@cache
def drawn(seed: str) -> Land:
    return land.draw(Chance(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_townships_tile_the_county_without_gap_or_overlap(seed: str) -> None:
    county = plane.on_earth(drawn(seed).outline)
    townships = [plane.on_earth(cell) for cell in drawn(seed).townships]
    assert len(townships) == len(names.TOWNSHIPS) == 12
    assert all(cell.is_valid and cell.geom_type == "Polygon" for cell in townships)
    assert shapely.coverage_is_valid(townships)
    together = shapely.union_all(townships)
    assert together.symmetric_difference(county).area == 0
    assert isinstance(county, Polygon)
    assert list(county.interiors) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_each_seat_lies_in_its_own_township_and_each_village_in_its_own_ground(seed: str) -> None:
    ground = drawn(seed)
    assert [ground.township_at(seat) for seat in ground.seats] == list(range(12))
    assert all(ground.village_at(village.seat) is village for village in ground.villages)


@pytest.mark.parametrize("seed", SEEDS)
def test_villages_make_up_their_township(seed: str) -> None:
    ground = drawn(seed)
    for i, township in enumerate(ground.townships):
        own = [village.outline for village in ground.villages if village.township == i]
        assert len(own) >= 4
        assert shapely.union_all(own).symmetric_difference(township).area < 1e-3  # m², of about 10⁸
        assert sum(outline.area for outline in own) == pytest.approx(township.area, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_roads_water_and_compounds_lie_inside_the_county(seed: str) -> None:
    ground = drawn(seed)
    county = ground.outline.buffer(1)
    assert all(county.contains(line.shape) for line in ground.lines)
    assert all(county.contains(compound.outline) for compound in ground.compounds)
    assert all(
        compound.outline.contains(building) for compound in ground.compounds for building in compound.buildings
    )


def test_every_township_seat_can_be_reached_by_county_roads() -> None:
    ground = drawn("mingcha")
    roads = [line.shape for line in ground.lines if line.kind == "road" and line.rank <= 2]
    network = shapely.union_all(
        [*(road.buffer(40) for road in roads), shapely.union_all(ground.blocks).buffer(60)]
    )
    whole = max(getattr(network, "geoms", [network]), key=lambda part: part.area)
    assert all(whole.distance(shapely.Point(seat)) < 1 for seat in ground.seats)


def test_names_are_given_once() -> None:
    ground = drawn("mingcha")
    villages = [village.name for village in ground.villages]
    compounds = [compound.name for compound in ground.compounds]
    assert len(set(villages)) == len(villages)
    assert len(set(compounds)) == len(compounds)


def test_a_border_that_wanders_past_a_seat_is_drawn_again() -> None:
    square = Polygon([(0, 0), (8000, 0), (8000, 8000), (0, 8000)])
    seats = [(3900.0, 4000.0), (4100.0, 4000.0), (4000.0, 700.0)]  # so close that a wild border passes them
    for seed in range(12):
        cells = terrain.divide(square, seats, Chance(seed), wander=0.3)
        assert all(cell.contains(shapely.Point(seat)) for cell, seat in zip(cells, seats, strict=True))
        assert shapely.coverage_is_valid(cells)
