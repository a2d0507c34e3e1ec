"""What each method makes of planted trouble, and of data in which there is nothing to tell."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, box

from geo.cells import squares
from geo.hotspots import Level, find_hotspots, with_self
from inspections.errors import Invalid
from inspections.targeting.analysing import Analysis, analyse
from inspections.targeting.effort import Heat
from inspections.targeting.exposure import BANDS, Exposure
from inspections.targeting.material import Material
from inspections.targeting.methods import METHODS
from inspections.targeting.occurrences import Occurrences
from inspections.targeting.settings import PER_PLACE_METHODS, SCANS, Counted, Method, Settings

LAND = box(117.0, 28.6, 117.1, 28.7)
SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
GRID = squares(LAND, 500)
HERE = (117.053, 28.652)
TESTED = (Method.GI_STAR, Method.GI_STAR_PERMUTED, Method.LOCAL_MORAN, Method.SCAN, Method.SCAN_SPACE_TIME)


def events_at(
    lon: NDArray[np.float64], lat: NDArray[np.float64], day: NDArray[np.float64] | None = None, kind: str = "tip"
) -> Occurrences:
    rng = np.random.default_rng(5)
    days = rng.uniform(0, 89, len(lon)) if day is None else day
    keys = np.frombuffer(rng.bytes(16 * len(lon)), dtype="V16")
    at = np.datetime64("2026-01-01", "s") + (days * 86400).astype("timedelta64[s]")
    return Occurrences(lon, lat, np.ones(len(lon)), at, np.full(len(lon), kind), keys)


def material(events: Occurrences, visits: NDArray[np.float64] | None = None) -> Material:
    in_bands = np.zeros((len(GRID), len(BANDS)))
    in_bands[:, 0] = 0 if visits is None else visits
    return Material(
        outline=LAND,
        grid=GRID,
        events=events,
        exposure=Exposure(in_bands, np.zeros_like(in_bands)),
        schools=np.zeros(len(GRID)),
        pupils=np.zeros(len(GRID)),
        since=SINCE,
        until=UNTIL,
    )


def trouble() -> Occurrences:
    """Sixty events in three weeks within some hundred metres, and a hundred anywhere at any time."""
    rng = np.random.default_rng(3)
    near = rng.normal(HERE, 0.002, (60, 2))
    far = rng.uniform((117.0, 28.6), (117.1, 28.7), (100, 2))
    day = np.concatenate([rng.uniform(40, 61, 60), rng.uniform(0, 89, 100)])
    lon, lat = np.concatenate([near, far]).T
    return events_at(lon, lat, day)


def here() -> int:
    return int(GRID.assign(np.array([HERE[0]]), np.array([HERE[1]]))[0])


def allowed(method: Method) -> Settings:
    return Settings(method=method)


@pytest.mark.parametrize("method", TESTED)
def test_the_planted_cluster_is_hot_and_most_of_the_county_is_not(method: Method) -> None:
    found = analyse(material(trouble()), allowed(method), seed=1)
    assert found.outcome.level[here()] >= Level.HOT_95
    assert found.heat[here()] == Heat.HOT
    assert (found.heat == Heat.HOT).mean() < 0.1
    assert found.summary["hot"] == ((found.outcome.level > 0) & (found.outcome.level < 9)).sum()


@pytest.mark.parametrize("method", [Method.KERNEL, Method.KERNEL_ADAPTIVE])
def test_density_is_highest_where_events_gather(method: Method) -> None:
    found = analyse(material(trouble()), allowed(method), seed=1)
    near = with_self(GRID.neighbours)[[here()]].toarray()[0]
    assert near[np.argmax(found.outcome.value)]
    assert 5 * np.median(found.outcome.value) < found.outcome.value.max()


def test_a_hotspot_of_the_last_week_is_new_and_one_of_every_week_is_not() -> None:
    rng = np.random.default_rng(3)
    often, lately = (117.02, 28.62), (117.08, 28.68)
    places = [(often, rng.uniform(0, 90, 400)), (lately, rng.uniform(84, 90, 40))]
    lon, lat = np.concatenate([rng.normal(place, 0.001, (len(day), 2)) for place, day in places]).T
    events = events_at(lon, lat, np.concatenate([day for _, day in places]))
    found = analyse(material(events), allowed(Method.EMERGING), seed=1).outcome.emerging
    assert found is not None
    cells = GRID.assign(*np.array([often, lately]).T)
    assert found[cells[1]] == "new"
    assert found[cells[0]] in ("persistent", "intensifying", "fading")
    assert (found == "").sum() > 0.8 * len(GRID)


def test_a_scan_says_where_how_much_and_how_sure() -> None:
    found = analyse(material(trouble()), allowed(Method.SCAN), seed=1)
    first = found.outcome.clusters[0]
    assert np.hypot(first.lon - HERE[0], first.lat - HERE[1]) < 0.01
    assert first.p == 0.001
    assert first.observed > 50
    assert first.relative_risk is not None
    assert first.relative_risk > 5
    assert found.outcome.cluster is not None
    assert found.outcome.cluster[here()] == 1


def test_a_scan_in_time_says_since_when() -> None:
    first = analyse(material(trouble()), allowed(Method.SCAN_SPACE_TIME), seed=1).outcome.clusters[0]
    assert first.first_day is not None
    assert first.last_day is not None
    assert np.datetime64("2026-02-01") <= first.first_day <= np.datetime64("2026-02-15")
    assert np.datetime64("2026-02-25") <= first.last_day <= np.datetime64("2026-03-10")


def test_many_patrols_and_many_findings_alone_make_no_cell_hot() -> None:
    visits = np.full(len(GRID), 4.0)
    visits[here()] = 40
    hits = np.random.default_rng(4).poisson(visits * 0.25).astype(float)  # the same true rate everywhere
    places = np.repeat(np.arange(len(GRID)), hits.astype(int))
    lon, lat = np.array([(GRID.polygons[i].centroid.x, GRID.polygons[i].centroid.y) for i in places]).T
    bands = np.zeros((len(GRID), len(BANDS)))
    bands[:, 0] = hits
    data = material(events_at(lon, lat, kind="finding"), visits)
    data = replace(data, exposure=Exposure(data.exposure.visits, bands))
    found = analyse(data, Settings(counted=Counted.FINDINGS), seed=1)
    assert found.outcome.level[here()] == Level.NONE
    assert found.effort.heat[here()] != Heat.HOT
    assert find_hotspots(hits, GRID.neighbours).level[here()] >= Level.HOT_90  # as counts alone would say


def test_pupils_and_schools_are_what_events_are_held_against() -> None:
    data = replace(material(trouble()), pupils=np.full(len(GRID), 50.0), schools=np.ones(len(GRID)))
    crowded = data.pupils.copy()
    crowded[here()] = 50_000.0
    even, many = (
        analyse(each, Settings(method=Method.RATE, counted=Counted.PER_PUPILS), seed=1)
        for each in (data, replace(data, pupils=crowded))
    )
    assert even.outcome.level[here()] == Level.HOT_95
    assert many.outcome.level[here()] != Level.HOT_95
    assert many.outcome.value[here()] < even.outcome.value[here()]
    scanned = analyse(data, Settings(method=Method.SCAN, counted=Counted.PER_SCHOOLS), seed=1)
    assert scanned.outcome.clusters[0].p == 0.001


def test_rates_hold_findings_against_visits() -> None:
    visits, hits = np.full(len(GRID), 20.0), np.zeros((len(GRID), len(BANDS)))
    hits[:, 0] = 2
    hits[here(), 0] = 15
    data = material(events_at(np.zeros(0), np.zeros(0)), visits)
    data = replace(data, exposure=Exposure(data.exposure.visits, hits))
    for settings in (Settings(method=Method.RATE), Settings(method=Method.SCAN, counted=Counted.FINDINGS)):
        found = analyse(data, settings, seed=1)
        assert found.outcome.level[here()] >= Level.HOT_95
        assert (found.heat == Heat.HOT).sum() == 1


NOTHING = events_at(np.zeros(0), np.zeros(0))
ONE = events_at(np.array([HERE[0]]), np.array([HERE[1]]))
ONE_PLACE = events_at(np.full(40, HERE[0]), np.full(40, HERE[1]))
ONE_MOMENT = events_at(np.full(40, HERE[0]), np.full(40, HERE[1]), np.full(40, 3.0))
OUTSIDE = events_at(np.full(40, 90.0), np.full(40, 28.6))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("events", [NOTHING, ONE, ONE_PLACE, ONE_MOMENT, OUTSIDE])
def test_where_there_is_little_to_tell_nothing_breaks(method: Method, events: Occurrences) -> None:
    found = analyse(material(events), allowed(method), seed=1)
    assert len(found.weight) == len(found.outcome.level) == len(GRID)
    if len(events) < 2 or events is OUTSIDE:
        assert found.summary["hot"] == 0
    assert found.summary["events"] == (0 if events is OUTSIDE else len(events))


@pytest.mark.parametrize("method", METHODS)
def test_a_county_of_one_cell_has_nothing_to_compare(method: Method) -> None:
    middle = GRID.polygons[here()].centroid
    small = squares(middle.buffer(0.0001), 2000)
    data = replace(material(ONE_PLACE), grid=small, exposure=Exposure(np.zeros((1, 4)), np.zeros((1, 4))))
    data = replace(data, schools=np.zeros(1), pupils=np.zeros(1))
    assert len(small) == 1
    assert analyse(data, allowed(method), seed=1).summary["hot"] == 0


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_events_changes_nothing_and_the_seed_says_all(method: Method) -> None:
    events = trouble()
    order = np.random.default_rng(1).permutation(len(events))
    fields = ("lon", "lat", "weight", "at", "kind", "id")
    shuffled = Occurrences(*(getattr(events, name)[order] for name in fields))
    results = [analyse(material(each), allowed(method), seed=7) for each in (events, shuffled, events)]
    assert numbers(results[0]) == numbers(results[1])
    assert results[0].content == results[2].content


def numbers(found: Analysis) -> list[list[str]]:
    """What came out, to nine digits: sums over another order differ in the last ones."""
    return [[f"{each:.9g}" for each in column] for column in (found.weight, found.outcome.value, found.outcome.p)]


def test_every_method_has_a_name_and_is_done() -> None:
    assert set(METHODS) == set(Method)
    assert set(SCANS) | set(PER_PLACE_METHODS) <= set(Method)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"days": "7"}, "days"),
        ({"days": "ninety"}, "days"),
        ({"days": "９０"}, "days"),
        ({"size_m": "-500"}, "size_m"),
        ({"method": "astrology"}, "method"),
        ({"counted": "<script>"}, "counted"),
        ({"counted": "per_pupils"}, "counted"),
        ({"method": "rate", "counted": "tips"}, "counted"),
        ({"first_day": "2026-02-30", "last_day": "2026-03-01"}, "first_day"),
        ({"first_day": "2026-03-01"}, "last_day"),
        ({"last_day": "2026-03-01"}, "first_day"),
        ({"first_day": "2026-03-01", "last_day": "2026-02-01"}, "last_day"),
        ({"first_day": "2020-01-01", "last_day": "2026-02-01"}, "first_day"),
    ],
)
def test_an_order_that_cannot_be_is_refused_by_field(form: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Settings.from_form(form)
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize("day", ["2026-05-01", "0001-01-01"])
def test_a_period_that_has_not_begun_or_never_was_is_refused(day: str) -> None:
    settings = Settings(first_day=date.fromisoformat(day), last_day=date.fromisoformat(day))
    with pytest.raises(Invalid) as refused:
        settings.refuse_future(UNTIL)
    assert set(refused.value.fields) == {"first_day"}


def test_days_of_a_period_are_chinas_and_both_are_in_it() -> None:
    settings = Settings.from_form({"first_day": "2026-03-01", "last_day": "2026-03-31"})
    since, until = settings.period(UNTIL)
    assert since == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert until == datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert settings.period(until - timedelta(days=3))[1] == until - timedelta(days=3)
    assert Settings.of(settings.stored) == settings
    assert Settings.of({"days": 30, "size_m": 1000}) == Settings(days=30, size_m=1000)


def test_land_in_two_parts_and_cells_cut_by_the_border_are_analysed() -> None:
    islands = MultiPolygon([box(117.0, 28.6, 117.0203, 28.6202), box(117.05, 28.65, 117.0707, 28.6704)])
    grid = squares(islands, 500)
    empty = np.zeros((len(grid), len(BANDS)))
    data = replace(material(trouble()), outline=islands, grid=grid, exposure=Exposure(empty, empty))
    data = replace(data, schools=np.zeros(len(grid)), pupils=np.zeros(len(grid)))
    for method in METHODS:
        assert len(analyse(data, allowed(method), seed=1).weight) == len(grid)
