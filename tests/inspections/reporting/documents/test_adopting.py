import io
from datetime import UTC, datetime
from pathlib import Path

import docx
import pytest
from sqlalchemy.orm import Session

from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.evidence.store import BlobStore, open_store
from inspections.jobs import Work
from inspections.registry.people import Role
from inspections.reporting.documents import adopting, files
from inspections.reporting.documents.builtin import built_in
from inspections.reporting.documents.filling import says
from inspections.reporting.documents.templates import DocumentTemplate, TemplateState, versions_of
from tests.factories import COUNTY, make_person
from tests.orders import Case

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return open_store(str(tmp_path))


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def own(words: str = "本县专用") -> bytes:
    """The built-in template with a line of the county's own at its end."""
    document = docx.Document(io.BytesIO(built_in("letter")))
    document.add_paragraph(words)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


@pytest.fixture
def no_office(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


def brought(case: Case, store: BlobStore, words: str = "本县专用") -> DocumentTemplate:
    template = adopting.bring(case.session, case.dispatcher, "rectification", "本县.docx", own(words))
    assert template.state is TemplateState.TRYING
    adopting.try_out(Work(case.session, COUNTY, store), str(template.id))
    return template


def test_papers_issued_after_its_activation_have_the_countys_template_and_earlier_ones_keep_theirs(
    case: Case, store: BlobStore, no_office: None
) -> None:
    early = case.issued()
    template = brought(case, store)
    assert template.state is TemplateState.READY
    with pytest.raises(Forbidden):
        adopting.activate(case.session, case.dispatcher, template.id, AT)
    adopting.activate(case.session, case.director, template.id, AT)
    case.findings = [case.find("第三个问题")]
    late = case.issued()
    adopting.go_back(case.session, case.director, "rectification")
    case.findings = [case.find("第四个问题")]
    last = case.issued()
    shown = [
        "本县专用" in says(files.word_of(case.session, case.dispatcher, "rectification", order.id)[1])
        for order in (early, late, last)
    ]
    assert shown == [False, True, False]
    with pytest.raises(Conflict, match="就是系统自带"):
        adopting.go_back(case.session, case.director, "rectification")


def test_one_version_is_in_use_at_a_time(case: Case, store: BlobStore, no_office: None) -> None:
    first, second = (brought(case, store, words) for words in ("甲", "乙"))
    for template in (first, second, first):
        adopting.activate(case.session, case.director, template.id, AT)
    assert [each.is_active for each in versions_of(case.session, case.director, "rectification")] == [False, True]
    shelved = next(each for each in adopting.shelf(case.session, case.director) if each.versions)
    assert (shelved.kind.code, shelved.active, shelved.versions) == ("rectification", first, 2)


def test_a_refused_template_is_kept_with_its_report_and_never_used(case: Case) -> None:
    template = adopting.bring(case.session, case.dispatcher, "rectification", "坏.docx", own("{{ 7*7 }}"))
    assert template.state is TemplateState.REFUSED
    (fault,) = adopting.faults_of(template)
    assert (str(fault.part), fault.words) == ("正文", "{{ 7*7 }}")
    with pytest.raises(Conflict, match="检查未通过"):
        adopting.activate(case.session, case.director, template.id, AT)
    with pytest.raises(Conflict, match="检查未通过"):
        adopting.sample_file(case.session, case.director, template.id)


def test_the_same_file_twice_and_the_built_in_one_are_said_to_be_known(case: Case) -> None:
    adopting.bring(case.session, case.dispatcher, "rectification", "a.docx", own())
    with pytest.raises(Invalid, match="已经上传过，是第 1 版"):
        adopting.bring(case.session, case.dispatcher, "rectification", "b.docx", own())
    with pytest.raises(Invalid, match="就是系统自带的模板"):
        adopting.bring(case.session, case.dispatcher, "rectification", "c.docx", built_in("letter"))
    with pytest.raises(Invalid, match="请先选择文件"):
        adopting.bring(case.session, case.dispatcher, "rectification", "d.docx", b"")


def test_who_may_not_bring_or_see_is_told_so(case: Case) -> None:
    with pytest.raises(Forbidden):
        adopting.bring(case.session, case.officers[0], "rectification", "a.docx", own())
    with pytest.raises(Forbidden):
        adopting.shelf(case.session, case.officers[0])
    auditor = make_person(case.session, Role.AUDITOR, name="孙平")
    assert adopting.built_in_file(auditor, "rectification") == built_in("letter")
    with pytest.raises(Forbidden):
        adopting.bring(case.session, auditor, "rectification", "a.docx", own())
    with pytest.raises(NotFound):
        adopting.bring(case.session, case.dispatcher, "nothing", "a.docx", own())


def test_a_sample_shows_the_template_with_invented_data(case: Case, store: BlobStore, no_office: None) -> None:
    template = brought(case, store)
    said = says(adopting.sample_file(case.session, case.dispatcher, template.id))
    assert "示例县教育体育局" in said
    assert "本县专用" in said
    assert str(adopting.faults_of(template)[-1].said) == "服务器上没有安装 LibreOffice，没有试转 PDF"
