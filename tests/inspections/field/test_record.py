"""Whatever bytes come, they are read, or refused in words."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspections.db import new_id
from inspections.errors import Invalid
from inspections.field.record import Parsed, Record, read_record
from inspections.incoming import Malformed, clean, is_clean, refuse_too_deep
from tests.factories import make_record, photo_entry

GOOD = make_record(new_id(), files=[photo_entry(b"x", item="zd-01")])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes().map(str)
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def paths(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path] * bool(path) + [each for key, child in children for each in paths(child, (*path, key))]


def replaced(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = replaced(tree[path[0]], path[1:], value)
    return copy


def read(content: bytes) -> Record | None:
    try:
        parsed = Parsed(content)
        assert parsed.id
        return read_record(parsed.tree)
    except Malformed:
        return None
    except Invalid as error:
        named = [str(message) for message in error.fields.values()]
    assert all(named)
    assert named
    return None


@given(st.binary() | TREES.map(json.dumps).map(str.encode))
def test_random_bytes_and_random_json_are_refused_in_words(content: bytes) -> None:
    assert read(content) is None


@settings(max_examples=300)
@given(st.sampled_from(paths(GOOD)), TREES)
def test_a_record_with_one_part_replaced_is_read_or_refused(path: tuple[Any, ...], value: Any) -> None:
    read(json.dumps(replaced(GOOD, path, value)).encode())


def test_the_good_record_is_read() -> None:
    assert read(json.dumps(GOOD).encode()) is not None


def test_a_key_of_a_later_version_is_passed_over() -> None:
    assert read(json.dumps(GOOD | {"weather": "雨"}).encode()) is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b'{"id": 1, "id": 2}',
        b'{"id": NaN}',
        b'{"id": -Infinity}',
        b'{"id": 1e999}',
        b'{"id": ' + b"9" * 5000 + b"}",
        b"[" * 1_000_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"a":' * 20 + b"1" + b"}" * 20,
        b'{"id\\u0000": "01890a5d-ac96-774b-bcce-b302099a8057"}',
        b"\xff\xfe{}",
    ],
)
def test_what_is_no_plain_json_object_is_malformed(content: bytes) -> None:
    with pytest.raises(Malformed):
        Parsed(content)


def test_what_a_later_phone_says_of_a_photo_is_kept_in_the_manifest() -> None:
    fix = {"at": "2026-11-21T12:00:00Z", "lon": 117.0, "lat": 28.6, "accuracy_m": 8.0, "source": "qr"}
    clocks = {"wall_at": "2026-11-21T12:00:01Z", "monotonic_ms": 1234.5, "time_origin_ms": 1.7e12}
    offset = {"server_offset_ms": -40, "server_offset_at": "2026-11-21T08:00:00Z"}
    other = str(new_id())
    entry = photo_entry(b"x", fixes=[fix], clocks=clocks | offset, retake_of=other)
    plate = {"site_id": other, "at": "2026-11-21T12:00:00Z", "text": f"https://bureau.example/p/{other}?c=361129"}
    record = read(json.dumps(make_record(new_id(), files=[entry], plate=plate)).encode())
    assert record is not None
    kept = record.files[0].model_dump(mode="json", exclude_none=True)
    assert kept["fixes"][0]["source"] == "qr"
    assert kept["clocks"] == clocks | offset
    assert (kept["retake_of"], str(record.plate.site_id)) == (other, other)


def test_a_spoken_note_is_no_proof_of_an_item() -> None:
    answers = [{"item": "zd-01", "verdict": "not_compliant", "note": "见语音说明"}]
    sound = photo_entry(b"x", item="zd-01", type="audio/webm", purpose="document")
    assert read(json.dumps(make_record(new_id(), answers=answers, files=[sound])).encode()) is None
    both = [sound, photo_entry(b"y", item="zd-01")]
    assert read(json.dumps(make_record(new_id(), answers=answers, files=both)).encode()) is not None


@pytest.mark.parametrize("wrap", [lambda inner: {"a": inner}, lambda inner: [inner]])
@pytest.mark.parametrize("leaf", ["照片", 7, {}, []])
@given(depth=st.integers(0, 16))
def test_what_is_clean_is_found_too_deep_as_what_is_not(wrap: Any, leaf: Any, depth: int) -> None:
    tree: Any = leaf
    for _ in range(depth):
        tree = wrap(tree)
    tree = {"id": tree}

    def refused(look: Callable[[Any], object]) -> bool:
        try:
            look(tree)
        except Malformed:
            return True
        return False

    assert refused(refuse_too_deep) == refused(clean)


@given(st.text())
def test_only_text_that_needs_no_cleaning_is_taken_for_clean(text: str) -> None:
    content = json.dumps({"text": text}, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        taken = is_clean(content)
    except UnicodeDecodeError:
        return
    assert not taken or clean(json.loads(content)) == ({"text": text}, False)
