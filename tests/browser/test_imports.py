"""A list brought in through the desk in Chromium: the real app, the real database, the real worker."""

import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from geo.coordinates import Datum
from inspections import jobs
from inspections.db import scope
from inspections.evidence.store import open_store
from inspections.registry.imports.columns import Subject
from inspections.registry.imports.files import read_path
from inspections.registry.imports.importing import apply
from inspections.registry.imports.plans import Options
from inspections.registry.people import Role
from tests import lists
from tests.conftest import ROOT
from tests.factories import PASSWORD, make_person
from webapp import create_app

pytestmark = [pytest.mark.browser, pytest.mark.shared]

COUNTY = "361129"
AXE = ROOT / "node_modules/axe-core/axe.min.js"
TABLES = (
    "procrastinate_jobs", "import_changes", "import_runs", "licences", "sites", "areas", "events", "blobs",
    "person_roles", "people", "sign_ins", "accounts",
)  # fmt: skip


@pytest.fixture
def server(app_url, app_engine, owner_engine: Engine, shared_data, tmp_path) -> Iterator[str]:
    """The app on a port of its own, with the county's areas and one dispatcher."""
    folder = shared_data / "admin/wannian_361129"
    with Session(app_engine) as session:
        scope(session, COUNTY)
        make_person(session, Role.DISPATCHER, login="diao")
        for name in ("county_cgcs2000", "townships_wgs84"):
            table = read_path(folder / f"{name}.geojson")
            apply(session, COUNTY, Subject.AREAS, table, Options(datum=Datum.WGS84))
        session.commit()
    app = create_app({"APP_DATABASE_URL": app_url, "BLOB_STORE": (tmp_path / "blobs").as_uri()})
    serving = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=serving.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    thread.join()
    serving.server_close()
    app.extensions["engine"].dispose()
    with owner_engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"delete from {table}"))


@pytest.fixture
def work(app_engine, app_url, tmp_path):
    """The worker, until no job waits."""

    def run() -> None:
        conninfo = app_url.replace("postgresql+psycopg", "postgresql")
        app = jobs.worker(app_engine, conninfo, open_store((tmp_path / "blobs").as_uri()))
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)

    def perform() -> None:
        # In a thread of its own: Playwright has an event loop running in this one.
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()

    return perform


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desk", "phone"])
def page(chromium: Browser, server: str, request) -> Iterator[Page]:
    width, height = request.param
    page = chromium.new_page(viewport={"width": width, "height": height}, base_url=server)
    page.set_default_timeout(8000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.goto("/account/sign-in?next=/imports")
    page.get_by_label("账号", exact=True).fill("diao")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    yield page
    page.close()
    assert faults == []


def accessible(page: Page) -> list[str]:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run bin/setup")
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run()")
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found["violations"]]


def test_a_gcj02_list_is_recognised_confirmed_and_taken_back(page, work, shared_data, tmp_path, app_engine):
    rows = lists.in_datum(lists.random_places(lists.outlines(shared_data)), Datum.GCJ02)
    rows[0] |= {"学校名称": "${alert(1)}<img src=x onerror=alert(1)>小学"}
    rows[1] |= {"经度": "0", "纬度": "0"}
    path = tmp_path / "名单.xlsx"
    path.write_bytes(lists.as_xlsx(rows, title="万年县学校名单"))
    page.get_by_label("文件", exact=True).set_input_files(path)
    page.get_by_role("button", name="上传并试读").click()
    expect(page.locator("progress")).to_be_visible()
    work()
    expect(page.get_by_text("看来是 GCJ-02（高德、腾讯地图）")).to_be_visible()
    expect(page.get_by_text("599 / 599").first).to_be_visible()
    expect(page.get_by_text("坐标是 0,0：多半是没有填")).to_be_visible()

    page.get_by_label("跳过有错误的 1 行，导入其余的").check()
    page.get_by_role("button", name="确认导入").click()
    work()
    expect(page.get_by_role("link", name="在地图上看")).to_be_visible()
    with Session(app_engine) as session:
        scope(session, COUNTY)
        assert session.scalar(text("select count(*) from sites")) == 599
    page.get_by_role("button", name="撤销这次导入").click()
    expect(page.get_by_text("已撤销").first).to_be_visible()
    with Session(app_engine) as session:
        scope(session, COUNTY)
        assert session.scalar(text("select count(*) from sites")) == 0


def test_columns_can_be_mapped_by_hand(page, work, tmp_path):
    path = tmp_path / "名单.csv"
    path.write_text("单位,东,北\n石镇小学,117.07,28.69\n", "gb18030")
    page.get_by_label("文件", exact=True).set_input_files(path)
    page.get_by_role("button", name="上传并试读").click()
    work()
    expect(page.get_by_text("缺少“名称”列：没有认出哪一列是名称，请指定")).to_be_visible()
    for column, field in (("单位", "名称"), ("东", "经度"), ("北", "纬度")):
        page.get_by_label(f"“{column}”是哪个字段").select_option(label=field)
    page.get_by_label("坐标系").select_option("wgs84")
    page.get_by_role("button", name="重新试读").click()
    work()
    expect(page.get_by_role("button", name="确认导入")).to_be_visible()


def test_a_dropped_file_is_chosen(page):
    page.wait_for_selector("html[data-ready]")
    page.evaluate(
        """() => {
        const carried = new DataTransfer();
        carried.items.add(new File(["a"], "名单.csv"));
        const box = document.querySelector(".file-drop");
        box.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
        }"""
    )
    assert page.get_by_label("文件", exact=True).evaluate("input => input.files[0].name") == "名单.csv"


def test_axe_finds_nothing(page, work, tmp_path):
    assert accessible(page) == []
    path = tmp_path / "名单.csv"
    path.write_text("学校名称,经度,纬度\n石镇小学,0,0\n湖云小学,117.07,28.69\n", "utf-8")
    page.get_by_label("文件", exact=True).set_input_files(path)
    page.get_by_role("button", name="上传并试读").click()
    work()
    expect(page.get_by_role("heading", name="逐行问题")).to_be_visible()
    assert accessible(page) == []
