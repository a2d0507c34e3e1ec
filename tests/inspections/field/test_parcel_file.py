"""The vector beside this file is read by the tests of the phone as well: both sides hold to the same bytes.

`python -m tests.inspections.field.test_parcel_file` writes it anew, which only a new format should need.
"""

import base64
import hashlib
import io
import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from inspections.evidence.keys import COORDINATE_BYTES, Key, KeyRing, b64, canonical
from inspections.field.parcel_file import BrokenFrame, Frame, NotAParcel, ParcelFile
from inspections.field.receipts import verify_receipt

VECTOR = Path(__file__).with_name("parcel_vector.json")
SECRET = "vector secret, used nowhere"
PERSON = UUID("01934000-0000-7000-8000-000000000001")
RECORD = '{"id":"01934000-0000-7000-8000-000000000002","summary":"正常 \U00020bb7 & <b>"}'.encode()
SITE = '{"id":"01934000-0000-7000-8000-000000000003","name":"小太阳"}'.encode()
PHOTO = bytes(range(256))


def private_jwk(key: Key) -> dict[str, str]:
    return key.jwk | {"d": b64(key.private.private_numbers().private_value.to_bytes(COORDINATE_BYTES, "big"))}


def make_vector() -> dict[str, Any]:
    from tests.parcels import Writer, taken_apart

    server = KeyRing.of([SECRET])
    device, ephemeral = KeyRing.of(["vector device"]).receipt[0], KeyRing.of(["vector ephemeral"]).receipt[0]
    writer = Writer(PERSON, server.parcel[0], device, "vector-phone", ephemeral=ephemeral, salt=bytes(range(16)))
    writer.new_iv = lambda index: bytes([index]) * 12
    records = [("site", json.loads(SITE)["id"], SITE), ("check", json.loads(RECORD)["id"], RECORD)]
    parcel = writer.write(records, [("image/jpeg", PHOTO)])
    header, _ = taken_apart(parcel)
    receipt: dict[str, Any] = {
        "county": "361129",
        "check": json.loads(RECORD)["id"],
        "state": "received",
        "record_sha256": hashlib.sha256(RECORD).hexdigest(),
        "received": [hashlib.sha256(PHOTO).hexdigest(), hashlib.sha256(b"b").hexdigest()],
        "missing": [],
        "refused": [{"sha256": hashlib.sha256(b"c").hexdigest(), "message": "照片不能使用，请重拍"}],
        "damaged": [],
        "received_at": "2026-11-20T12:40:00Z",
        "completed_at": "2026-11-20T12:41:00.123456Z",
    }
    signed = {name: receipt[name] for name in ("county", "check", "state", "record_sha256", "completed_at")}
    signed |= {name: sorted(receipt[name]) for name in ("received", "missing", "damaged")}
    signed["refused"] = sorted(each["sha256"] for each in receipt["refused"])
    receipt["signature"] = server.sign(canonical(signed))
    return {
        "about": "Made for tests: these keys guard nothing. base64url without padding, but for `parcel`: base64.",
        "keys": server.public(),
        "server_parcel_key": private_jwk(server.parcel[0]),
        "device_signing_key": private_jwk(device),
        "ephemeral_key": private_jwk(ephemeral),
        "ivs": [b64(writer.new_iv(index)) for index in range(3)],
        "records": [{"kind": kind, "id": each, "bytes": b64(content)} for kind, each, content in records],
        "files": [{"media_type": "image/jpeg", "bytes": b64(PHOTO)}],
        "canonical_header": canonical({k: v for k, v in header.items() if k != "signature"}).decode(),
        "parcel": base64.b64encode(parcel).decode(),
        "receipt": receipt,
        "canonical_receipt": canonical(signed).decode(),
    }


@pytest.fixture(scope="module")
def vector() -> dict[str, Any]:
    return json.loads(VECTOR.read_text("utf-8"))


def test_the_vector_is_what_is_written_today(vector: dict[str, Any]) -> None:
    assert vector == make_vector()


def test_the_vector_can_be_opened_and_was_signed_by_the_device(vector: dict[str, Any]) -> None:
    parcel = ParcelFile(io.BytesIO(base64.b64decode(vector["parcel"])))
    assert parcel.is_signed_by(vector["device_signing_key"])
    assert not parcel.is_signed_by(vector["keys"]["receipt"][0]["jwk"])
    key = KeyRing.of(["new", SECRET]).opens(parcel.header.key_id)
    assert key is not None
    frames = [frame for frame in parcel.frames(key, 1000) if isinstance(frame, Frame)]
    assert [frame.content for frame in frames] == [SITE, RECORD, PHOTO]
    assert [frame.header.type for frame in frames] == ["record", "record", "file"]
    assert verify_receipt(KeyRing.of([SECRET]), vector["receipt"])


def test_a_frame_above_the_limit_is_not_opened(vector: dict[str, Any]) -> None:
    content = base64.b64decode(vector["parcel"])
    parcel = ParcelFile(io.BytesIO(content))
    key = KeyRing.of([SECRET]).parcel[0]
    object.__setattr__(parcel.header.frames[2], "size", 20_000)
    assert [type(frame) for frame in parcel.frames(key, 300)] == [Frame, Frame, BrokenFrame]


def test_any_single_changed_byte_is_noticed(vector: dict[str, Any]) -> None:
    """By the outside, the signature, or the frame: never taken for what was written."""
    content = base64.b64decode(vector["parcel"])
    key = KeyRing.of([SECRET]).parcel[0]
    for place in range(0, len(content), 17):
        changed = content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]
        try:
            parcel = ParcelFile(io.BytesIO(changed))
            is_signed = parcel.is_signed_by(vector["device_signing_key"])
            frames = list(parcel.frames(key, 1000))
        except NotAParcel:
            continue
        assert not is_signed or any(isinstance(frame, BrokenFrame) for frame in frames), place


if __name__ == "__main__":
    VECTOR.write_text(json.dumps(make_vector(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    sys.exit()
