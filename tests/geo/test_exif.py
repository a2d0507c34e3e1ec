import io
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from geo.coordinates import LonLat
from geo.exif import Exif, read_exif

Base, GPS, IFD = ExifTags.Base, ExifTags.GPS, ExifTags.IFD

WANNIAN = {
    GPS.GPSLatitudeRef: "N",
    GPS.GPSLatitude: (28.0, 41.0, 30.0),
    GPS.GPSLongitudeRef: "E",
    GPS.GPSLongitude: (117.0, 4.0, 12.0),
}
NOON = {GPS.GPSDateStamp: "2026:11:21", GPS.GPSTimeStamp: (4.0, 0.0, 5.0)}
LOCAL_NOON = {Base.DateTimeOriginal: "2026:11:21 12:00:05"}


def photo(main=(), taken=(), gps=(), kind="JPEG"):
    exif = Image.Exif()
    exif.update(dict(main))
    exif.get_ifd(IFD.Exif).update(dict(taken))
    exif.get_ifd(IFD.GPSInfo).update(dict(gps))
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(file, kind, exif=exif)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "MPO", "PNG", "WEBP", "HEIF"])
def test_position_and_time_are_read_from_every_format(kind):
    read = read_exif(photo(main={Base.Make: "HUAWEI"}, taken=LOCAL_NOON, gps=WANNIAN | NOON, kind=kind))
    assert tuple(read.position) == pytest.approx((117.07, 28.691667), abs=1e-6)
    assert read.taken_at == read.gps_at == datetime(2026, 11, 21, 4, 0, 5, tzinfo=UTC)
    assert read.taken_at_text == "2026:11:21 12:00:05"
    assert read.problems == ()


def test_a_photo_without_metadata_has_none_and_no_problem():
    assert read_exif(photo()) == Exif()


def test_a_photo_is_read_from_a_path_as_from_bytes(tmp_path):
    path = tmp_path / "现场.jpg"
    path.write_bytes(photo(gps=WANNIAN))
    assert read_exif(path) == read_exif(path.read_bytes())
    with pytest.raises(FileNotFoundError):
        read_exif(tmp_path / "missing.jpg")


@pytest.mark.parametrize(
    ("gps", "problem"),
    [
        ({GPS.GPSDateStamp: ""}, "position_missing"),
        (
            WANNIAN | {GPS.GPSLatitude: (IFDRational(0, 0),) * 3, GPS.GPSLongitude: (IFDRational(0, 0),) * 3},
            "position_incomplete",
        ),
        (WANNIAN | {GPS.GPSLongitude: (117.0, 4.0, IFDRational(0, 0))}, "position_incomplete"),
        ({tag: value for tag, value in WANNIAN.items() if tag != GPS.GPSLatitudeRef}, "position_incomplete"),
        ({tag: value for tag, value in WANNIAN.items() if tag != GPS.GPSLongitude}, "position_incomplete"),
        (WANNIAN | {GPS.GPSLatitude: (0.0, 0.0, 0.0), GPS.GPSLongitude: (0.0, 0.0, 0.0)}, "position_zero"),
        (WANNIAN | {GPS.GPSLatitude: (117.0, 0.0, 0.0)}, "position_out_of_range"),
        (WANNIAN | {GPS.GPSLatitude: (28.0, 41.0)}, "position_incomplete"),
        (WANNIAN | {GPS.GPSLatitudeRef: "X"}, "position_incomplete"),
    ],
)
def test_a_position_that_is_none_is_none_and_named(gps, problem):
    read = read_exif(photo(gps=gps))
    assert read.position is None
    assert read.problems == (problem,)


def test_southern_and_western_positions_are_negative():
    read = read_exif(photo(gps=WANNIAN | {GPS.GPSLatitudeRef: "S", GPS.GPSLongitudeRef: "W"}))
    assert read.position.lon < 0
    assert read.position.lat < 0


def test_a_local_time_with_its_offset_is_a_moment():
    read = read_exif(photo(taken=LOCAL_NOON | {Base.OffsetTimeOriginal: "+08:00"}))
    assert read.taken_at == datetime(2026, 11, 21, 4, 0, 5, tzinfo=UTC)


