import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inspections.evidence.photo_check import Accepted, Refusal, check_photo, kind_of
from tests.inspections.evidence.photographs import drawn


def check(content: bytes, **limits: int) -> Accepted | Refusal:
    return check_photo(BytesIO(content), **limits)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("MPO", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("HEIF", "image/heic"),
    ],
)
def test_a_photo_is_accepted_with_its_real_type_and_size(kind: str, media_type: str) -> None:
    assert check(drawn((40, 30), kind)) == Accepted(media_type, 40, 30)


def zipped() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("photo.jpg", drawn())
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "refusal", "says"),
    [
        (b"", Refusal.EMPTY, "空文件"),
        (drawn(kind="TIFF"), Refusal.TIFF, "TIFF"),
        (drawn(kind="GIF"), Refusal.GIF, "GIF"),
        (drawn(kind="BMP"), Refusal.BMP, "BMP"),
        (drawn(kind="AVIF"), Refusal.AVIF, "AVIF"),
        (drawn(kind="PDF"), Refusal.PDF, "PDF"),
        (drawn(kind="EPS"), Refusal.DRAWING, "EPS"),
        (b'<?xml version="1.0"?><svg onload="alert(1)"/>', Refusal.DRAWING, "SVG"),
        (b"\xef\xbb\xbf \n<!doctype html><title>login", Refusal.WEB_PAGE, "网页"),
        (zipped(), Refusal.ARCHIVE, "压缩包"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", Refusal.CUT_RECORDING, "重录"),
        (b"RIFF\x24\0\0\0AVI LIST", Refusal.VIDEO, "视频"),
        (b"#!/bin/sh\nexit", Refusal.NOT_A_PHOTO, "不是照片"),
        (drawn()[:20], Refusal.UNREADABLE, "损坏"),
        (drawn(kind="PNG")[:20], Refusal.UNREADABLE, "损坏"),
        (drawn(kind="HEIF")[:60], Refusal.UNREADABLE, "损坏"),
    ],
)
def test_anything_else_is_refused_by_name_whatever_it_calls_itself(
    content: bytes, refusal: Refusal, says: str
) -> None:
    assert check(content) is refusal
    assert says in str(refusal.label)


def test_every_refusal_says_what_to_do_next() -> None:
    assert [word for word in Refusal if not any(verb in str(word.label) for verb in ("请", "重"))] == []


def test_the_limits_are_kept_to_the_byte_and_the_pixel() -> None:
    photo = drawn((40, 30))
    assert isinstance(check(photo, max_bytes=len(photo), max_pixels=1200), Accepted)
    assert check(photo, max_bytes=len(photo) - 1) is Refusal.TOO_BIG
    assert check(photo, max_pixels=1199) is Refusal.TOO_MANY_PIXELS


@pytest.mark.parametrize("side", [8000, 9999, 20_000, 2**31 - 1])
def test_a_png_bomb_is_refused_by_its_header(side: int) -> None:
    assert check(png_bomb(side)) is Refusal.TOO_MANY_PIXELS


def png_bomb(side: int) -> bytes:
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def test_a_jpeg_and_a_webp_that_claim_to_be_huge_are_refused() -> None:
    jpeg = drawn((40, 30))
    at = jpeg.index(b"\xff\xc0") + 5
    assert check(jpeg[:at] + struct.pack(">HH", 60_000, 60_000) + jpeg[at + 4 :]) is Refusal.TOO_MANY_PIXELS
    lossless = b"\x2f" + struct.pack("<I", 16_382 | 16_382 << 14) + bytes(51)
    body = b"WEBPVP8L" + struct.pack("<I", len(lossless)) + lossless
    assert check(b"RIFF" + struct.pack("<I", len(body)) + body) is Refusal.TOO_MANY_PIXELS


def test_no_pixel_is_decoded() -> None:
    """A photo whose header is whole and whose pixels are missing passes: the worker judges the pixels."""
    photo = drawn((4000, 3000), quality=95)
    assert check(photo[:700]) == Accepted("image/jpeg", 4000, 3000)


BEGINNINGS = [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8X", b"\0\0\0\x18ftypheic"]


@given(st.sampled_from(BEGINNINGS), st.binary(max_size=500))
def test_random_bytes_never_raise_and_are_refused_by_name(beginning: bytes, rest: bytes) -> None:
    verdict = check(beginning + rest)
    assert isinstance(verdict, Refusal | Accepted)
    if not beginning and isinstance(kind_of(rest), Refusal):
        assert isinstance(verdict, Refusal)


PHOTOS = [drawn((64, 48), kind) for kind in ("JPEG", "PNG", "WEBP", "HEIF")]


@given(st.sampled_from(PHOTOS), st.data())
def test_a_photo_with_a_changed_byte_is_accepted_or_refused_by_name(photo: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, min(len(photo), 600) - 1))
    changed = photo[:at] + bytes([data.draw(st.integers(0, 255))]) + photo[at + 1 :]
    assert isinstance(check(changed), Refusal | Accepted)


@pytest.mark.shared
def test_heif_files_with_no_content_behind_their_first_box_are_refused(shared_data: Path) -> None:
    assert check((shared_data / "photos/corrupted.heic").read_bytes()) is Refusal.UNREADABLE
    assert check((shared_data / "photos/empty.heic").read_bytes()) is Refusal.EMPTY


def test_pillow_keeps_its_own_guard_against_bombs() -> None:
    assert Image.MAX_IMAGE_PIXELS == 89_478_485
