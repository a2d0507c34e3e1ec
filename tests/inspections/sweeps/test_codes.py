"""The lock of a packet: what opens it, what doesn't, what a guess costs; and that browsers read it as we do."""

import json
import os
import re
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.evidence.keys import b64, unb64
from inspections.sweeps import codes
from inspections.sweeps.codes import (
    HEAD,
    DoesNotOpen,
    Lock,
    make_envelope,
    new_lock,
    open_with_code,
    open_with_key,
)
from tests.conftest import ROOT

# One bit of an envelope at a time
HEADS = dict.fromkeys(HEAD, "x") | {"format": codes.FORMAT, "revision": 3}
CONTENT = json.dumps({"stops": [{"site": {"name": "星光托管"}}]}).encode().ljust(1000)


@pytest.fixture(scope="module")
def locked() -> tuple[dict[str, Any], bytes, Lock]:
    key, lock = os.urandom(32), new_lock()
    return make_envelope(HEADS, CONTENT, key, lock), key, lock


def test_key_and_code_both_open_it(locked: tuple[dict[str, Any], bytes, Lock]) -> None:
    envelope, key, lock = locked
    assert open_with_key(envelope, key) == open_with_code(envelope, codes.spoken(lock.code)) == json.loads(CONTENT)


@given(data=st.data())
def test_one_changed_bit_anywhere_and_it_does_not_open(
    locked: tuple[dict[str, Any], bytes, Lock], data: st.DataObject
) -> None:
    envelope, key, _lock = locked
    name = data.draw(st.sampled_from(("iv", "sealed")))
    raw = bytearray(unb64(envelope[name]))
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DoesNotOpen):
        open_with_key(envelope | {name: b64(bytes(raw))}, key)


@pytest.mark.parametrize("name", HEAD)
def test_it_does_not_open_as_a_packet_of_anything_else(
    locked: tuple[dict[str, Any], bytes, Lock], name: str
) -> None:
    envelope, key, lock = locked
    other = envelope | {name: "other"}
    with pytest.raises(DoesNotOpen):
        open_with_key(other, key)
    with pytest.raises(DoesNotOpen):
        open_with_code(other, lock.code)


@given(code=st.from_regex(r"[0-9]{12}", fullmatch=True))
def test_another_code_does_not_open_it(locked: tuple[dict[str, Any], bytes, Lock], code: str) -> None:
    envelope, _key, lock = locked
    if code != lock.code:
        with pytest.raises(DoesNotOpen):
            open_with_code(envelope, code)


def test_an_envelope_with_parts_missing_is_refused_in_words(locked: tuple[dict[str, Any], bytes, Lock]) -> None:
    envelope, key, lock = locked
    for name in ("iv", "sealed", "format"):
        with pytest.raises(DoesNotOpen):
            open_with_key({each: value for each, value in envelope.items() if each != name}, key)
    with pytest.raises(DoesNotOpen):
        open_with_code({each: value for each, value in envelope.items() if each != "code"}, lock.code)


def test_a_guess_costs_what_the_decision_says() -> None:
    words = (ROOT / "inspections/sweeps/codes.py").read_text()
    assert re.search(r"^ITERATIONS = 600_000$", words, re.MULTILINE)


def test_codes_are_twelve_digits_and_never_twice_the_same() -> None:
    made = {new_lock().code for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"\d{12}", code) for code in made)


def test_node_opens_what_python_locked_by_key_and_by_code(locked: tuple[dict[str, Any], bytes, Lock]) -> None:
    envelope, key, lock = locked
    script = """
        import { openPacket } from "./static/field/models/packet.js";
        const { envelope, key, code } = JSON.parse(process.argv[1]);
        const found = [await openPacket(envelope, { key }), await openPacket(envelope, { code })];
        console.log(JSON.stringify(found));
    """
    given = json.dumps({"envelope": envelope, "key": b64(key), "code": codes.spoken(lock.code)})
    said = subprocess.run(
        ["node", "--input-type=module", "-e", script, given], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(said.stdout) == [json.loads(CONTENT)] * 2
