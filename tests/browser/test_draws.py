"""A draw through its four steps, on a wide screen and on a phone, up to a file that a fresh process verifies."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from inspections.registry.people import Role
from inspections.registry.sites import SiteCategory, SiteKind, SiteState
from tests.browser.officer import sign_in
from tests.conftest import ROOT
from tests.factories import make_person, make_site

pytestmark = pytest.mark.browser

SIZES = [{"width": 1440, "height": 900}, {"width": 390, "height": 844}]


@pytest.fixture(scope="module")
def county(live) -> str:
    with live.session() as session:
        code = live.county
        make_person(session, Role.DISPATCHER, Role.DIRECTOR, county=code, login="li", name="李调度")
        for i in range(6):
            make_person(session, Role.INSPECTOR, county=code, name=f"督学{i}", certificate=f"赣E{i}")
        kind = {"kind": SiteKind.INSTITUTION, "category": SiteCategory.ARTS, "state": SiteState.LICENSED}
        for i in range(10):
            make_site(session, county=code, name=f"机构{i}", **kind)
    return code


@pytest.mark.parametrize("size", SIZES, ids=["desk", "phone"])
def test_a_draw_from_the_plan_to_the_published_file(
    chromium: Browser, live, county: str, complaints: Callable[..., list[Any]], tmp_path: Path, size: Any
) -> None:
    context = chromium.new_context(base_url=live.url, locale="zh-CN", viewport=size)
    page = context.new_page()
    sign_in(page, "/draws/new", "li")
    first = datetime.now(UTC).date() + timedelta(days=2)
    page.get_by_label("名称", exact=True).fill("双随机抽查")
    page.get_by_label("检查第一天").fill(f"{first}")
    page.get_by_label("检查最后一天").fill(f"{first + timedelta(days=2)}")
    page.get_by_label("人员须来自不同部门").uncheck()
    page.get_by_role("button", name="封存种子，公布承诺").click()
    steps = page.locator(".draw-steps > li")
    expect(steps.nth(0).locator(".draw-hash")).to_have_text(re.compile("^[0-9a-f]{64}$"))
    page.get_by_role("button", name="冻结名录").click()
    expect(steps.nth(1).locator(".draw-hash")).to_be_visible()
    page.get_by_role("button", name="抽取", exact=True).click()
    expect(page.get_by_role("heading", name="抽中的点位和人员")).to_be_visible()
    assert complaints(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.get_by_role("button", name="公布文件").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载文件").click()
    download.value.save_as(tmp_path / "draw.json")
    context.close()
    command = [sys.executable, "-m", "inspections.targeting.draws.verification", str(tmp_path / "draw.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
