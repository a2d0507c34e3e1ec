import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coordinates import Datum, LonLat, from_wgs84
from geo.fixes import Fence, Fix, Grade, Source, best, fence, flags, grade, last_known, photo_flags
from geo.measurement import ELLIPSOID

NOW = datetime(2026, 11, 21, 11, 30, tzinfo=UTC)
SITE = LonLat(115.35, 31.71)


def fix(age_s=0.0, accuracy_m=10.0, lon=115.35, lat=31.71, **more):
    return Fix(NOW - timedelta(seconds=age_s), lon, lat, accuracy_m, **more)


def given_fix(**changes):
    return {"at": "2026-11-21T19:30:00+08:00", "lon": 115.35, "lat": 31.71, "accuracy_m": 12.5} | changes


def away(metres, bearing=90.0):
    lon, lat, _ = ELLIPSOID.fwd(SITE.lon, SITE.lat, bearing, metres)
    return {"lon": lon, "lat": lat}


def codes(found):
    return [flag.code for flag in found]


def test_a_fix_is_read_with_its_moment_in_utc():
    assert Fix.read(given_fix()) == Fix(NOW, 115.35, 31.71, 12.5)
    assert Fix.read(given_fix(at=NOW.timestamp() * 1000)).at == NOW
    assert Fix.read(given_fix(at="2026-11-21T11:30:00Z")).at == NOW


@pytest.mark.parametrize("accuracy", [None, 0, -5, math.nan, math.inf, "", "far", True, [], {}])
def test_an_accuracy_that_says_nothing_is_unknown_and_the_fix_stays(accuracy):
    read = Fix.read(given_fix(accuracy_m=accuracy))
    assert read.point == SITE
    assert read.accuracy_m is None


@pytest.mark.parametrize(
    "changes",
    [
        {"lon": 0, "lat": 0},
        {"lon": None},
        {"lat": math.nan},
        {"lon": "东经"},
        {"lon": 31.71, "lat": 115.35},
        {"lon": 200},
        {"lat": -91},
        {"at": None},
        {"at": "yesterday"},
        {"at": "2026-11-21T19:30:00"},
        {"at": 1e300},
        {"at": math.nan},
        {"datum": "西安80"},
        {"lon": True},
    ],
)
def test_what_is_no_position_at_a_moment_is_no_fix(changes):
    assert Fix.read(given_fix(**changes)) is None


def test_an_empty_record_is_no_fix():
    assert Fix.read({}) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(Fix.__dataclass_fields__, json_values)))
def test_whatever_a_phone_sends_reading_never_fails(record):
    read = Fix.read(record)
    assert read is None or (read.point and read.at.tzinfo is UTC)


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_fix_in_another_datum_is_kept_in_wgs84_and_says_so(datum):
    lon, lat = from_wgs84(*SITE, datum)
    read = Fix.read(given_fix(lon=float(lon), lat=float(lat), datum=datum.value))
    assert (read.lon, read.lat) == pytest.approx(tuple(SITE), abs=1e-11)
    assert read.datum is datum


def test_an_unheard_of_source_is_kept_as_unknown():
    assert Fix.read(given_fix(source="satellite")).source is Source.UNKNOWN
    assert Fix.read(given_fix(source=["x"])).source is Source.UNKNOWN
    assert Fix.read(given_fix(source="qr")).source is Source.QR


def test_the_best_fix_is_the_most_accurate_of_the_last_30_seconds():
    old, coarse, fine, unknown = fix(31, 3), fix(1, 60), fix(29, 8), fix(0, None)
    assert best([old, coarse, fine, unknown], NOW) is fine


def test_a_fix_of_exactly_30_seconds_is_too_old():
    assert best([fix(30)], NOW) is None


def test_of_equally_accurate_fixes_the_latest_is_best():
    earlier, later = fix(20, 8), fix(2, 8)
    assert best([earlier, later], NOW) is best([later, earlier], NOW) is later


def test_a_fix_of_unknown_accuracy_is_better_than_none():
    unknown = fix(3, None)
    assert best([unknown], NOW) is unknown
    assert best([], NOW) is None


def test_a_fix_from_the_future_is_not_believed():
    assert best([fix(-60, 1)], NOW) is None
    assert best([fix(-2, 1)], NOW) is not None


def test_a_scanned_code_is_never_the_best_device_fix():
    assert best([fix(1, 1, source=Source.QR)], NOW) is None


