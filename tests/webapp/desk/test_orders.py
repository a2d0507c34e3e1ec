import io
from collections.abc import Callable
from urllib.parse import quote

import docx
import pytest
import python_calamine
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.casework.orders import Order, OrderState, items_of
from inspections.registry.people import Role
from tests.casefile import HOSTILE
from tests.factories import make_person
from tests.orders import Case


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session, dispatcher="li", director="zhou")


@pytest.fixture
def desk(case: Case, sign_in) -> Callable[[str], FlaskClient]:
    return sign_in


@pytest.fixture(autouse=True)
def _monday(monkeypatch) -> None:
    """The desk's clock stands at the day of the cases."""
    from tests.orders import AT

    for module in ("webapp.desk.words", "webapp.desk.orders"):
        monkeypatch.setattr(f"{module}.now", lambda: AT)


def draft(client: FlaskClient, case: Case, kind: str = "rectification", **values: str) -> str:
    """The address of a new draft."""
    answer = client.post(f"/sites/{case.site.id}/order?kind={kind}", data=case.form(**values))
    assert answer.status_code == 303, answer.text
    return answer.location


def test_a_notice_is_drafted_previewed_issued_and_served(desk, session, case) -> None:
    li = desk("li")
    for page in (f"/checks/{case.check.id}", f"/sites/{case.site.id}"):
        assert "开具整改通知书" in li.get(page).text
    form = li.get(f"/sites/{case.site.id}/order?kind=rectification&check={case.check.id}").text
    for words in (
        "20:30 以后仍在授课",
        "未公示收费标准",
        "如果今天送达：2026-12-14 前完成",
        "万年县教育体育局",
        "张敏",
    ):
        assert words in form
    path = draft(li, case)
    page = li.get(path).text
    for words in (
        "整改通知书（草稿）",
        "自送达之日起15个工作日内",
        "（签发时编号）",
        "等领导签发",
        "一、20:30 以后仍在授课",
    ):
        assert words in page
    assert "签发并编号" not in page
    assert li.post(f"{path}/issue").status_code == 403
    zhou = desk("zhou")
    assert "签发并编号" in zhou.get(path).text
    assert zhou.post(f"{path}/issue").status_code == 303
    page = zhou.get(path).text
    assert "万教整改〔2026〕1号" in page
    assert "2026年11月23日" in page
    li = desk("li")
    assert "登记送达" in li.get(path).text
    assert li.post(f"{path}/serve", data=case.service()).status_code == 303
    page = li.get(path).text
    for words in ("已送达", "直接送达", "刘负责人", "期限 2026-12-14", "整改中"):
        assert words in page
    site = li.get(f"/sites/{case.site.id}").text
    for words in ("万教整改〔2026〕1号", "文书送达，开始整改", "登记送达", "2 个未销号问题"):
        assert words in site
    assert "开具督办单" in site
    assert "开具整改通知书" not in site
    session.expire_all()
    assert {each.state for each in case.findings} == {FindingState.RECTIFYING}


def test_what_is_wrong_stands_beside_the_field_and_nothing_typed_is_lost(desk, session, case) -> None:
    li = desk("li")
    key = case.findings[0].id
    wrong = {"second_officer_id": "", f"days-{key}": "121", f"measures-{key}": "已经写好的要求", "telephone": ""}
    answer = li.post(f"/sites/{case.site.id}/order", data=case.form(**wrong))
    assert answer.status_code == 422
    for words in ("缺第二名执法人员", "请填写 1 至 120 个工作日", "已经写好的要求", "请填写联系电话"):
        assert words in answer.text
    assert session.scalars(select(Order)).all() == []


