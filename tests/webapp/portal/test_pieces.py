"""Files in pieces (tus) through a link, before the report is sent."""

import hashlib
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.invitations import token_of
from inspections.casework.inviting import invite
from inspections.casework.orders import items_of
from inspections.casework.proofs import Proof
from inspections.db import new_id
from inspections.evidence.blobs import Blob
from inspections.evidence.keys import KeyRing
from tests.answers import PDF
from tests.orders import AT, Case

KEYS = KeyRing.of(["test"]).link
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def case(session: Session) -> Case:
    case = Case(session)
    case.order = case.served()  # type: ignore[attr-defined]
    made = invite(session, case.director, case.order.id, KEYS, AT)  # type: ignore[attr-defined]
    case.files = f"/answer/{token_of(KEYS, made)}/files"  # type: ignore[attr-defined]
    case.form = new_id()  # type: ignore[attr-defined]
    session.commit()
    return case


@pytest.fixture(autouse=True)
def _monday(monkeypatch) -> None:
    for module in ("webapp.desk.words", "webapp.portal.doors", "webapp.portal.letters", "webapp.portal.files"):
        monkeypatch.setattr(f"{module}.now", lambda: AT)


def announce(client: FlaskClient, case: Any, content: bytes, name: str = "一.pdf", **more: str) -> Any:
    about = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "name": name,
        "form": str(case.form),
        "item": "",
    } | more
    metadata = ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in about.items())
    headers = TUS | {"Upload-Length": more.pop("size", str(len(content))), "Upload-Metadata": metadata}
    return client.post(case.files, headers=headers)


def piece(client: FlaskClient, place: str, content: bytes, offset: int = 0) -> Any:
    headers = TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return client.patch(place, data=content, headers=headers)


def test_a_file_comes_in_pieces_and_stands_with_its_form(client: FlaskClient, session: Session, case) -> None:
    item = str(items_of(session, case.order)[0].item.id)
    begun = announce(client, case, PDF, "报告 & 收据.pdf", item=item)
    assert (begun.status_code, begun.headers["Upload-Offset"]) == (201, "0"), begun.text
    half = piece(client, begun.location, PDF[:40])
    assert (half.status_code, half.headers["Upload-Offset"], "X-Proof" in half.headers) == (204, "40", False)
    asked = client.head(begun.location, headers=TUS)
    assert (asked.status_code, asked.headers["Upload-Offset"]) == (200, "40")
    assert announce(client, case, PDF, item=item).headers["Upload-Offset"] == "40"
    done = piece(client, begun.location, PDF[40:], 40)
    assert (done.status_code, done.headers["Upload-Offset"]) == (204, str(len(PDF))), done.text
    proof = session.scalars(select(Proof)).one()
    assert (proof.form_id, proof.item, proof.name) == (case.form, item, "报告 & 收据.pdf")
    assert client.delete(done.headers["X-Proof"]).status_code == 204
    assert session.scalars(select(Proof)).all() == []


def test_a_file_that_is_no_proof_is_refused_in_words(client: FlaskClient, session: Session, case) -> None:
    web = b"<!doctype html><script>alert(1)</script>"
    begun = announce(client, case, web, "页.html")
    refused = piece(client, begun.location, web)
    assert (refused.status_code, refused.json["message"]) == (422, "“页.html”是网页，请打印成 PDF 或截图后再传")
    assert session.scalars(select(Proof)).all() == []


@pytest.mark.parametrize(
    ("size", "name", "said"),
    [
        ("200000000", "录像.mp4", "加上它超过一份报告的总量上限 100 MB"),
        ("70000000", "录像.mp4", "视频太长"),
        ("70000000", "厚.pdf", "文档太大"),
        ("70000000", "大.jpg", "照片太大"),
        ("0", "空.jpg", "是空文件"),
    ],
)
def test_what_is_too_much_is_refused_before_it_comes(client, case, size: str, name: str, said: str) -> None:
    answer = announce(client, case, PDF, name, size=size)
    assert (answer.status_code, said in answer.json["message"]) == (422, True), answer.text


def test_a_link_does_not_tell_what_the_county_holds(client, session: Session, case, tmp_path: Path) -> None:
    """Naming the hash of a file that somebody else sent gets nothing: the bytes have to come."""
    digest = hashlib.sha256(PDF).hexdigest()
    session.add(Blob(county=case.order.county, sha256=digest, size=len(PDF), media_type="application/pdf",
                     state="stored", received_at=AT))  # fmt: skip
    session.commit()
    assert announce(client, case, PDF).headers["Upload-Offset"] == "0"
    assert session.scalars(select(Proof)).all() == []


def test_few_files_are_under_way_at_once(client: FlaskClient, case) -> None:
    codes = [announce(client, case, PDF + str(n).encode()).status_code for n in range(14)]
    assert codes == [201] * 12 + [429] * 2


def test_an_upload_of_one_link_is_not_anothers(client: FlaskClient, session: Session, case) -> None:
    begun = announce(client, case, PDF)
    other = Case(session)
    order = other.served()
    made = invite(session, other.director, order.id, KEYS, AT)
    session.commit()
    foreign = begun.location.replace(case.files, f"/answer/{token_of(KEYS, made)}/files")
    assert foreign != begun.location
    assert piece(client, foreign, PDF).status_code == 404
    assert client.head(foreign, headers=TUS).status_code == 404


@pytest.mark.parametrize("form", ["", "x", "00000000-0000-0000-0000-00000000000g"])
def test_a_form_without_an_id_gets_no_files(client: FlaskClient, case, form: str) -> None:
    assert announce(client, case, PDF, form=form).status_code == 422


def test_a_head_sends_in_pieces_too(app: Flask, client: FlaskClient, session: Session, case, sign_in) -> None:
    from inspections.registry.people import Role
    from tests.factories import make_person

    make_person(session, Role.SCHOOL_USER, login="liu", site_id=case.site.id)
    liu = sign_in("liu")
    case.files = f"/answer/orders/{case.order.id}/files"
    begun = announce(liu, case, PDF)
    assert piece(liu, begun.location, PDF).status_code == 204
    assert session.scalars(select(Proof)).one().person_id is not None
