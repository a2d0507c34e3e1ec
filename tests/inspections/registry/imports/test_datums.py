import numpy as np
import pytest
import shapely

from geo.coordinates import Datum, from_wgs84, geometry_to_wgs84
from inspections.registry.imports.datums import (
    CANDIDATES,
    Confidence,
    Outlines,
    guess_from_outlines,
    guess_from_points,
)

pytestmark = pytest.mark.shared


def _guess(places, datum, known, stated=True):
    lon, lat = from_wgs84(np.array([p[1] for p in places]), np.array([p[2] for p in places]), datum)
    return guess_from_points(lon, lat, [p[0] if stated else "" for p in places], known)


@pytest.mark.parametrize("datum", CANDIDATES)
def test_a_list_with_townships_tells_its_datum(places, wannian, datum):
    verdict = _guess(places, datum, wannian)
    assert verdict.datum is datum
    assert verdict.confidence is Confidence.HIGH


@pytest.mark.parametrize("datum", CANDIDATES)
def test_the_evidence_is_the_count_under_each_datum(places, wannian, datum):
    verdict = _guess(places, datum, wannian)
    lines = {line.datum: line for line in verdict.evidence}
    assert lines[datum].in_township == lines[datum].with_township == lines[datum].points == len(places)
    assert all(line.in_township < len(places) for other, line in lines.items() if other is not datum)


@pytest.mark.parametrize("datum", CANDIDATES)
@pytest.mark.parametrize("size", [1, 5, 15, 40])
def test_a_short_list_is_never_guessed_wrong(places, wannian, datum, size):
    for start in range(0, 600 - size, 61):
        assert _guess(places[start : start + size], datum, wannian).datum in (datum, None)


def test_few_points_cannot_tell_and_say_so(places, wannian):
    verdict = _guess(places[:5], Datum.GCJ02, wannian)
    assert verdict.datum is None
    assert verdict.confidence is Confidence.NONE
    assert "分不出来" in str(verdict.reason)
    assert len(verdict.evidence) == 3


def test_points_in_the_middle_of_their_township_cannot_tell(wannian):
    centres = [(name, g.representative_point()) for name, g in wannian.townships.items()]
    verdict = _guess([(name, p.x, p.y) for name, p in centres] * 50, Datum.GCJ02, wannian)
    assert verdict.datum in (None, Datum.GCJ02)


def test_without_any_boundary_nobody_can_tell(places):
    verdict = _guess(places, Datum.GCJ02, Outlines(None, {}))
    assert verdict.datum is None
    assert "还没有边界" in str(verdict.reason)


def test_points_of_another_county_cannot_tell(places, wannian):
    verdict = _guess([(name, lon + 3, lat) for name, lon, lat in places], Datum.WGS84, wannian)
    assert verdict.datum is None
    assert "先核对坐标" in str(verdict.reason)


def test_townships_stated_at_random_cannot_tell(places, wannian):
    shuffled = [(places[-i][0], p[1], p[2]) for i, p in enumerate(places)]
    assert _guess(shuffled, Datum.GCJ02, wannian).datum is None


def test_one_in_ten_wrongly_stated_townships_does_not_mislead(places, wannian):
    mixed = [(places[-i][0] if i % 10 == 0 else p[0], p[1], p[2]) for i, p in enumerate(places)]
    assert _guess(mixed, Datum.BD09, wannian).datum is Datum.BD09


def test_short_names_of_townships_are_understood(places, wannian):
    short = [(name.removesuffix("镇").removesuffix("乡"), lon, lat) for name, lon, lat in places]
    verdict = _guess(short, Datum.GCJ02, wannian)
    assert verdict.datum is Datum.GCJ02
    assert verdict.evidence[0].with_township == len(places)


def test_the_real_townships_tell_their_datum_by_the_county_outline(shared_data, wannian):
    from inspections.registry.imports.files import read_path

    path = shared_data / "admin/wannian_361129/townships_gcj02.geojson"
    gcj02 = [(row.values["name"], row.geometry) for row in read_path(path).rows()]
    county_only = Outlines(wannian.county, {})
    assert guess_from_outlines(gcj02, county_only).datum is Datum.GCJ02
    assert guess_from_outlines(list(wannian.townships.items()), county_only).datum is Datum.WGS84


def test_two_townships_alone_cannot_tell_by_the_county_outline(wannian):
    two = list(wannian.townships.items())[:2]
    assert guess_from_outlines(two, Outlines(wannian.county, {})).datum in (None, Datum.WGS84)


@pytest.mark.parametrize("datum", CANDIDATES)
def test_outlines_of_known_townships_tell_by_name(wannian, datum):
    def shifted(points):
        return np.column_stack(from_wgs84(points[:, 0], points[:, 1], datum))

    moved = [(name, shapely.transform(g, shifted)) for name, g in wannian.townships.items()]
    verdict = guess_from_outlines(moved, wannian)
    assert verdict.datum is datum
    assert max(line.overlap for line in verdict.evidence) > 0.999
    assert shapely.equals_exact(
        geometry_to_wgs84(moved[0][1], datum), wannian.townships[moved[0][0]], tolerance=1e-7
    )
