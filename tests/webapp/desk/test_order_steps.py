import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.legal_reviews import LegalReview, ReviewState
from inspections.casework.orders import Order, OrderState
from inspections.casework.services import Service, services_of
from inspections.evidence.blobs import Blob, BlobState
from inspections.registry.people import Role
from tests.answers import PDF, package
from tests.factories import make_person
from tests.orders import AT, Case
from tests.webapp.desk.test_findings import signed_in

GRAVE = "责令停业整顿，限期清退费用"


@pytest.fixture
def case(session: Session) -> Case:
    case = Case(session, dispatcher="li", director="zhou")
    make_person(session, Role.LEGAL_REVIEWER, name="吴思源", login="wu")
    return case


@pytest.fixture
def li(app: Flask, case: Case, session: Session) -> FlaskClient:
    return signed_in(app, session, "li")


@pytest.fixture(autouse=True)
def _monday(monkeypatch) -> None:
    for module in ("webapp.desk.words", "webapp.desk.orders", "webapp.desk.order_steps"):
        monkeypatch.setattr(f"{module}.now", lambda: AT)


def photo(name: str = "回证.jpg", content: bytes | None = None):
    if content is None:
        made = io.BytesIO()
        Image.new("RGB", (64, 48), (200, 180, 160)).save(made, "JPEG")
        content = made.getvalue()
    return (io.BytesIO(content), name)


def test_a_grave_draft_goes_through_legal_review_before_the_leader_signs(app, li, case, session) -> None:
    order = case.drafted(**{f"measures-{case.findings[0].id}": GRAVE})
    page = li.get(f"/orders/{order.id}").text
    assert "整改要求涉及：" in page
    assert "未经法制审核或者审核未通过的，不得作出决定" in page
    zhou, wu = signed_in(app, session, "zhou"), signed_in(app, session, "wu")
    refused = zhou.post(f"/orders/{order.id}/issue")
    assert (refused.status_code, "缺法制审核" in refused.text) == (409, True)
    assert li.post(f"/orders/{order.id}/review").status_code == 303
    review = session.scalars(select(LegalReview)).one()
    assert zhou.post(f"/reviews/{review.id}/grant").status_code == 403
    wrong = wu.post(f"/reviews/{review.id}/refuse", data={"opinion": " "})
    assert (wrong.status_code, "请写明审核意见" in wrong.text) == (422, True)
    assert "审核通过" in wu.get(f"/orders/{order.id}").text
    assert wu.post(f"/reviews/{review.id}/grant", data={"opinion": "已听证"}).status_code == 303
    session.refresh(review)
    assert review.state is ReviewState.PASSED
    assert zhou.post(f"/orders/{order.id}/issue").status_code == 303
    assert "已听证" in li.get(f"/orders/{order.id}").text


def test_a_photo_of_the_receipt_is_kept_and_shown_to_who_sees_the_order(app, li, case, session) -> None:
    order = case.issued()
    answer = li.post(f"/orders/{order.id}/serve", data=case.service() | {"receipt": photo()})
    assert answer.status_code == 303
    service = session.scalars(select(Service)).one()
    blob = session.get_one(Blob, (case.site.county, service.receipt_sha256))
    assert blob.state is BlobState.STORED
    page = li.get(f"/orders/{order.id}").text
    assert f"/api/v1/files/{service.receipt_sha256}/1600" in page
    with li.get(f"/api/v1/files/{service.receipt_sha256}/original") as original:
        assert len(original.data) == blob.size
    make_person(session, Role.INSTITUTION_USER, login="liu", site_id=None)
    stranger = signed_in(app, session, "liu")
    assert stranger.get(f"/api/v1/files/{service.receipt_sha256}/original").status_code == 404


def test_a_receipt_scanned_to_pdf_is_kept_and_offered_as_a_file(li, case, session) -> None:
    order = case.issued()
    form = case.service() | {"receipt": photo("送达回证.pdf", PDF)}
    assert li.post(f"/orders/{order.id}/serve", data=form).status_code == 303
    sha256 = session.scalars(select(Service.receipt_sha256)).one()
    assert session.get_one(Blob, (case.site.county, sha256)).media_type == "application/pdf"
    for page in (li.get(f"/orders/{order.id}").text, li.get(f"/findings/{case.findings[0].id}").text):
        assert f"/api/v1/files/{sha256}/original" in page
        assert f"/api/v1/files/{sha256}/1600" not in page
        assert "送达回证（PDF）" in page
    with li.get(f"/api/v1/files/{sha256}/original") as original:
        assert original.data == PDF
        assert original.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.jpg", b"", ""),
        ("x.jpg", b"not a photo", ""),
        ("x.pdf", b"%PDF-1.7 and so on", "文件不完整"),
        ("x.docx", package("word"), "另存为 PDF"),
        ("x.zip", package("else"), "压缩包"),
    ],
)
def test_what_is_neither_photo_nor_pdf_is_no_receipt(li, case, session, name, content: bytes, said: str) -> None:
    order = case.issued()
    answer = li.post(f"/orders/{order.id}/serve", data=case.service() | {"receipt": photo(name, content)})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'id="f-receipt-error"' in answer.text
    assert session.get_one(Order, (case.site.county, order.id)).state is OrderState.ISSUED


def test_a_wrong_service_is_corrected_and_both_records_stay_readable(li, case, session) -> None:
    order = case.served()
    wrong = li.post(f"/orders/{order.id}/service", data=case.service(correction=" "))
    assert (wrong.status_code, "请写明更正的原因" in wrong.text) == (422, True)
    form = case.service(received_by="王老师", correction="签收人写错了") | {"receipt": photo()}
    assert li.post(f"/orders/{order.id}/service", data=form).status_code == 303
    assert len(services_of(session, order)) == 2
    page = li.get(f"/orders/{order.id}").text
    assert page.index("王老师") < page.index("更正前的记录") < page.index("刘负责人")
    assert "签收人写错了" in page


def test_the_same_notice_is_not_served_twice(li, case, session) -> None:
    order = case.served()
    again = li.post(f"/orders/{order.id}/serve", data=case.service())
    assert again.status_code == 409
    assert "已于 2026-11-23 送达，没有重复登记" in again.text
    assert len(services_of(session, order)) == 1
