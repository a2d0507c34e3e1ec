"""A self-check from the desk to a school's phone and back: sent, answered with a photo, held against a check."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from inspections.casework.proofs import Proof
from inspections.field.checklists import list_checklists
from inspections.field.checks import Verdict
from inspections.registry.people import Role
from inspections.registry.sites import Site, SiteCategory, SiteKind
from inspections.selfcheck.campaigns import SelfCheck, SelfCheckState
from tests.browser.officer import PHONE, sign_in
from tests.casefile import make_answer, make_check
from tests.factories import make_person, make_site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def school(live) -> tuple[object, object]:
    """Two schools; the head of the first will be asked."""
    with live.session() as session:
        make_person(session, Role.DISPATCHER, county=live.county, login="li", name="李调度", phone="0793-1234567")
        school, other = (
            make_site(session, county=live.county, name=name, kind=SiteKind.SCHOOL,
                      category=SiteCategory.PRIMARY, state="licensed")
            for name in ("幸福小学", "和平小学")
        )  # fmt: skip
        return school.id, other.id


@pytest.fixture
def desk(chromium: Browser, live, school) -> Iterator[Page]:
    context = chromium.new_context(base_url=live.url, locale="zh-CN", viewport={"width": 1440, "height": 900})
    context.set_default_timeout(20_000)
    page = context.new_page()
    sign_in(page, "/self-checks", "li")
    yield page
    context.close()


@pytest.fixture
def phone(chromium: Browser, live) -> Iterator[Page]:
    context = chromium.new_context(base_url=live.url, **PHONE)
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def send(page: Page) -> str:
    """The address that stands on the letter to the one school that was picked."""
    page.get_by_role("link", name="发起自查").first.click()
    page.get_by_label("名称", exact=True).fill("开学自查")
    page.get_by_label("清单").select_option("zd-25")
    page.get_by_label("截止日").fill(f"{datetime.now(UTC).date() + timedelta(days=20)}")
    page.get_by_label("写给学校和机构的话").fill("请对照清单逐项自查。")
    page.get_by_label("搜索学校和机构").fill("幸福")
    page.get_by_role("button", name="搜索", exact=True).click()
    page.get_by_label("幸福小学").check()
    page.get_by_role("button", name="发出").click()
    expect(page.get_by_text("自查已发出")).to_be_visible()
    expect(page.locator("td[data-label=点位名称]")).to_have_text("幸福小学")
    page.get_by_role("button", name="打印二维码信").click()
    return page.locator(".paper-code .code").inner_text()


def answer(page: Page, address: str, photo: Path) -> None:
    page.goto(address)
    page.wait_for_selector("html[data-ready]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for item in page.locator(".answer-item:has(.choice)").all():
        item.locator(".choice").first.click()
    first = page.locator(".answer-item").first
    first.locator("input[type=file]").set_input_files(photo)
    expect(first.locator(".answer-kept button")).to_have_count(1)
    page.get_by_label("姓名和职务").fill("刘校长")
    page.get_by_label("联系电话").fill("13907931234")
    page.get_by_role("button", name="提交自查表").click()
    expect(page.get_by_text("自查表已收到")).to_be_visible()


def look(live) -> object:
    """An inspector comes, by the same list, and finds the first item not met: the id of the check."""
    with live.session() as session:
        asked = session.scalars(select(SelfCheck)).one()
        assert asked.state is SelfCheckState.SUBMITTED
        proof = session.scalars(select(Proof).where(Proof.form_id == asked.id)).one()
        assert proof.name == "orient6.jpg"
        zhang = make_person(session, Role.INSPECTOR, county=live.county, name="张敏", certificate="赣E001")
        site = session.get_one(Site, (live.county, asked.site_id))
        today = datetime.now(UTC).date()
        listed = next(each for each in list_checklists(session, live.county, today) if each.code == "zd-25")
        check = make_check(
            session, site, zhang, device_finished_at=datetime.now(UTC) + timedelta(minutes=5),
            checklist_code=listed.code, checklist_version=listed.version,
        )  # fmt: skip
        make_answer(session, check, listed.items[0].code, Verdict.NOT_COMPLIANT, "台账只有两个月")
        return check.id


def test_a_claim_and_a_finding_stand_side_by_side(desk: Page, phone: Page, live, shared_data: Path) -> None:
    address = send(desk)
    answer(phone, address.removeprefix(live.url), shared_data / "photos" / "orient6.jpg")
    check_id = look(live)
    desk.goto(f"/checks/{check_id}")
    row = desk.locator("tr.differs")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("不一致")
    expect(row).to_contain_text("台账只有两个月")
    desk.goto("/self-checks")
    desk.get_by_role("link", name="开学自查").click()
    expect(desk.locator("td[data-label=状态]")).to_contain_text("已提交")
    expect(desk.locator("strong.late")).to_have_text("1")
