import io
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient
from python_calamine import load_workbook
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from inspections.casework.findings import FindingState
from inspections.ledger.runs import LedgerRun, RunState
from inspections.ledger.saved_views import SavedView
from inspections.registry.people import Role
from tests.casefile import HOSTILE
from tests.factories import make_person
from tests.orders import Case


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session, dispatcher="li", director="zhou")


@pytest.fixture
def desk(case: Case, sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    return sign_in("li")


def save(client: FlaskClient, name: str, **asked: str) -> str:
    """The address that saving a view leads to."""
    form = {f"ask-{key}": value for key, value in asked.items() if key not in {"is_default", "is_shared"}}
    form |= {key: value for key, value in asked.items() if key in {"is_default", "is_shared"}}
    return client.post("/ledger/views", data={"name": name, **form}).location


def asked_by(client: FlaskClient, address: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(client.get(address).location).query)


def test_the_ledger_begins_with_what_is_open_and_shows_the_rest_on_wish(desk: FlaskClient, case: Case) -> None:
    case.find("已经改好的问题", state=FindingState.STRUCK_OFF)
    assert "已经改好的问题" not in desk.get("/ledger").text
    assert "已经改好的问题" in desk.get("/ledger?show=closed").text
    assert "已经改好的问题" in desk.get("/ledger?show=all").text


def test_a_group_leads_to_the_list_of_its_figure(desk: FlaskClient, case: Case) -> None:
    case.served()
    page = desk.get("/ledger?group=department").text
    assert "校外教育培训监管股" in page
    links = re.findall(r'href="(/ledger\?[^"]*department=[^"]*)"', page)
    assert links
    listed = desk.get(links[0].replace("&amp;", "&")).text
    assert "20:30 以后仍在授课" in listed


def test_a_view_keeps_a_question_and_opens_it_again(desk: FlaskClient) -> None:
    address = save(desk, "严重的", severity="3", show="all", page="7")
    asked = asked_by(desk, address)
    assert (asked["severity"], asked["show"]) == (["3"], ["all"])
    assert "page" not in asked
    assert "严重的" in desk.get("/ledger").text


def test_the_default_view_is_where_the_ledger_begins(desk: FlaskClient) -> None:
    address = save(desk, "我的", severity="3", is_default="1")
    assert desk.get("/ledger").location == address
    assert desk.get("/ledger?show=open").status_code == 200
    desk.post(address, data={"deed": "no_default"})
    assert desk.get("/ledger").status_code == 200


def test_a_removed_view_can_be_had_back(desk: FlaskClient) -> None:
    address = save(desk, "临时", severity="3")
    back = desk.post(address, data={"deed": "remove"}).location
    assert "视图已删除" in desk.get(back).text
    assert desk.get(address).status_code == 404
    desk.post(address, data={"deed": "restore"})
    assert asked_by(desk, address)["severity"] == ["3"]


def test_a_view_that_names_an_unknown_condition_opens_and_says_so(desk: FlaskClient, session: Session) -> None:
    address = save(desk, "旧的", severity="3")
    session.execute(update(SavedView).values(question={"severity": ["3"], "fortune": ["good"]}))
    assert "fortune" not in asked_by(desk, address)
    page = desk.get(address, follow_redirects=True).text
    assert "旧的" in page
    assert "fortune" in page


def test_two_views_of_one_person_have_different_names(desk: FlaskClient) -> None:
    save(desk, "逾期", urgency="overdue")
    page = desk.post("/ledger/views", data={"name": " 逾期 ", "ask-severity": "3"}, follow_redirects=True).text
    assert "您已有同名的视图" in page
    assert "请给视图起个名字" in desk.post("/ledger/views", data={"name": " "}, follow_redirects=True).text


def test_only_its_owner_changes_a_shared_view(desk: FlaskClient, sign_in: Callable[[str], FlaskClient]) -> None:
    address = save(desk, "全县逾期", urgency="overdue", is_shared="1")
    other = sign_in("zhou")
    assert "全县逾期" in other.get("/ledger").text
    assert other.post(address, data={"deed": "remove"}).status_code == 403
    assert other.post(address, data={"deed": "rename", "name": "x"}).status_code == 403


def test_who_may_not_share_keeps_views_to_themselves(
    case: Case, session: Session, sign_in: Callable[[str], FlaskClient]
) -> None:
    make_person(session, Role.AUDITOR, login="sun")
    client = sign_in("sun")
    assert client.post("/ledger/views", data={"name": "x", "is_shared": "1"}).status_code == 403
    assert "只给自己" in client.get(save(client, "只给自己", severity="3"), follow_redirects=True).text
    assert "只给自己" not in sign_in("zhou").get("/ledger").text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_typed_text_is_inert_on_the_page_and_in_the_workbook(desk: FlaskClient, case: Case, text: str) -> None:
    case.find(text)
    case.site.name = text
    case.session.flush()
    save(desk, text[:40])
    page = desk.get("/ledger", query_string={"q": text, "show": "all"}).text
    assert "<script>alert" not in page
    body = desk.get("/ledger.xlsx").data
    with ZipFile(io.BytesIO(body)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    cells = [cell for row in load_workbook(io.BytesIO(body)).get_sheet_by_index(0).to_python() for cell in row]
    assert cells.count(text) >= 2


def test_the_workbook_has_the_printed_layout_of_exactly_what_is_shown(desk: FlaskClient, case: Case) -> None:
    order = case.served()
    case.find("已经改好的问题", state=FindingState.STRUCK_OFF)
    body = desk.get("/ledger.xlsx?show=open&severity=2").data
    rows = load_workbook(io.BytesIO(body)).get_sheet_by_index(0).to_python()
    assert rows[0][0] == "万年县“双减”问题台账"
    assert "程度：一般" in rows[1][0]
    assert "共 2 条" in rows[1][0]
    heads = [below or above for above, below in zip(rows[2], rows[3], strict=True)]
    assert (heads[0], heads[1], heads[6:8], heads[9], heads[13]) == (
        "序号", "镇街", ["牵头领导", "责任部门"], "完成时限", "文号"
    )  # fmt: skip
    assert [row[0] for row in rows[4:]] == [1, 2]
    assert {row[13] for row in rows[4:]} == {order.number_text}
    assert {row[9] for row in rows[4:]} == {case.findings[0].due_on.isoformat()}
    with ZipFile(io.BytesIO(body)) as parts:
        sheet, book = (parts.read(f"xl/{name}.xml").decode() for name in ("worksheets/sheet1", "workbook"))
    merged = set(re.findall(r'mergeCell ref="([^"]+)"', sheet))
    assert {"A1:O1", "A2:O2", "A3:A4", "G3:H3"} <= merged
    assert 'topLeftCell="D5"' in sheet
    assert 'paperSize="9"' in sheet
    assert 'orientation="landscape"' in sheet
    assert "$3:$4" in book


def test_an_unknown_condition_in_an_address_is_left_out(desk: FlaskClient, session: Session) -> None:
    page = desk.get("/ledger?severity=9&due_from=gestern&officer=x&group=nothing&sort=nobody&age=%00")
    assert page.status_code == 200
    assert session.scalars(select(SavedView)).all() == []


def plan(client: FlaskClient, deed: str, **values: str) -> str:
    """The address of a run over what is ticked or over all."""
    return client.post("/ledger/runs", data={"deed": deed, "ask-show": "all", **values}).location


def test_what_is_ticked_is_previewed_then_done_then_undone(desk: FlaskClient, case: Case) -> None:
    address = plan(desk, "own", id=str(case.findings[0].id))
    assert "将办理 1 个问题" in desk.get(address).text
    refused = desk.post(f"{address}/confirm", data={"lead": "", "department": "消防", "reason": "x"})
    assert refused.status_code == 422
    assert "请填写牵头领导" in refused.text
    form = {"lead": "=刘局长", "department": "消防救援大队", "reason": "涉及消防"}
    desk.post(f"{address}/confirm", data=form)
    assert "已办 1 个" in desk.get(address).text
    assert "消防救援大队" in desk.get("/ledger").text
    desk.post(f"{address}/undo")
    assert "消防救援大队" not in desk.get("/ledger").text
    assert "落实或移交责任" in desk.get("/ledger/runs").text


def test_all_that_the_filters_find_can_be_chosen_at_once(desk: FlaskClient, case: Case) -> None:
    address = plan(desk, "own", every="1")
    assert "将办理 2 个问题" in desk.get(address).text


def test_nothing_ticked_is_said_on_the_list(desk: FlaskClient) -> None:
    answer = desk.post("/ledger/runs", data={"deed": "own"}, follow_redirects=True)
    assert "请先勾选要办理的问题" in answer.text


def test_who_may_do_nothing_to_many_has_nothing_to_tick(
    case: Case, session: Session, sign_in: Callable[[str], FlaskClient]
) -> None:
    make_person(session, Role.AUDITOR, login="sun")
    client = sign_in("sun")
    assert "本页全选" not in client.get("/ledger").text
    assert client.post("/ledger/runs", data={"deed": "own", "every": "1"}).status_code == 403


def test_a_long_workbook_is_made_by_a_job_whose_page_has_it(
    desk: FlaskClient, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspections.ledger.exporting.AT_ONCE", 1)
    address = desk.get("/ledger.xlsx").location
    assert "导出台账" in desk.get(address).text
    assert desk.get(f"{address}/progress").json == {"busy": True, "state": "排队中", "done": 0, "total": 2}
    assert desk.get(f"{address}/file").status_code == 404


def test_a_row_of_the_ledger_and_of_a_run_leads_to_the_page_of_its_problem(desk: FlaskClient, case: Case) -> None:
    address = f'href="/findings/{case.findings[0].id}"'
    assert address in desk.get("/ledger").text
    data = {"deed": "own", "id": str(case.findings[0].id)}
    assert address in desk.post("/ledger/runs", data=data, follow_redirects=True).text


def test_a_run_that_failed_says_so_and_what_to_do(
    desk: FlaskClient, case: Case, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inspections.ledger.exporting.AT_ONCE", 1)
    address = desk.get("/ledger.xlsx").location
    session.execute(update(LedgerRun).values(state=RunState.FAILED))
    page = desk.get(address).text
    assert "没有办成，什么都没有改变" in page
    assert "下载台账" not in page
    assert desk.get(f"{address}/progress").json["busy"] is False  # type: ignore[index]
