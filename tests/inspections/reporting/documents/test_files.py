from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.closing import close
from inspections.casework.issuing import withdraw
from inspections.errors import Conflict, Forbidden, NotFound
from inspections.evidence.store import BlobStore, open_store
from inspections.jobs import Work
from inspections.registry.people import Role
from inspections.reporting.documents import files
from inspections.reporting.documents.filling import says
from inspections.reporting.documents.making import Document, DocumentFormat, DocumentState, remembered
from inspections.reporting.documents.office import Limits, OfficeMissing, OfficeTooSlow, find_office, to_pdf
from tests.casefile import make_recheck
from tests.factories import COUNTY, make_person, make_site
from tests.orders import Case
from tests.word_files import what_is_wrong

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
DOCX, PDF = DocumentFormat.DOCX, DocumentFormat.PDF
needs_office = pytest.mark.skipif(find_office() is None, reason="LibreOffice is not installed")


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return open_store(str(tmp_path))


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


@pytest.fixture
def no_office(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


def done(case: Case, store: BlobStore, document: Document) -> Document:
    case.session.flush()
    files.make(Work(case.session, COUNTY, store), str(document.id))
    case.session.flush()
    return document


def test_an_issued_order_remembers_its_template_and_gives_the_same_bytes(case: Case) -> None:
    order = case.issued()
    template = remembered(case.session, COUNTY, "rectification", order.id)
    assert template is not None
    assert (template.source.value, template.version, len(template.sha256)) == ("built_in", 1, 64)
    words, first = files.word_of(case.session, case.dispatcher, "rectification", order.id)
    assert files.word_of(case.session, case.director, "rectification", order.id)[1] == first
    assert words.name == order.number_text


def test_a_withdrawn_order_says_so(case: Case) -> None:
    order = case.issued()
    withdraw(case.session, case.director, order.id, "名称有误", AT)
    _, file = files.word_of(case.session, case.dispatcher, "rectification", order.id)
    assert "（本文书已撤回，不再有效）" in says(file)


def test_a_draft_has_no_document_and_another_kind_finds_nothing(case: Case) -> None:
    order = case.drafted()
    with pytest.raises(Conflict, match="签发编号以后"):
        files.word_of(case.session, case.dispatcher, "rectification", order.id)
    for kind in ("nothing", "handover", "closure_report", "case_file"):
        with pytest.raises(NotFound):
            files.word_of(case.session, case.dispatcher, kind, order.id)


def test_a_receipt_of_service_keeps_the_words_it_was_made_with(case: Case) -> None:
    order = case.issued()
    with pytest.raises(Conflict, match="请先点“制作”"):
        files.word_of(case.session, case.dispatcher, "service_receipt", order.id)
    with pytest.raises(Forbidden):
        files.freeze(case.session, make_person(case.session, Role.AUDITOR), "service_receipt", order.id, AT)
    files.freeze(case.session, case.dispatcher, "service_receipt", order.id, AT)
    order.addressee = "改过的名称"
    _, file = files.word_of(case.session, case.dispatcher, "service_receipt", order.id)
    assert ("小太阳托管班" in says(file), "改过的名称" in says(file)) == (True, False)
    files.freeze(case.session, case.dispatcher, "service_receipt", order.id, AT)
    assert "改过的名称" in says(files.word_of(case.session, case.dispatcher, "service_receipt", order.id)[1])


def test_a_recheck_and_a_closure_have_their_papers(case: Case) -> None:
    case.served()
    finding = case.findings[0]
    recheck = make_recheck(case.session, finding, case.officers)
    closure = close(case.session, case.dispatcher, finding.id, datetime(2026, 12, 3, tzinfo=UTC), "同意")
    for kind, subject, words in (
        ("recheck_opinion", recheck.id, "上述问题已整改到位"),
        ("closure_report", closure.id, "同意"),
    ):
        files.freeze(case.session, case.dispatcher, kind, subject, AT)
        _, file = files.word_of(case.session, case.dispatcher, kind, subject)
        assert what_is_wrong(file) == []
        assert words in says(file)
        assert "万教整改〔2026〕1号" in says(file)


def test_without_libreoffice_nobody_can_ask_for_a_pdf(case: Case, no_office: None) -> None:
    order = case.issued()
    assert not files.has_office()
    with pytest.raises(Conflict, match="没有安装 LibreOffice"):
        files.ask(case.session, case.dispatcher, "rectification", order.id, PDF, AT)
    with pytest.raises(OfficeMissing):
        to_pdf(b"")


def test_libreoffice_that_went_away_is_told_in_the_document(
    case: Case, store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = case.issued()
    monkeypatch.setattr(files, "has_office", lambda: True)
    document = files.ask(case.session, case.dispatcher, "rectification", order.id, PDF, AT)
    monkeypatch.setenv("PATH", "/nowhere")
    done(case, store, document)
    assert document.state is DocumentState.FAILED
    assert "没有安装 LibreOffice" in str(files.why_failed(document))
    with pytest.raises(NotFound):
        files.open_file(case.session, store, case.dispatcher, document.id)


@needs_office
def test_a_pdf_is_made_once_by_a_job(case: Case, store: BlobStore) -> None:
    order = case.issued()
    document = files.ask(case.session, case.dispatcher, "rectification", order.id, PDF, AT)
    assert files.ask(case.session, case.director, "rectification", order.id, PDF, AT) is document
    done(case, store, document)
    assert (document.state, str(files.why_failed(document))) == (DocumentState.DONE, "None")
    _, file = files.open_file(case.session, store, case.dispatcher, document.id)
    with file:
        assert file.read(5) == b"%PDF-"
    listed = files.documents_of(case.session, case.dispatcher, "rectification", order.id)
    assert [(each.format, each.state) for each in listed] == [
        (PDF, DocumentState.DONE),
        (DOCX, DocumentState.DONE),
    ]


@needs_office
def test_a_conversion_that_takes_too_long_is_killed(case: Case) -> None:
    order = case.issued()
    _, file = files.word_of(case.session, case.dispatcher, "rectification", order.id)
    with pytest.raises(OfficeTooSlow):
        to_pdf(file, Limits(wall_s=0.2))


def test_what_breaks_within_a_job_is_told_and_leaves_no_file(
    case: Case, store: BlobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = case.findings[0]
    document = files.ask(case.session, case.dispatcher, "case_file", finding.id, DOCX, AT)
    broken: Any = {"case_file": lambda *given: 1 / 0}
    monkeypatch.setattr(files, "COMPOSERS", broken)
    done(case, store, document)
    assert (document.state, document.sha256) == (DocumentState.FAILED, None)
    assert "系统出错了，文书没有做成" in str(files.why_failed(document))


def test_who_may_not_see_the_record_sees_no_document(case: Case, session: Session) -> None:
    order = case.issued()
    document = session.scalars(select(Document).where(Document.subject_id == order.id)).one()
    head = make_person(session, Role.INSTITUTION_USER, name="别家", site_id=make_site(session).id)
    for ask in (
        lambda: files.get_document(session, head, document.id),
        lambda: files.documents_of(session, head, "rectification", order.id),
        lambda: files.ask(session, head, "rectification", order.id, DOCX, AT),
    ):
        with pytest.raises(NotFound):
            ask()
