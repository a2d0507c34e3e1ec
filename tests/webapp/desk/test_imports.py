"""The desk page of imports, over the real app."""

import io
import re

import pytest
import python_calamine
from sqlalchemy import select

from inspections import jobs
from inspections.db import scope
from inspections.registry.imports.runs import ImportRun, RunState
from inspections.registry.people import Role
from inspections.registry.sites import Site
from tests.factories import make_person

COUNTY = "361129"
SPITEFUL = ["${alert(1)}小学", "</script><img src=x onerror=alert(1)>小学", '=HYPERLINK("http://x")小学']


@pytest.fixture
def desk(session, sign_in):
    make_person(session, Role.DISPATCHER, login="diao")
    return sign_in("diao")


@pytest.fixture
def work(app, session):
    """Do the jobs that wait, as the worker would."""

    def perform():
        waiting = session.connection().exec_driver_sql(
            "select id, task_name, args from procrastinate_jobs where status = 'todo' order by id"
        )
        for job_id, name, arguments in waiting.all():
            session.connection().exec_driver_sql(f"delete from procrastinate_jobs where id = {job_id}")
            arguments = {key: value for key, value in arguments.items() if key != "county"}
            jobs.HANDLERS[name](jobs.Work(session, COUNTY, app.extensions["store"]), **arguments)
        session.commit()

    return perform


@pytest.fixture
def upload(desk, work):
    def send(data, name="名单.csv", subject="sites"):
        form = {"file": (io.BytesIO(data), name), "subject": subject}
        answer = desk.post("/imports", data=form, content_type="multipart/form-data")
        assert answer.status_code == 302, answer.text
        work()
        return answer.location

    return send


def csv_of(*lines):
    return ("学校名称,经度,纬度,备注\n" + "\n".join(lines) + "\n").encode("gb18030")


def test_the_page_offers_to_choose_a_file(desk):
    page = desk.get("/imports").text
    assert "上传并试读" in page
    assert "还没有导入过" in page


def test_a_list_goes_from_upload_to_the_map_and_back(desk, upload, work, session):
    address = upload(csv_of("石镇小学,117.07,28.69,", "湖云小学,117.08,28.70,"))
    page = desk.get(address).text
    assert "本县还没有边界，无从比对，请选择坐标系" in page
    assert "确认导入" not in page
    desk.post(
        f"{address}/options", data={"datum": "wgs84", "column-0": "name", "column-1": "lon", "column-2": "lat"}
    )
    assert desk.get(f"{address}/progress").json["busy"] is True
    work()
    assert "确认导入" in desk.get(address).text
    desk.post(f"{address}/confirm")
    work()
    assert "在地图上看" in desk.get(address).text
    assert set(session.scalars(select(Site.name))) == {"石镇小学", "湖云小学"}
    desk.post(f"{address}/undo")
    session.expire_all()
    assert session.scalars(select(Site.name)).all() == []
    assert "已撤销" in desk.get(address).text


def test_problems_are_paged_filtered_and_downloaded(desk, upload):
    lines = [f"{i}小学,0,0," for i in range(60)] + ["远方小学,,,"]
    address = upload(csv_of(*lines))
    page = desk.get(address).text
    assert "第 1–50 条，共 61 条" in page
    assert page.count("坐标是 0,0：多半是没有填") == 50
    assert "没有坐标，按“位置未知”保存" in desk.get(f"{address}?page=2").text
    warnings = desk.get(f"{address}?severity=warning").text
    assert "第 1–1 条，共 1 条" in warnings
    assert "没有符合条件的问题" in desk.get(f"{address}?q=找不到的词").text
    book = desk.get(f"{address}/problems.xlsx")
    rows = python_calamine.load_workbook(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert len(rows) == 62
    assert desk.get(f"{address}/problems.csv").data.startswith(b"\xef\xbb\xbf")
    assert desk.get(f"{address}/problems.exe").status_code == 404


def test_what_people_typed_is_inert_on_the_page(desk, upload):
    address = upload(csv_of(*(f'"{name.replace(chr(34), chr(34) * 2)}",0,0,{name[:9]}' for name in SPITEFUL)))
    page = desk.get(address).text
    assert "<img" not in page
    assert "</script><" not in page
    assert not re.search(r"<script(?![^>]*src=)[^>]*>(?!\s*</script>)", page)


def test_a_row_with_an_error_waits_for_the_box_to_be_ticked(desk, upload, work, session):
    address = upload(csv_of("石镇小学,117.07,28.69,", "坏小学,0,0,"))
    desk.post(
        f"{address}/options", data={"datum": "wgs84", "column-0": "name", "column-1": "lon", "column-2": "lat"}
    )
    work()
    refused = desk.post(f"{address}/confirm")
    assert refused.status_code == 422
    assert "有 1 行有错误；改好文件，或选择跳过这些行" in refused.text
    desk.post(f"{address}/confirm", data={"skip_refused": "1"})
    work()
    assert session.scalars(select(Site.name)).all() == ["石镇小学"]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"subject": "sites"}, "请先选择文件"),
        ({"subject": "x", "file": (io.BytesIO(b"a"), "a.csv")}, "请选择要导入的是点位还是区划"),
        ({"subject": "sites", "file": (io.BytesIO(b""), "a.csv")}, "文件是空的（0 字节）"),
    ],
)
def test_an_upload_that_is_not_one_is_explained(desk, form, words):
    answer = desk.post("/imports", data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert words in answer.text


def test_a_file_over_the_limit_is_refused_before_it_is_read(app, desk):
    app.config["MAX_IMPORT_BYTES"] = 1000
    answer = desk.post("/imports", data=bytes(2**21), content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "文件超过 0 MB；请分成几个文件" in answer.text


def test_an_unreadable_file_says_why_on_its_page(desk, upload):
    assert "这是 PDF 文件，不能导入" in desk.get(upload(b"%PDF-1.4", "名单.pdf")).text


@pytest.mark.parametrize("role", [Role.DIRECTOR, Role.AUDITOR, Role.TOWNSHIP_ADMIN, Role.INSPECTOR])
def test_others_are_turned_away(session, sign_in, role):
    make_person(session, role, login="other")
    client = sign_in("other")
    assert client.get("/imports").status_code == 403
    form = {"subject": "sites", "file": (io.BytesIO(b"a"), "a.csv")}
    assert client.post("/imports", data=form, content_type="multipart/form-data").status_code == 403
    assert session.scalars(select(ImportRun)).all() == []


def test_another_countys_run_is_not_found(session, desk, upload, client, sign_in):
    address = upload(csv_of("石镇小学,117.07,28.69,"))
    scope(session, "421303")
    make_person(session, Role.DISPATCHER, login="zeng", county="421303")
    other = sign_in("zeng")
    assert other.get(address).status_code == 404
    scope(session, COUNTY)
    assert session.scalars(select(ImportRun.state)).one() is RunState.EXAMINED
