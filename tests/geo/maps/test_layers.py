"""What the layers of a hotspot map are made of, apart from how they look."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.maps.hotspot import hotspot_map
from geo.maps.hotspot_layers import SHARES, Band, Kind, bands
from tests.geo.maps.test_hotspot import island

weights = st.lists(st.floats(0, 1e6), min_size=1, max_size=60).map(np.array)


@given(weights)
def test_a_band_holds_its_share_and_not_one_place_more_than_it_needs(density):
    made = bands(density)
    total = density.sum()
    for band, share in enumerate(SHARES, start=1):
        chosen = density[made >= band]
        if total == 0:
            assert not len(chosen)
            continue
        assert chosen.sum() >= total * share * (1 - 1e-9)
        rest = chosen[chosen > chosen.min()]
        assert rest.sum() < total * share * (1 + 1e-9)


@given(weights, st.randoms())
def test_the_order_of_places_changes_no_band(density, chance):
    order = list(range(len(density)))
    chance.shuffle(order)
    assert (bands(density)[order] == bands(density[order])).all()


def test_places_of_equal_density_are_in_the_same_band_and_none_is_in_no_band():
    assert bands(np.array([2.0, 2.0, 0.0, np.nan])).tolist() == [Band.TENTH, Band.TENTH, Band.NONE, Band.NONE]


def test_what_is_not_known_stays_unknown_in_the_page(view, assets):
    layer = view.periods[0].layers[0]
    settle = np.full(len(layer.code), np.nan)
    period = dataclasses.replace(view.periods[0], layers=[dataclasses.replace(layer, settle=settle)])
    data = island(hotspot_map(dataclasses.replace(view, periods=[period]), assets))
    assert data["nothing"] == -(2**29)
    assert data["scale"]["settle"] == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"theme": "rainbow"}, "theme"),
        ({"periods": []}, "one period or two"),
    ],
)
def test_a_view_that_makes_no_map_is_refused(view, assets, change, message):
    with pytest.raises(ValueError, match=message):
        hotspot_map(dataclasses.replace(view, **change), assets)


def test_two_layers_of_one_key_and_a_class_that_its_kind_lacks_are_refused(view, assets):
    period = view.periods[0]
    twice = dataclasses.replace(period, layers=[period.layers[0], period.layers[0]])
    with pytest.raises(ValueError, match="one key"):
        hotspot_map(dataclasses.replace(view, periods=[twice]), assets)
    odd = dataclasses.replace(period.layers[0], kind=Kind.EFFORT, code=np.full(len(view.cells.codes), 5))
    with pytest.raises(ValueError, match="class that effort"):
        hotspot_map(dataclasses.replace(view, periods=[dataclasses.replace(period, layers=[odd])]), assets)


def test_the_fingerprint_is_of_what_is_shown_and_not_of_its_words_or_colours(view, assets):
    marks = {
        island(hotspot_map(each, assets))["fingerprint"]
        for each in (view, dataclasses.replace(view, theme="night", labels={"play": "Play"}))
    }
    other = dataclasses.replace(view, subtitle="另一天")
    assert len(marks) == 1
    assert island(hotspot_map(other, assets))["fingerprint"] not in marks
