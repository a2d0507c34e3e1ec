"""A township head divides, mends, shares out, begins a canvass and looks at the coverage, in Chromium."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import shapely
from playwright.sync_api import Browser, Page, expect
from shapely.geometry import box
from sqlalchemy import select

from inspections.canvass.campaigns import CanvassCampaign
from inspections.registry.grid.drafts import CellDraft, pieces_of
from inspections.registry.grid_cells import GridCell
from inspections.registry.people import Person, Role
from tests.browser.officer import sign_in
from tests.factories import make_person, make_township, make_visit

pytestmark = pytest.mark.browser

# About 2 km by 2 km
OUTLINE = shapely.segmentize(box(117.06, 28.68, 117.08, 28.70), 0.002)


@pytest.fixture(scope="module")
def head(live) -> str:
    """A head of a township with three grid workers."""
    with live.session() as session:
        township = make_township(session, OUTLINE, live.county, name="青云镇", code=f"{live.county}100")
        own = {"county": live.county, "township_id": township.id}
        make_person(session, Role.TOWNSHIP_ADMIN, login="chen", name="陈建华", **own)
        for name in ("王桂英", "周静", "<b>赵强</b>"):
            make_person(session, Role.GRID_WORKER, name=name, **own)
    return "chen"


@pytest.fixture
def page(chromium: Browser, live) -> Any:
    context = chromium.new_context(base_url=live.url, viewport={"width": 1440, "height": 900}, locale="zh-CN")
    page = context.new_page()
    page.amiss = []
    page.on("pageerror", lambda error: page.amiss.append(str(error)))
    page.on("console", lambda said: page.amiss.append(said.text) if said.type == "error" else None)
    yield page
    assert page.amiss == []
    context.close()


def map_is_drawn(page: Page, count: int) -> None:
    expect(page.locator(".grid-map")).to_have_attribute("data-drawn", str(count), timeout=15_000)


def test_a_head_divides_mends_shares_out_and_begins_a_canvass(live, head, page: Page, look) -> None:
    sign_in(page, "/township", head)
    expect(page.get_by_role("heading", name="青云镇", exact=True)).to_be_visible()
    page.goto("/grid")
    page.get_by_role("button", name="划分网格").click()
    page.get_by_label("方格边长").select_option("500")
    page.get_by_role("button", name="划分", exact=True).click()
    expect(page.get_by_text("没有重叠、没有空白，可以保存。")).to_be_visible()
    count = len(drafted(live))
    map_is_drawn(page, count)
    assert count >= 16

    draw_over_the_middle(page)
    overlaps = page.locator(".amiss > li", has_text="重叠")
    expect(overlaps.first).to_be_visible()
    expect(page.get_by_role("button", name="保存为网格")).to_be_disabled()
    look(page, "grid-overlap")
    page.get_by_role("button", name="自动对齐边界").click()
    expect(page.get_by_text("没有重叠、没有空白，可以保存。")).to_be_visible()
    page.get_by_role("button", name="保存为网格").click()
    expect(page.get_by_text("网格已保存", exact=False).first).to_be_visible()

    with live.session() as session:
        cells = session.scalars(select(GridCell)).all()
        assert all(re.fullmatch(f"{live.county}100000[0-9]{{3}}", cell.code) for cell in cells)
    share_out(page)
    begin_canvass(live, page)
    look_at_coverage(live, page)


def drafted(live) -> list[Any]:
    with live.session() as session:
        return pieces_of(session.scalars(select(CellDraft)).one())


def draw_over_the_middle(page: Page) -> None:
    """A triangle over cells that are there already."""
    page.get_by_role("button", name="在地图上画一格").click()
    area = page.locator(".grid-map").bounding_box()
    assert area
    middle = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    for dx, dy in ((-60, -60), (70, -40), (0, 80)):
        page.mouse.click(middle[0] + dx, middle[1] + dy)
    expect(page.locator("#draw-says")).to_contain_text("已点 3 个")
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def share_out(page: Page) -> None:
    page.get_by_role("link", name="平均分工").click()
    page.get_by_label("按什么平均").select_option("area")
    for name in ("王桂英", "周静", "<b>赵强</b>"):
        page.get_by_label(name).check()
    page.get_by_role("button", name="看看怎么分").click()
    expect(page.get_by_text("各片相差不大")).to_be_visible()
    page.get_by_role("button", name="按这个分").click()
    expect(page.get_by_text("已分给 3 名网格员")).to_be_visible()
    expect(page.get_by_text("个网格还没有分给网格员")).to_have_count(0)


def begin_canvass(live, page: Page) -> None:
    today = datetime.now(UTC).date()
    page.goto("/canvass/new")
    page.get_by_label("名称").fill("寒假前拉网排查")
    page.get_by_label("开始日期").fill(f"{today - timedelta(days=1)}")
    page.get_by_label("结束日期").fill(f"{today + timedelta(days=14)}")
    page.get_by_label(re.compile("青云镇全部")).check()
    page.get_by_role("button", name="发起", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("寒假前拉网排查"))).to_be_visible()
    with live.session() as session:
        campaign = session.scalars(select(CanvassCampaign)).one()
        cell = session.scalars(select(GridCell).order_by(GridCell.code).limit(1)).one()
        worker = session.get_one(Person, (cell.county, cell.worker_id))
        make_visit(session, worker, cell, campaign_id=campaign.id, device_finished_at=datetime.now(UTC))
    page.reload()
    expect(page.locator(".stat", has_text="已走次数")).to_contain_text("1")


def look_at_coverage(live, page: Page) -> None:
    page.goto("/coverage")
    frame = page.frame_locator(".coverage-frame")
    expect(frame.get_by_role("tab", name=re.compile("该去的"))).to_be_visible(timeout=15_000)
    expect(frame.locator("#legend")).to_contain_text("从未走访")
    frame.get_by_role("tab", name="按网格员").click()
    expect(frame.locator("#people").get_by_text("<b>赵强</b>")).to_be_visible()
    frame.get_by_role("tab", name=re.compile("该去的")).click()
    frame.locator("#due .standing").first.click()
    expect(frame.locator("#card")).to_contain_text("没有走访记录")
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="查看全部记录").click()
    expect(opened.value.get_by_role("heading", name="走访记录")).to_be_visible()
