"""A sweep is sealed at the desk; one phone waits for its key, one has no signal, one gets a changed packet."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from inspections.registry.people import Role
from tests.browser.officer import PHONE, no_signal, sign_in
from tests.factories import make_person
from tests.sweeps import planned_sweep

pytestmark = pytest.mark.browser

DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def night(live: Any) -> dict[str, Any]:
    """A sweep in five hours: a starting moment that no slow machine reaches."""
    with live.session() as session:
        li = make_person(
            session, Role.DISPATCHER, county=live.county, login="li", name="李调度", phone="0793-388001"
        )
        starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
        made = planned_sweep(session, li, starts_at=starts_at, login="m", now=datetime.now(UTC))
        names = [[site.name for site in own] for own in made.sites]
        return {"id": str(made.sweep.id), "names": names, "team": str(made.teams[1].id)}


@pytest.fixture
def contexts(chromium: Browser, live: Any) -> Iterator[list[BrowserContext]]:
    made = [chromium.new_context(base_url=live.url, viewport=DESK)]  # type: ignore[arg-type]
    made += [chromium.new_context(base_url=live.url, **PHONE) for _ in range(3)]
    yield made
    for context in made:
        context.close()


def flipped(route: Route) -> None:
    """Something between phone and server that changes one letter of what was sealed."""
    answer = route.fetch()
    envelope = answer.json()
    sealed = envelope["sealed"]
    envelope["sealed"] = sealed[:99] + ("A" if sealed[99] != "A" else "B") + sealed[100:]
    route.fulfill(response=answer, body=json.dumps(envelope))


def waiting(phone: BrowserContext, night: dict[str, Any], login: str, faults: list[str]) -> Page:
    page = phone.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in(page, login=login)
    page.locator(".greeting").wait_for()
    page.get_by_role("link", name="集合").click()
    expect(page.locator("#main")).to_contain_text("密封包已到")
    expect(page.locator(".sweep-clock")).to_contain_text("还有 4 小时")
    assert not any(name in page.content() for own in night["names"] for name in own)
    return page


def test_from_the_seal_to_three_opened_phones(
    contexts: list[BrowserContext], night: dict[str, Any], complaints: Any, look: Any
) -> None:
    faults: list[str] = []
    desk = contexts[0].new_page()
    sign_in(desk, f"/sweeps/{night['id']}/secrecy", login="li")
    look(desk, "secrecy-planning")
    desk.get_by_role("button", name="封存并发密封包").click()
    expect(desk.get_by_text("0 / 6").first).to_be_visible()

    contexts[3].route("**/api/v1/sweeps/*/packet", flipped)
    waits, alone, cheated = (
        waiting(phone, night, login, faults) for phone, login in zip(contexts[1:], ("m1", "m3", "m5"), strict=True)
    )
    look(waits, "phone-waiting")
    assert complaints(waits) == []
    desk.reload()
    expect(desk.get_by_text("3 / 6").first).to_be_visible()
    look(desk, "secrecy-sealed")
    assert complaints(desk) == []

    no_signal(contexts[2], True)
    desk.locator(f"#team-{night['team']}").get_by_role("button", name="查看口令").click()
    code = desk.locator(".secrecy-code .code").inner_text()
    look(desk, "secrecy-code")
    desk.goto(f"/sweeps/{night['id']}/secrecy")
    assert code not in desk.content()

    alone.get_by_text("没有信号，用口令打开").click()
    box = alone.get_by_label("指挥部口令")
    for typed, words in (("1234", "口令是 12 位数字"), ("0000 0000 0000", "口令不对")):
        box.fill(typed)
        alone.get_by_role("button", name="用口令打开").click()
        expect(alone.locator("#main")).to_contain_text(words)
    look(alone, "phone-wrong-code")
    box.fill(code)
    alone.get_by_role("button", name="用口令打开").click()
    expect(alone.locator("#main")).to_contain_text(night["names"][1][0])
    look(alone, "phone-opened")
    no_signal(contexts[2], False)

    desk.get_by_text("提前启动").first.click()
    desk.get_by_label("理由").locator("visible=true").fill("有人通风报信")
    desk.get_by_role("button", name="提前启动").click()
    expect(desk.locator("main")).to_contain_text("点位已对各组公开")
    for page in (waits, cheated):
        page.reload()
    expect(waits.locator("#main")).to_contain_text(night["names"][0][0])
    assert not any(name in waits.content() for name in night["names"][1])
    expect(cheated.locator("#main")).to_contain_text("密封包被改动过")
    look(cheated, "phone-tampered")
    alone.reload()  # has a signal again: what it did while it had none is told
    expect(alone.locator("#main")).to_contain_text("用口令打开")
    expect(desk.locator("#secrecy-log")).to_be_visible()
    for words in ("已用口令打开", "已用密钥打开", "密封包被改动过", "口令不对"):
        for _ in range(20):
            if words in desk.content():
                break
            desk.wait_for_timeout(300)
            desk.reload()
        expect(desk.locator("main")).to_contain_text(words)
    look(desk, "secrecy-running")
    assert faults == []