def test_a_local_time_without_offset_is_no_moment_but_kept_as_text():
    read = read_exif(photo(taken=LOCAL_NOON))
    assert (read.taken_at, read.taken_at_text) == (None, "2026:11:21 12:00:05")
    assert read.problems == ("time_without_zone",)


def test_gps_time_without_a_position_is_not_the_time_of_the_photo():
    read = read_exif(photo(taken=LOCAL_NOON, gps=NOON))
    assert read.gps_at == datetime(2026, 11, 21, 4, 0, 5, tzinfo=UTC)
    assert read.taken_at is None


def test_gps_time_that_no_time_zone_explains_is_not_believed():
    read = read_exif(photo(taken={Base.DateTimeOriginal: "2026:11:19 12:00:05"}, gps=WANNIAN | NOON))
    assert read.taken_at is None
    assert read.problems == ("time_contradicts_gps",)


@pytest.mark.parametrize(
    "text", ["0000:00:00 00:00:00", "2026:13:01 00:00:00", "    :  :     :  :  ", "昨天", "2026"]
)
def test_an_impossible_time_is_no_moment(text):
    assert (
        read_exif(photo(taken={Base.DateTimeOriginal: text, Base.OffsetTimeOriginal: "+08:00"})).taken_at is None
    )


@pytest.mark.parametrize("offset", ["+25:00", "8", "", "+08:00:00", "Asia/Shanghai"])
def test_an_impossible_offset_is_none(offset):
    assert read_exif(photo(taken=LOCAL_NOON | {Base.OffsetTimeOriginal: offset})).taken_at is None


def test_a_time_at_the_edge_of_the_calendar_does_not_overflow():
    edge = {Base.DateTimeOriginal: "0001:01:01 00:00:00", Base.OffsetTimeOriginal: "+08:00"}
    assert read_exif(photo(taken=edge)).taken_at is None


@pytest.mark.parametrize(
    ("degrees", "bearing"), [(0.0, 0), (359.5, 359.5), (360.0, 0), (361.0, None), (IFDRational(0, 0), None)]
)
def test_a_bearing_is_at_least_0_and_below_360(degrees, bearing):
    assert read_exif(photo(gps=WANNIAN | {GPS.GPSImgDirection: degrees})).bearing_deg == bearing


@pytest.mark.parametrize(("given_value", "orientation"), [(1, 1), (6, 6), (8, 8), (0, 1), (9, 1), (65535, 1)])
def test_an_orientation_is_one_of_eight(given_value, orientation):
    assert read_exif(photo(main={Base.Orientation: given_value})).orientation == orientation


def test_camera_names_are_cleaned_and_cut():
    make, model = "Hua\x07wei\n\x1b[31m \u202egpj.exe", "华为" * 300
    read = read_exif(photo(main={Base.Make: make.encode(), Base.Model: model.encode()}))
    assert read.make == "Huawei [31m gpj.exe"
    assert read.model == "华为" * 50


def test_bytes_that_are_no_text_leave_what_can_be_read():
    assert read_exif(photo(main={Base.Make: b"Ni\xff\xfekon"})).make == "Nikon"
    assert read_exif(photo(main={Base.Make: b"\x00\x00"})).make is None


def test_markup_in_metadata_is_kept_as_the_text_it_is():
    assert (
        read_exif(photo(main={Base.Model: "<script>${alert(1)}</script>"})).model == "<script>${alert(1)}</script>"
    )


def test_no_pixels_are_decoded():
    content = bytearray(photo(main={Base.Make: "HUAWEI"}, kind="PNG"))
    pixels = content.index(b"IDAT") + 4
    content[pixels : pixels + 8] = b"\xff" * 8
    assert read_exif(bytes(content)).make == "HUAWEI"
    bare = bytearray(photo(kind="PNG"))
    bare[bare.index(b"IDAT") + 4] = 0xFF
    assert read_exif(bytes(bare)) == Exif()


