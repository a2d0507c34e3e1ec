import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from inspections.evidence.keys import KeyRing, verifies
from inspections.field.receipts import verify_receipt
from inspections.registry.people import Role
from tests.factories import as_sent, make_person, make_record, make_site, photo_entry

RING = KeyRing.of(["test"])


@pytest.fixture
def receipt(sign_in, session: Session) -> Any:
    make_person(session, Role.INSPECTOR, login="zhang")
    content, sha256 = as_sent(make_record(make_site(session).id, files=[photo_entry(b"x"), photo_entry(b"")]))
    headers = {"X-Record-Sha256": sha256}
    answer = sign_in("zhang").post(
        "/api/v1/checks", data=content, content_type="application/json", headers=headers
    )
    return answer.json


def test_a_receipt_is_signed_as_the_contract_says(receipt: dict[str, Any], client: FlaskClient) -> None:
    part = {
        "county": "361129",
        "check": receipt["check"],
        "state": receipt["state"],
        "record_sha256": receipt["record_sha256"],
        "received": sorted(receipt["received"]),
        "missing": sorted(receipt["missing"]),
        "refused": sorted(each["sha256"] for each in receipt["refused"]),
        "damaged": [],
        "completed_at": receipt["completed_at"],
    }
    assert part["refused"]
    assert part["missing"]
    written = json.dumps(part, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    published = {each["key_id"]: each["jwk"] for each in client.get("/api/v1/keys").json["receipt"]}
    assert verifies(published[receipt["signature"]["key_id"]], written, receipt["signature"]["value"])


def test_the_same_receipt_is_the_same_bytes(receipt: dict[str, Any], client: FlaskClient) -> None:
    path = f"/api/v1/checks/{receipt['check']}/receipt"
    assert client.get(path).data == client.get(path).data
    assert client.get(path).json["signature"] == receipt["signature"]


@pytest.mark.parametrize(
    "change",
    [
        {"state": "received"},
        {"missing": []},
        {"completed_at": "2026-11-20T00:00:00Z"},
        {"county": "421303"},
        {"signature": None},
        {"refused": None},
    ],
)
def test_a_receipt_that_was_changed_is_found_out(receipt: dict[str, Any], change: dict[str, Any]) -> None:
    assert verify_receipt(RING, receipt)
    assert not verify_receipt(RING, receipt | change)


def test_the_bundle_brings_the_keys(receipt: dict[str, Any], client: FlaskClient) -> None:
    assert client.get("/api/v1/field/bundle").json["keys"] == RING.public()


def test_anyone_may_read_the_public_keys(client: FlaskClient) -> None:
    answer = client.get("/api/v1/keys")
    assert answer.status_code == 200
    assert "private" not in answer.headers["Cache-Control"]
    assert '"d"' not in answer.text


def test_a_receipt_can_be_verified_on_the_command_line(
    receipt: dict[str, Any], app: Flask, tmp_path: Path
) -> None:
    file = tmp_path / "receipt.json"
    runner = app.test_cli_runner()
    command = ["mingcha", "verify-receipt", str(file)]
    for content, code in ((receipt, 0), (receipt | {"missing": []}, 1), ([], 1)):
        file.write_text(json.dumps(content), "utf-8")
        assert runner.invoke(args=command).exit_code == code