@given(st.lists(st.tuples(st.floats(0, 100), st.none() | st.floats(0.1, 5000)), max_size=12))
def test_no_fresh_fix_is_more_accurate_than_the_best(pairs):
    series = [fix(age, accuracy) for age, accuracy in pairs]
    chosen = best(series, NOW)
    fresh = [one for one in series if NOW - one.at < timedelta(seconds=30)]
    assert (chosen is None) == (not fresh)
    known = [one.accuracy_m for one in fresh if one.accuracy_m is not None]
    if known:
        assert chosen.accuracy_m == min(known)


def test_in_a_basement_the_last_fix_outdoors_is_known_for_ten_minutes():
    on_the_way, at_the_door = fix(500, 5), fix(300, 12)
    assert best([on_the_way, at_the_door], NOW) is None
    assert last_known([on_the_way, at_the_door], NOW) is at_the_door
    assert last_known([fix(600)], NOW) is None


@pytest.mark.parametrize(
    ("given_fix", "expected"),
    [
        (fix(0, 20), Grade.A),
        (fix(29.9, 5), Grade.A),
        (fix(0, 20.1), Grade.B),
        (fix(0, 65), Grade.B),
        (fix(0, 65.1), Grade.C),
        (fix(0, 1000), Grade.C),
        (fix(30, 5), Grade.C),
        (fix(599, 5), Grade.C),
        (fix(0, None, source=Source.QR), Grade.C),
        (fix(0, None, source=Source.PICKED), Grade.C),
        (fix(601, None, source=Source.QR), Grade.D),
        (fix(0, 5000), Grade.D),
        (fix(0, None), Grade.D),
        (fix(600, 5), Grade.D),
        (fix(-60, 5), Grade.D),
        (fix(0, 5, source=Source.UNKNOWN), Grade.D),
        (None, Grade.D),
    ],
)
def test_a_position_is_graded_by_age_accuracy_and_source(given_fix, expected):
    assert grade(given_fix, NOW) is expected


@given(st.floats(0, 700), st.floats(0.1, 3000), st.floats(0.1, 3000))
def test_a_better_accuracy_never_gives_a_worse_grade(age, one, other):
    better, worse = sorted((one, other))
    assert grade(fix(age, better), NOW) <= grade(fix(age, worse), NOW)


@pytest.mark.parametrize(
    ("distance", "accuracy", "expected"),
    [
        (0, 200, Fence.INSIDE),
        (180, 20, Fence.INSIDE),
        (181, 20, Fence.CANNOT_TELL),
        (220, 20, Fence.CANNOT_TELL),
        (221, 20, Fence.OUTSIDE),
        (10, 5000, Fence.CANNOT_TELL),
        (10, None, Fence.CANNOT_TELL),
        (10, 0, Fence.CANNOT_TELL),
        (10, math.nan, Fence.CANNOT_TELL),
        (99_999, None, Fence.CANNOT_TELL),
        (None, 10, Fence.CANNOT_TELL),
        (math.nan, 10, Fence.CANNOT_TELL),
    ],
)
def test_a_fence_has_three_answers(distance, accuracy, expected):
    assert fence(distance, 200, accuracy) is expected


@given(st.floats(0, 5000), st.floats(1, 1000), st.floats(0.1, 3000), st.floats(0, 1))
def test_inside_and_outside_hold_for_every_place_the_accuracy_allows(distance, radius, accuracy, share):
    answer = fence(distance, radius, accuracy)
    for truth in (distance - accuracy * share, distance + accuracy * share):
        if answer is Fence.INSIDE:
            assert truth <= radius + 1e-9
        if answer is Fence.OUTSIDE:
            assert truth > radius - 1e-9


def test_an_ordinary_record_raises_no_flag():
    series = [fix(9, 30), fix(6, 14.2), fix(3, 9.8), fix(1, 9.1)]
    yesterday = fix(86_400, 8, **away(12))
    assert flags(series[-1], NOW, series=series, earlier=[yesterday], site=SITE, radius_m=200) == []


def test_no_fix_is_the_only_flag_of_a_record_without_one():
    assert codes(flags(None, NOW, series=[fix(700)], site=SITE, radius_m=200)) == ["no_fix"]


def test_an_unknown_accuracy_is_flagged():
    assert codes(flags(fix(1, None), NOW)) == ["unknown_accuracy"]


def test_a_stale_fix_is_flagged_with_its_age():
    (flag,) = flags(fix(45), NOW)
    assert (flag.code, flag.values) == ("stale_fix", {"age_s": 45})