def test_only_the_formats_of_phones_are_opened():
    for kind in ("TIFF", "GIF", "BMP", "PDF"):
        file = io.BytesIO()
        Image.new("RGB", (8, 8)).save(file, kind)
        assert read_exif(file.getvalue()).problems == ("unreadable",)


@settings(max_examples=200)
@given(st.data())
def test_a_photo_damaged_anywhere_is_still_read_without_an_error(data):
    whole = bytearray(photo(main={Base.Make: "HUAWEI"}, taken=LOCAL_NOON, gps=WANNIAN | NOON))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    read = read_exif(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    assert read.position is None or math.isfinite(read.position.lon)
    assert read.taken_at is None or read.taken_at.tzinfo is UTC
    assert len(read.make or "") <= 100


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_read_without_an_error(content):
    assert read_exif(content).position is None


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


# What each real file says of itself, tag by tag
REAL = {
    "gps_china_iphone8.heic": {
        "position": (113.394317, 23.177917),
        "taken_at": utc(2018, 2, 5, 7, 11, 43, 70000),
        "bearing_deg": 25.271851,
        "accuracy_m": 65.0,
        "model": "iPhone 8",
    },
    "gps_china_pixel6_truncated_pixels.jpg": {
        "position": (119.738767, 30.627650),
        "taken_at": utc(2024, 5, 7, 1, 33, 4),
        "gps_at": utc(2024, 5, 7, 1, 32, 9),
        "bearing_deg": 99.0,
        "model": "Pixel 6",
    },
    "gps_htc_desire.jpg": {
        "position": (9.110333, 45.500667),
        "taken_at": utc(2011, 5, 6, 7, 59, 48),
        "gps_datum": "WGS-84",
        "make": "HTC",
    },
    "gps_orient6.webp": {
        "position": (-122.040969, 37.392678),
        "taken_at": utc(2018, 8, 27, 19, 20, 20),
        "orientation": 6,
    },
    "gps.png": {
        "position": (14.820294, 50.299603),
        "taken_at": None,
        "taken_at_text": "2003:12:14 12:01:44",
        "problems": ("time_contradicts_gps",),
    },
    "gps_zero_zero.jpg": {"position": None, "taken_at": None, "problems": ("position_zero", "time_without_zone")},
    "gps_ifd_no_fix.jpg": {
        "position": None,
        "taken_at_text": "2011:03:12 15:36:11",
        "problems": ("position_incomplete", "time_without_zone"),
        "model": "NIKON D5000",
    },
    "orient3.jpg": {"orientation": 3, "position": None, "problems": ()},
    "orient6.jpg": {"orientation": 6, "position": None, "problems": ()},
    "orient8.jpg": {"orientation": 8, "position": None, "problems": ()},
    "truncated.jpg": {"position": None, "taken_at": None, "problems": ()},
    "truncated_32_bytes.jpg": {"problems": ("unreadable",)},
    "empty.heic": {"problems": ("unreadable",)},
    "corrupted.heic": {"problems": ("unreadable",)},
    "broken_stream.png": {"position": None, "problems": ()},
}


@pytest.mark.shared
@pytest.mark.parametrize("name", REAL)
def test_each_real_photo_says_what_it_is_named_for(shared_data, name):
    read = read_exif(shared_data / "photos" / name)
    for field, expected in REAL[name].items():
        found = getattr(read, field)
        if field == "position" and expected:
            assert tuple(found) == pytest.approx(expected, abs=1e-6)
        elif isinstance(expected, float):
            assert found == pytest.approx(expected, abs=1e-6)
        else:
            assert found == expected


@pytest.mark.shared
def test_no_real_photo_is_left_out(shared_data):
    assert {path.name for path in (shared_data / "photos").iterdir()} == set(REAL)


@pytest.mark.shared
@pytest.mark.parametrize("name", REAL)
def test_a_real_photo_cut_anywhere_is_read_without_an_error(shared_data, name):
    whole = (shared_data / "photos" / name).read_bytes()
    for size in range(0, min(len(whole), 40_000), 997):
        read = read_exif(whole[:size])
        assert read.position is None or isinstance(read.position, LonLat)