def test_a_draft_is_edited_and_thrown_away(desk, session, case) -> None:
    li = desk("li")
    path = draft(li, case)
    assert "立即停止学科类培训" in li.get(f"{path}/edit").text
    assert li.post(f"{path}/edit", data=case.form(addressee="改过的单位")).status_code == 303
    assert "改过的单位：" in li.get(path).text
    answer = li.post(f"{path}/discard", follow_redirects=True)
    assert "草稿已删除，问题可以重新开具" in answer.text
    assert li.get(path).status_code == 404
    draft(li, case)


def test_served_and_issued_twice_are_refused_in_words(desk, case) -> None:
    path = draft(desk("li"), case)
    zhou = desk("zhou")
    zhou.post(f"{path}/issue")
    again = zhou.post(f"{path}/issue")
    assert (again.status_code, "没有重复编号" in again.text) == (409, True)
    li = desk("li")
    missing = li.post(f"{path}/serve", data=case.service(received_by=""))
    assert (missing.status_code, "请填写签收人" in missing.text) == (422, True)
    assert li.post(f"{path}/serve", data=case.service()).status_code == 303
    again = li.post(f"{path}/serve", data=case.service())
    assert again.status_code == 409
    assert "万教整改〔2026〕1号 已于 2026-11-23 送达，没有重复登记" in again.text
    frozen = li.post(f"{path}/edit", data=case.form())
    assert (frozen.status_code, "内容已经固定" in frozen.text) == (409, True)


def test_an_officer_disabled_since_the_draft_is_named_at_the_issue(desk, session, case) -> None:
    path = draft(desk("li"), case)
    case.officers[1].is_active = False
    session.commit()
    answer = desk("zhou").post(f"{path}/issue")
    assert (answer.status_code, "何静的账号已停用，请换一名执法人员" in answer.text) == (422, True)


def test_a_withdrawal_asks_for_a_reason_and_shows_it(desk, session, case) -> None:
    path = draft(desk("li"), case)
    zhou = desk("zhou")
    zhou.post(f"{path}/issue")
    assert zhou.post(f"{path}/withdraw", data={"reason": ""}).status_code == 422
    assert zhou.post(f"{path}/withdraw", data={"reason": "单位名称写错"}).status_code == 303
    page = zhou.get(path).text
    assert "单位名称写错" in page
    assert "已撤回" in page
    assert draft(desk("li"), case) != path


def test_the_deadline_is_counted_while_it_is_typed(desk, case) -> None:
    li = desk("li")
    assert "2026-12-14" in li.get("/orders/deadline?days-x=15").text
    unpublished = li.get("/orders/deadline?days-x=40").text
    assert "2027 年的放假安排尚未公布或未录入" in unpublished
    assert "请填写 1 至 120 个工作日" in li.get("/orders/deadline?days-x=<b>").text
    assert li.get("/orders/deadline").text.strip() == ""


def test_a_provisional_deadline_is_said_on_the_page_and_in_the_list(desk, session, case) -> None:
    path = draft(desk("li"), case, **{f"days-{case.findings[0].id}": "40"})
    desk("zhou").post(f"{path}/issue")
    li = desk("li")
    li.post(f"{path}/serve", data=case.service())
    page = li.get(path).text
    assert "2027 年的放假安排尚未公布或未录入，2027-01-18 是按周一至周五推算的" in page
    assert "按公布的放假安排重新计算" in page
    refused = li.post(f"{path}/recalculate")
    assert (refused.status_code, "期限没有改动" in refused.text) == (409, True)
    assert path in li.get("/orders?urgency=provisional").text


def test_the_list_finds_filters_and_exports(desk, session, case) -> None:
    li = desk("li")
    first = draft(li, case, **{f"take-{case.findings[1].id}": ""})
    draft(li, case, kind="supervision")
    desk("zhou").post(f"{first}/issue")
    li = desk("li")
    li.post(f"{first}/serve", data=case.service())
    everything = li.get("/orders").text
    assert everything.count("小太阳托管班</a>") >= 2
    for question, n in (
        ("kind=supervision", 1), ("state=served", 1), ("state=draft", 1), ("q=万教整改", 1), ("q=没有", 0),
        ("urgency=overdue", 0), ("sort=-due_on", 2), ("sort=number_text", 2), ("method=in_person", 1),
    ):  # fmt: skip
        book = python_calamine.load_workbook(io.BytesIO(li.get(f"/orders.xlsx?{question}").data))
        rows = book.get_sheet_by_index(0).to_python()
        assert len(rows) - 1 == n, question
    assert "文号" in rows[0]


