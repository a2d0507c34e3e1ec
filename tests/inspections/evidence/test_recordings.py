from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.evidence.photo_check import MAX_BYTES, Accepted, Refusal, check_photo
from inspections.evidence.recordings import MAX_RECORDING_BYTES, recording_type
from tests.inspections.evidence.films import film, webm


def check(content: bytes, **limits: int) -> Accepted | Refusal:
    return check_photo(BytesIO(content), **limits)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (film(b"vide", b"soun"), "video/mp4"),
        (film(b"vide", first=True), "video/mp4"),
        (film(b"vide", b"soun", b"meta", brand=b"qt  "), "video/quicktime"),
        (film(b"soun", b"vide", brand=b"3gp4"), "video/3gpp"),
        (film(b"soun", brand=b"M4A "), "audio/mp4"),
        (webm(1, 2), "video/webm"),
        (webm(2), "audio/webm"),
        (webm(2, is_open=False), "audio/webm"),
    ],
)
def test_a_film_and_a_spoken_note_are_known_by_their_tracks(content: bytes, media_type: str) -> None:
    assert check(content) == Accepted(media_type)


@pytest.mark.parametrize(
    "content",
    [
        film(b"vide", b"soun")[:-10],
        film(b"vide")[:200],
        film(),
        film(b"text"),
        webm(),
        webm(17),
        webm(1, doc_type=b"matroska"),
        webm(1)[:40],
        b"\x1aE\xdf\xa3",
        b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0\0\0\x08free" * 30_000,
        b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + b"\0\0\0\1moov" + b"\xff" * 8,
    ],
)
def test_a_recording_without_its_tracks_is_refused_with_what_to_do(content: bytes) -> None:
    assert check(content) is Refusal.CUT_RECORDING


def test_a_recording_may_be_larger_than_a_photo_and_has_a_limit_too() -> None:
    assert check(film(b"vide"), max_bytes=100) == Accepted("video/mp4")
    largest = film(b"vide", data=bytes(MAX_RECORDING_BYTES))
    assert check(largest) is Refusal.TOO_BIG
    assert check(b"\xff\xd8\xff" + bytes(MAX_BYTES)) is Refusal.TOO_BIG


@given(st.sampled_from([film(b"vide", b"soun"), webm(1, 2), webm(2, is_open=False)]), st.data())
def test_nothing_that_a_recording_contains_raises(content: bytes, data: st.DataObject) -> None:
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(0, 20))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    recording_type(BytesIO(bytes(changed[: data.draw(st.integers(0, len(changed)))])))