def test_a_fix_later_than_its_record_is_flagged():
    (flag,) = flags(fix(-90), NOW)
    assert (flag.code, flag.values) == ("clock_ahead", {"ahead_s": 90})


def test_the_same_place_to_the_last_digit_on_another_day_is_flagged():
    days = [fix(86_400 * n, 8) for n in (1, 2)]
    (flag,) = flags(fix(0), NOW, earlier=days)
    assert (flag.code, flag.values) == ("identical_place", {"at": days[1].at})


def test_the_same_place_within_one_visit_is_not_flagged():
    assert flags(fix(0), NOW, earlier=[fix(600)]) == []
    assert flags(fix(0), NOW, earlier=[fix(86_400, lat=31.7100002)]) == []


def test_a_picked_site_is_always_the_same_place_and_not_flagged_for_it():
    picked = {"accuracy_m": 1.0, "source": Source.PICKED}
    assert flags(fix(0, **picked), NOW, earlier=[fix(86_400, **picked)]) == []


def test_an_accuracy_that_never_changes_is_flagged():
    series = [fix(3 * n, 65.0) for n in range(5)]
    (flag,) = flags(series[0], NOW, series=series)
    assert (flag.code, flag.values) == ("constant_accuracy", {"accuracy_m": 65.0, "count": 5})


@pytest.mark.parametrize(
    "series",
    [
        [fix(3 * n, 65.0) for n in range(4)],
        [fix(n, 65.0) for n in range(5)],
        [fix(3 * n, 65.0 + 0.001 * n) for n in range(5)],
        [fix(3 * n, None) for n in range(5)],
    ],
)
def test_a_few_equal_accuracies_are_not_flagged(series):
    assert "constant_accuracy" not in codes(flags(fix(0), NOW, series=series))


def test_a_speed_no_car_reaches_is_flagged():
    (flag,) = flags(fix(0), NOW, earlier=[fix(3600, **away(1)), fix(600, 10, **away(40_000))])
    assert flag.code == "too_fast"
    assert flag.values == {"speed_kmh": pytest.approx(240, abs=1), "distance_m": pytest.approx(40_000, abs=1)}


def test_a_drive_on_the_motorway_is_not_flagged():
    assert flags(fix(0), NOW, earlier=[fix(1200, 10, **away(40_000))]) == []


def test_a_jump_that_accuracy_explains_is_not_flagged():
    assert flags(fix(0, 15), NOW, earlier=[fix(10, 3000, **away(2500))]) == []


def test_two_places_in_one_moment_are_flagged():
    assert codes(flags(fix(0), NOW, earlier=[fix(0, **away(5000))])) == ["too_fast"]


def test_gcj02_taken_for_wgs84_leaves_its_fingerprint():
    lon, lat = from_wgs84(*SITE, Datum.GCJ02)
    (flag,) = flags(fix(1, 12, lon=float(lon), lat=float(lat)), NOW, site=SITE, radius_m=200)
    assert flag.code == "gcj02_fingerprint"
    assert flag.values["distance_m"] > 300
    assert flag.values["shifted_m"] == 0


def test_someone_who_is_elsewhere_leaves_no_fingerprint():
    assert flags(fix(1, 12, **away(2000)), NOW, site=SITE, radius_m=200) == []


def test_a_fix_that_was_declared_as_gcj02_leaves_no_fingerprint():
    lon, lat = from_wgs84(*SITE, Datum.GCJ02)
    declared = fix(1, 12, lon=float(lon), lat=float(lat), datum=Datum.GCJ02)
    assert flags(declared, NOW, site=SITE, radius_m=200) == []


def test_a_photo_that_says_nothing_raises_no_flag():
    assert photo_flags(fix(0), photo_at=None, photo_point=None) == []
    assert photo_flags(None, photo_at=NOW, photo_point=SITE) == []


def test_a_photo_from_another_place_and_day_is_flagged():
    found = photo_flags(fix(0), photo_at=NOW - timedelta(hours=1), photo_point=LonLat(**away(700)))
    assert [(flag.code, flag.values) for flag in found] == [
        ("photo_elsewhere", {"distance_m": 700}),
        ("photo_at_another_time", {"apart_s": 3600}),
    ]


def test_a_photo_from_here_and_now_is_not_flagged():
    near = LonLat(**away(450))
    assert photo_flags(fix(0), photo_at=NOW - timedelta(minutes=9), photo_point=near) == []