def test_overdue_is_what_the_deadline_says(desk, session, case) -> None:
    path = draft(desk("li"), case)
    desk("zhou").post(f"{path}/issue")
    li = desk("li")
    li.post(f"{path}/serve", data=case.service())
    order = session.scalars(select(Order)).one()
    for row in items_of(session, order):
        row.item.due_on = order.served_on.replace(year=2020)
    session.commit()
    assert path in li.get("/orders?urgency=overdue").text
    for finding in case.findings:
        finding.state = FindingState.STRUCK_OFF
    session.commit()
    assert path not in li.get("/orders?urgency=overdue").text


def test_the_prefix_is_set_by_the_office(desk, case) -> None:
    li = desk("li")
    assert "万教整改〔2026〕1号" in li.get("/orders/numbers").text
    saved = li.post(
        "/orders/numbers?kind=rectification", data={"rectification": "万教体改"}, follow_redirects=True
    )
    assert "万教体改〔2026〕1号" in saved.text
    refused = li.post("/orders/numbers?kind=supervision", data={"supervision": "万教体改"})
    assert (refused.status_code, "不能混同" in refused.text) == (422, True)


@pytest.mark.parametrize("words", [*HOSTILE, "</w:t>", "=cmd", "𠮷𬭶"])
def test_typed_words_are_inert_on_every_page(desk, session, case, words: str) -> None:
    key = case.findings[0].id
    typed = dict.fromkeys(("addressee", "organisation", "contact", "telephone"), words)
    typed |= {f"{name}-{key}": words for name in ("measures", "lead", "department")}
    li = desk("li")
    path = draft(li, case, **typed)
    desk("zhou").post(f"{path}/issue")
    li = desk("li")
    proof = {"received_by": words, "receipt_number": words, "service_note": words}
    assert li.post(f"{path}/serve", data=case.service(**proof)).status_code == 303
    for page in (path, "/orders", f"/sites/{case.site.id}", f"/checks/{case.check.id}"):
        text = li.get(page).text
        assert "<script>alert(1)" not in text
        assert "</w:t>" not in text
        assert "\n49%s" not in text
    assert session.scalars(select(Order.addressee)).one() == words
    assert ("'=" in li.get("/orders.csv").text) == words.startswith("=")


def test_an_auditor_reads_and_a_stranger_sees_nothing(desk, session, case) -> None:
    make_person(session, Role.AUDITOR, login="sun")
    path = draft(desk("li"), case)
    sun = desk("sun")
    page = sun.get(path).text
    assert "修改" not in page.partition("经办")[2].partition("历史")[0]
    assert sun.post(f"{path}/discard").status_code == 403
    assert session.scalars(select(Order.state)).one() is OrderState.DRAFT


def test_the_paper_comes_as_a_word_file_named_by_its_number(desk, case) -> None:
    path = draft(desk("li"), case)
    zhou = desk("zhou")
    early = zhou.get(f"{path}/paper")
    assert (early.status_code, "签发编号以后才有正式文书" in early.text) == (409, True)
    zhou.post(f"{path}/issue")
    answer = zhou.get(f"{path}/paper")
    assert answer.mimetype.endswith("wordprocessingml.document")
    assert quote("万教整改〔2026〕1号.docx") in answer.headers["Content-Disposition"]
    assert "小太阳托管班：" in [each.text for each in docx.Document(io.BytesIO(answer.data)).paragraphs]
