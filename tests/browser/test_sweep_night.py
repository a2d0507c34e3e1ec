"""A team's night on a phone that loses its signal: what was said is kept, taken back, sent once and answered."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from inspections.registry.people import Person
from inspections.sweeps import commanding
from inspections.sweeps.journal import Entry, SweepEntry
from inspections.sweeps.positions import SweepPosition
from inspections.sweeps.stops import StopState, SweepStop
from inspections.sweeps.sweeps import SweepMember
from tests.browser.officer import PHONE, PLACE, sign_in, until, wait_until_kept
from tests.nights import Night, make_night

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def night(live: Any) -> dict[str, str]:
    with live.session() as session:
        made: Night = make_night(session, login="night", county=live.county)
        made.sweep.ends_at = datetime.now(UTC) + timedelta(hours=3)
        county, command_id = live.county, made.sweep.planned_by_id
        session.add(
            SweepMember(county=county, sweep_id=made.sweep.id, person_id=command_id, added_by_id=command_id)
        )
        return {"id": str(made.sweep.id), "command": str(command_id), "stop": str(made.stops[0].id)}


@pytest.fixture
def phone(chromium: Browser, live: Any, night: dict[str, str]) -> Iterator[BrowserContext]:
    context = chromium.new_context(base_url=live.url, **PHONE)
    context.set_default_timeout(20_000)
    yield context
    context.close()


def journal(live: Any) -> list[Entry]:
    with live.session() as session:
        query = select(SweepEntry.kind).where(SweepEntry.heard_at.is_not(None)).order_by(SweepEntry.number)
        return list(session.scalars(query))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_team_without_signal_works_on_and_is_heard_once(
    live: Any, phone: BrowserContext, night: dict[str, str], look: Any, complaints: Any
) -> None:
    page = phone.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in(page, login="night0")
    wait_until_kept(page)
    page.goto(f"/m/night/{night['id']}")
    expect(page.locator("#heading")).to_have_text("第1组")
    expect(page.locator(".rows .row")).to_contain_text(["小太阳托管班0", "小太阳托管班1"])
    look(page, "night")
    press(page, "到岗")
    expect(page.locator(".card").first).to_contain_text("在岗")
    until(page, "() => !document.querySelector('.phone-main').textContent.includes('还没送到')")
    phone.set_geolocation({"longitude": PLACE[0] + 0.001, "latitude": PLACE[1], "accuracy": 9})
    page.wait_for_timeout(1_000)
    page.evaluate("dispatchEvent(new Event('online'))")

    page.wait_for_timeout(2_000)
    phone.set_offline(True)
    page.get_by_role("link", name="小太阳托管班0").click()
    for step in ("出发", "到达"):
        press(page, step)
    press(page, "关门无人")
    page.locator(".toast").get_by_role("button", name="撤销").click()
    expect(page.locator(".card").first).to_contain_text("已到达")
    press(page, "已搬离")
    expect(page.locator(".card").first).to_contain_text("已搬离")
    press(page, "求援")
    press(page, "马上求援")
    expect(page.get_by_role("alert")).to_have_text("请选择需要支援的原因")
    press(page, "阻挠检查")
    look(page, "night-support")
    press(page, "马上求援")
    expect(page.locator("#toasts")).to_contain_text("求援已记下")

    page.reload()  # the service worker opens the app, and everything is still there
    expect(page.locator(".card").first).to_contain_text("已搬离")
    look(page, "night-stop")
    page.locator("#back").click()
    expect(page.locator(".notice").first).to_contain_text("求援还没送出")
    assert Entry.SET_OUT not in journal(live)

    page.wait_for_timeout(8_500)  # so long a line can be taken back
    phone.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".notice").first).to_contain_text("已求援，等指挥部处置")
    until(page, "() => !document.querySelector('.phone-main').textContent.includes('还没送到')")
    assert sorted(journal(live)) == sorted(
        [Entry.ON_DUTY, Entry.SET_OUT, Entry.ARRIVED, Entry.MOVED, Entry.SUPPORT]
    )
    with live.session() as session:
        assert (
            session.scalars(select(SweepStop.state).where(SweepStop.id == night["stop"])).one() is StopState.MOVED
        )
        assert session.scalars(select(SweepPosition.accuracy_m)).all() == [9]

    with live.session() as session:
        commander = session.scalars(select(Person).where(Person.id == night["command"])).one()
        commanding.message(session, commander, commander and session.scalars(select(SweepStop.sweep_id)).first(),
                           "民警三分钟后到 <b>别动</b>", datetime.now(UTC))  # fmt: skip
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".notice", has_text="民警三分钟后到")).to_contain_text("<b>别动</b>")
    look(page, "night-message")
    press(page, "收到")
    expect(page.get_by_role("button", name="收到")).to_have_count(0)
    page.wait_for_timeout(8_500)
    page.evaluate("dispatchEvent(new Event('online'))")
    until(page, "() => !document.querySelector('.phone-main').textContent.includes('还没送到')")
    with live.session() as session:
        reply = session.scalars(select(SweepEntry).where(SweepEntry.kind == Entry.REPLY)).one()
        assert reply.answers_id == session.scalars(
            select(SweepEntry.id).where(SweepEntry.kind == Entry.MESSAGE)
        ).one()  # fmt: skip
    assert faults == []
