"""Documents and templates at the desk: who makes what, what the page says, and what a file is called."""

import io
from urllib.parse import unquote

import docx
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from inspections.evidence.store import BlobStore
from inspections.jobs import Work
from inspections.registry.people import Role
from inspections.reporting.documents import adopting, files
from inspections.reporting.documents.builtin import built_in
from inspections.reporting.documents.filling import says
from inspections.reporting.documents.making import Document
from inspections.reporting.documents.templates import DocumentTemplate
from tests.casefile import HOSTILE
from tests.factories import COUNTY, make_person
from tests.orders import Case
from webapp.downloads import safe_name


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session, dispatcher="li", director="zhou")


@pytest.fixture
def work(app, session: Session) -> Work:
    store: BlobStore = app.extensions["store"]
    return Work(session, COUNTY, store)


@pytest.fixture
def no_office(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


def template(text: str) -> tuple[io.BytesIO, str]:
    document = docx.Document(io.BytesIO(built_in("letter")))
    document.add_paragraph(text)
    file = io.BytesIO()
    document.save(file)
    return io.BytesIO(file.getvalue()), "本县.docx"


def test_a_template_is_uploaded_read_about_and_put_into_use_by_the_director(
    case: Case, session: Session, sign_in, work: Work, no_office: None
) -> None:
    li: FlaskClient = sign_in("li")
    assert "系统自带" in li.get("/templates").text
    assert "{{ item.problem }}" in li.get("/templates/rectification").text
    bad = li.post("/templates/rectification", data={"file": template(f"{{{{ 7*7 }}}}{HOSTILE[1]}")})
    assert bad.status_code == 303
    page = li.get("/templates/rectification").text
    assert "没有通过检查" in page
    assert "正文第 27 段" in page
    assert "不能使用“计算”" in page
    assert HOSTILE[1] not in page
    li.post("/templates/rectification", data={"file": template("本县专用")})
    good = session.query(DocumentTemplate).filter_by(version=2).one()
    assert "正在试制" in li.get("/templates/rectification").text
    adopting.try_out(work, str(good.id))
    session.flush()
    assert "启用这一版" not in li.get("/templates/rectification").text
    assert li.post(f"/templates/versions/{good.id}/activate").status_code == 403
    assert "本县专用" in says(li.get(f"/templates/versions/{good.id}/sample").data)
    zhou: FlaskClient = sign_in("zhou")
    assert zhou.post(f"/templates/versions/{good.id}/activate").status_code == 303
    assert "正在使用本县第 2 版" in zhou.get("/templates/rectification").text
    assert zhou.post("/templates/rectification/built-in").status_code == 303
    assert "正在使用系统自带的模板" in zhou.get("/templates/rectification").text


def test_what_is_no_template_is_said_at_the_field(case: Case, sign_in) -> None:
    li: FlaskClient = sign_in("li")
    empty = li.post("/templates/rectification", data={})
    assert (empty.status_code, "请先选择文件" in empty.text) == (422, True)
    same = li.post("/templates/rectification", data={"file": (io.BytesIO(built_in("letter")), "a.docx")})
    assert (same.status_code, "就是系统自带的模板" in same.text) == (422, True)
    announced = {"CONTENT_LENGTH": "7000000"}
    large = li.post("/templates/rectification", data=b"x", environ_overrides=announced)
    assert (large.status_code, "超过 5 MB" in large.text) == (413, True)
    assert li.get("/templates/nothing").status_code == 404
    assert docx.Document(io.BytesIO(li.get("/templates/rectification/built-in").data)).paragraphs


def test_a_record_has_a_page_of_its_documents(case: Case, session: Session, sign_in, no_office: None) -> None:
    order = case.issued()
    li: FlaskClient = sign_in("li")
    page = li.get(f"/documents/rectification/{order.id}").text
    assert "没有安装 LibreOffice" in page
    assert "生成 PDF</span>" not in page
    assert "系统自带第 1 版" in page
    answer = li.post(f"/documents/rectification/{order.id}", data={"format": "pdf"})
    assert (answer.status_code, "没有安装 LibreOffice" in answer.text) == (409, True)
    word = li.get(f"/documents/rectification/{order.id}/word", follow_redirects=True)
    assert unquote(word.headers["Content-Disposition"]).endswith("''万教整改〔2026〕1号.docx")
    receipt = f"/documents/service_receipt/{order.id}"
    assert li.get(f"{receipt}/word").status_code == 409
    assert li.post(receipt, data={"format": "docx"}).status_code == 303
    assert "小太阳托管班" in says(li.get(f"{receipt}/word").data)
    assert li.post(receipt, data={"format": "exe"}).status_code == 422


def test_a_case_file_is_made_by_a_job_that_tells_how_far_it_is(
    case: Case, session: Session, sign_in, work: Work
) -> None:
    case.served()
    finding = case.findings[0]
    li: FlaskClient = sign_in("li")
    assert f"/documents/case_file/{finding.id}" in li.get(f"/sites/{case.site.id}").text
    page = f"/documents/case_file/{finding.id}"
    assert "送达回证" in li.get(page).text
    assert li.post(page, data={"format": "docx"}).status_code == 303
    document = session.query(Document).filter_by(subject_id=finding.id).one()
    document.progress = {"step": ["正在准备照片", {}], "done": 3, "of": 30}
    session.flush()
    waiting = li.get(f"{page}/rows").text
    assert "正在准备照片" in waiting
    assert "3 / 30" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    assert li.get(f"/documents/{document.id}/file").status_code == 404
    files.make(work, str(document.id))
    session.flush()
    assert 'hx-trigger="every 1s"' not in li.get(f"{page}/rows").text
    file = li.get(f"/documents/{document.id}/file")
    assert unquote(file.headers["Content-Disposition"]).partition("''")[2].startswith("案卷-")
    assert "卷内目录" in says(file.data)


def test_an_auditor_reads_and_freezes_nothing(case: Case, session: Session, sign_in) -> None:
    order = case.issued()
    make_person(session, Role.AUDITOR, login="sun")
    sun: FlaskClient = sign_in("sun")
    assert sun.get(f"/documents/rectification/{order.id}/word", follow_redirects=True).status_code == 200
    assert sun.post(f"/documents/service_receipt/{order.id}", data={"format": "docx"}).status_code == 403
    assert sun.post("/templates/rectification", data={"file": template("x")}).status_code == 403


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie_ x"),
        ("=cmd|calc", "cmd_calc"),
        ("\u202excod.exe", "xcod.exe"),
        ("CON", "_CON"),
        ("com1.txt", "_com1.txt"),
        ("", "document"),
        ("...", "document"),
        ("长" * 300, "长" * 80),
        ("案卷-𰻝𰻝面馆", "案卷-𰻝𰻝面馆"),
    ],
)
def test_a_file_is_called_by_a_name_that_every_system_takes(typed: str, name: str) -> None:
    assert safe_name(typed) == name
