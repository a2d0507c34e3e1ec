import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.errors import Invalid
from inspections.evidence.keys import KeyRing, b64, canonical, read_jwk, thumbprint, unb64, verifies

RING = KeyRing.of(["one", "zero"])


def test_the_same_secret_gives_the_same_keys_in_every_process_and_another_gives_others() -> None:
    # fixed: a change of the derivation would make every receipt that phones hold unverifiable
    assert KeyRing.of(["one"]).receipt[0].key_id == "IPrUOBHn5Y_yAamiLSlF3oeCWFvBMeBXOSs-cUdQKHI"
    assert KeyRing.of(["one"]).parcel[0].key_id == "xuQ3B78GeYFtOZ2Ji7hkTM-eLyeFxJ67eEzsGWLRN-c"
    assert len({key.key_id for key in (*RING.receipt, *RING.parcel)}) == 4


@given(st.binary(max_size=200))
def test_a_signature_is_found_good_by_the_public_key_alone_and_is_the_same_each_time(content: bytes) -> None:
    signature = RING.sign(content)
    jwk = RING.receipt[0].jwk
    assert len(unb64(signature["value"])) == 64
    assert verifies(jwk, content, signature["value"])
    assert not verifies(jwk, content + b".", signature["value"])
    assert signature == RING.sign(content)


def test_what_an_earlier_secret_signed_is_still_ours_and_a_strangers_is_not() -> None:
    earlier = KeyRing.of(["zero"]).sign(b"x")
    assert RING.verifies(b"x", earlier)
    assert RING.opens(KeyRing.of(["zero"]).parcel[0].key_id)
    stranger = KeyRing.of(["other"]).sign(b"x")
    assert not RING.verifies(b"x", stranger)
    assert not RING.verifies(b"x", stranger | {"key_id": earlier["key_id"]})


def test_without_a_secret_nothing_is_signed() -> None:
    ring = KeyRing.of([""])
    assert ring.sign(b"x") is None
    assert ring.public() == {"receipt": [], "parcel": None}


def test_phones_are_told_public_halves_alone() -> None:
    told = RING.public()
    assert [set(each["jwk"]) for each in [*told["receipt"], told["parcel"]]] == [{"crv", "kty", "x", "y"}] * 3
    assert [each["key_id"] for each in told["receipt"]] == [thumbprint(each["jwk"]) for each in told["receipt"]]


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        {},
        {"kty": "RSA", "crv": "P-256", "x": "", "y": ""},
        {"kty": "EC", "crv": "P-256", "x": b64(b"\1" * 32), "y": b64(b"\2" * 32)},
        {"kty": "EC", "crv": "P-256", "x": "好", "y": 7},
    ],
)
def test_what_is_no_key_on_the_curve_is_refused(jwk: object) -> None:
    with pytest.raises(Invalid):
        read_jwk(jwk)
    assert not verifies(jwk, b"", "")


def test_canonical_json_is_what_a_browser_writes_for_sorted_keys() -> None:
    value = {"b": [1, None], "a": "县 \u2028\u007f<", "é": True}
    assert canonical(value).decode() == '{"a":"县 \u2028\u007f<","b":[1,null],"é":true}'
    assert json.loads(canonical(value)) == value
