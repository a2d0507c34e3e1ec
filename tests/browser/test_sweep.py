"""A sweep from planning to the joint report: a command desk and three phones, one without a signal until the end.

Before the start somebody looks for its targets in the ways that a leaker would.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from docx import Document
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import make_url, text

from inspections.db import connect, new_id
from inspections.registry.departments import Department, DepartmentKind
from inspections.registry.people import Role
from tests.browser.installation import Installation, serving
from tests.browser.officer import (
    PHONE,
    add_photos,
    drawn_photo,
    finish,
    light,
    no_signal,
    sign_in,
    wait_until_kept,
)
from tests.conftest import created_database
from tests.factories import COUNTY, PLACE, make_person, make_site

pytestmark = pytest.mark.browser

CHINA = ZoneInfo("Asia/Shanghai")
DESK = {"width": 1440, "height": 900}
KINDS = (DepartmentKind.EDUCATION, DepartmentKind.MARKET, DepartmentKind.POLICE)
SIGNS = "甲乙丙丁戊己"
NAMES = [f"隐蔽补习{sign}号" for sign in SIGNS]
# Sites like those, where nobody goes: who can't tell the ones from the others has learnt nothing
OTHERS = [f"寻常补习{sign}号" for sign in SIGNS]


@dataclass
class Night:
    """A running installation with a county that sweeps; `sites` by name, `folder` holds its log."""

    installation: Installation
    folder: Path
    sites: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def night(migrated: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("sweep")
    with created_database(migrated, template=migrated.database) as database, serving(database, folder) as running:
        made = Night(running, folder)
        with running.session(COUNTY) as session:
            make_person(session, Role.DISPATCHER, login="li", name="李调度", phone="0793-3880001")
            make_person(session, Role.DISPATCHER, login="qian", name="钱调度")
            make_person(session, Role.INSPECTOR, login="zhao", name="赵旁观")
            for number, kind in enumerate(KINDS):
                department = Department(county=COUNTY, id=new_id(), name=f"县{kind.label}局", kind=kind)
                session.add(department)
                session.flush()
                for place in (2 * number, 2 * number + 1):
                    make_person(
                        session, Role.ENFORCER, login=f"p{place + 1}", name=f"队员{'一二三四五六'[place]}",
                        phone=f"1390000000{place}", certificate=f"赣E{place:04}", department_id=department.id,
                    )  # fmt: skip
            for number, name in enumerate((*NAMES, *OTHERS)):
                place = (PLACE[0] + 0.004 * number, PLACE[1] + 0.002 * (number % 3))
                made.sites[name] = make_site(session, place, name=name, address=f"幸福路 {100 + number} 号").id
        yield made


@pytest.fixture
def contexts(chromium: Browser, night: Night) -> Iterator[Any]:
    opened: list[BrowserContext] = []

    def make(**looks: Any) -> Page:
        opened.append(chromium.new_context(base_url=night.installation.url, **({"locale": "zh-CN"} | looks)))
        opened[-1].set_default_timeout(20_000)
        return opened[-1].new_page()

    yield make
    for context in opened:
        context.close()


def planned_start() -> datetime:
    """Some hours ahead, on a day of its own with the meeting before it."""
    start = (datetime.now(CHINA) + timedelta(hours=2)).replace(second=0, microsecond=0)
    return start if start.hour >= 1 else start + timedelta(hours=1)


def make_sweep(desk: Page, starts: datetime) -> str:
    """Its id. The name, the hours and the meeting point are no secrets."""
    sign_in(desk, "/sweeps/new", "li")
    desk.get_by_label("名称").fill("周一晚联合行动")
    desk.get_by_label("日期").fill(starts.date().isoformat())
    desk.get_by_label("开始（T-0").fill(f"{starts:%H:%M}")
    desk.get_by_label("结束").fill(f"{starts + timedelta(hours=3):%H:%M}")
    desk.get_by_label("集合时间").fill(f"{starts - timedelta(minutes=30):%H:%M}")
    desk.get_by_label("集合地点").fill("县政府南门")
    desk.get_by_role("button", name="建立行动，去选点位").click()
    desk.wait_for_url("**/plan")
    return desk.url.split("/sweeps/")[1][:36]


def choose_sites(desk: Page) -> None:
    expect(desk.locator("[data-part=stop-count]")).to_have_text("0")
    desk.get_by_role("button", name="候选").click()
    search = desk.get_by_label("按名称或地址找")
    search.fill("隐蔽补习")
    search.press("Enter")
    for name in NAMES:
        row = desk.get_by_label("候选点位").get_by_role("listitem").filter(has_text=name)
        row.get_by_role("button", name="加入", exact=True).click()
    expect(desk.locator("[data-part=stop-count]")).to_have_text(str(len(NAMES)))


def put_teams_together(desk: Page, sweep: str) -> None:
    desk.goto(f"/sweeps/{sweep}/teams")
    desk.locator("[name=start_name]").fill("县政府")
    desk.get_by_label("经度（WGS-84）").fill(str(PLACE[0]))
    desk.get_by_label("纬度（WGS-84）").fill(str(PLACE[1]))
    desk.get_by_label("自动组队几组").fill("3")
    desk.get_by_role("button", name="用空闲人员自动组队").click()
    expect(desk.locator(".team-card")).to_have_count(3)
    desk.get_by_role("link", name="下一步：排路线").click()
    desk.get_by_role("button", name="排路线", exact=True).click()
    expect(desk.locator(".route-stop")).to_have_count(len(NAMES))
    expect(desk.get_by_label("没有排上")).to_have_count(0)


def seal(desk: Page, sweep: str) -> None:
    desk.goto(f"/sweeps/{sweep}/secrecy")
    desk.get_by_role("button", name="封存并发密封包").click()
    expect(desk.get_by_text("提前启动").first).to_be_visible()


def leaders(night: Night, sweep: str) -> list[str]:
    """The logins of the three teams' leaders, by team."""
    with night.installation.session(COUNTY) as session:
        rows = session.execute(text(LEADERS), {"sweep": sweep}).all()
    return [row[0] for row in rows]


LEADERS = """select a.login from sweep_teams t
    join sweep_team_members m on m.county = t.county and m.team_id = t.id
    join people p on p.county = m.county and p.id = m.person_id join accounts a on a.id = p.account_id
    where t.sweep_id = :sweep and m.is_leader order by t.number"""


def phone_of(contexts: Any, login: str, sweep: str) -> Page:
    """A phone that has fetched its team's sealed packet. What it was sent is kept in `page.heard`."""
    page = contexts(**PHONE)
    sign_in(page, login=login)
    page.locator(".greeting").wait_for()
    wait_until_kept(page)
    page.goto(f"/m/sweeps/{sweep}")
    page.get_by_text("到点自动打开").wait_for()
    return page


def told_apart(content: str, night: Night) -> list[str]:
    """The targets that can be told from sites like them: by name or id they stand there more or less often."""
    apart = []
    for name, other in zip(NAMES, OTHERS, strict=True):
        for this, that in ((name, other), (str(night.sites[name]), str(night.sites[other]))):
            if content.count(this) != content.count(that):
                apart.append(this)
    return apart


KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      if (request.url.includes("/static/")) continue;
      found.push(request.url, await (await cache.match(request)).clone().text());
    }
  }
  const show = (key, value) => value instanceof ArrayBuffer ? new TextDecoder().decode(value)
    : ArrayBuffer.isView(value) ? new TextDecoder().decode(value) : value;
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done, fail) => {
      const asked = indexedDB.open(name); asked.onsuccess = () => done(asked.result); asked.onerror = fail;
    });
    for (const store of database.objectStoreNames) {
      const rows = await new Promise((done) => {
        const asked = database.transaction(store).objectStore(store).getAll();
        asked.onsuccess = () => done(asked.result);
      });
      found.push(store, JSON.stringify(rows, show));
    }
    database.close();
  }
  return [...found, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }),
    document.documentElement.outerHTML].join("\\n");
}"""
PAGES = ("", "/plan", "/plan/content", "/teams", "/routes", "/secrecy", "/briefing", "/live", "/report", "/replay",
         "/simulation")  # fmt: skip
ANSWERS = ("mine", "{sweep}/packet", "{sweep}/key", "{sweep}/state")


def look_for_targets(night: Night, contexts: Any, sweep: str, phone: Page) -> dict[str, list[str]]:
    """Everywhere a leaker would look, with what could be told apart there."""
    found = {"phone": told_apart(phone.evaluate(KEPT), night)}
    for path in ANSWERS:
        answer = phone.request.get(f"/api/v1/sweeps/{path.format(sweep=sweep)}")
        found[path] = told_apart(answer.text(), night)
    outsider = contexts(viewport=DESK)
    sign_in(outsider, "/sweeps", "qian")
    for path in ("/sweeps", "/ledger", "/tasks", "/targets", *(f"/sweeps/{sweep}{page}" for page in PAGES)):
        found[path] = told_apart(outsider.request.get(path).text(), night)
    found["what the app's role reads"] = told_apart(everything(night), night)
    log = (night.folder / "log").read_text("utf-8", "replace")
    found["log"] = [word for word in (*NAMES, *map(str, night.sites.values())) if word in log]
    return {where: what for where, what in found.items() if what}


def everything(night: Night) -> str:
    """Each value of each row that the app's own role may read, as somebody with its password would dump them."""
    url = make_url(night.installation.owner_url).set(username="mingcha_app")
    rows = []
    engine = connect(url)
    with engine.connect() as connection:
        connection.execute(text("select set_config('app.county', :county, false)"), {"county": COUNTY})
        tables: dict[str, list[str]] = {}
        for table, column in connection.execute(text(READABLE)):
            tables.setdefault(table, []).append(f'"{column}"')
        for table, columns in tables.items():
            rows += connection.execute(text(f'select {", ".join(columns)} from "{table}"')).all()
    engine.dispose()
    return "\n".join(str(value) for row in rows for value in row)


READABLE = """select table_name, column_name from information_schema.column_privileges
    where grantee in ('mingcha_app', 'PUBLIC') and privilege_type = 'SELECT' and table_schema = 'public'
    and table_name not like 'spatial%' and table_name not like 'geo%' and table_name not like 'raster%'
    order by 1, 2"""


def code_of(desk: Page, sweep: str, team: str) -> str:
    desk.goto(f"/sweeps/{sweep}/secrecy")
    card = desk.locator(".secrecy-team").filter(has=desk.get_by_role("heading", name=team, exact=True))
    card.get_by_role("button", name="查看口令").click()
    return desk.locator(".code").inner_text()


def start_now(desk: Page, sweep: str) -> None:
    desk.goto(f"/sweeps/{sweep}/secrecy")
    desk.locator("summary", has_text="提前启动").click()
    form = desk.locator("details", has_text="马上下发密钥")
    form.get_by_label("理由").fill("各组提前到位")
    form.get_by_role("button", name="提前启动").click()
    expect(desk.get_by_text("行动中").first).to_be_visible()


def go_to_stop(phone: Page, count: int) -> None:
    """On duty, to the first stop, and there."""
    phone.get_by_role("link", name="开始行动").click()
    phone.get_by_role("button", name="到岗").click()
    phone.get_by_role("button", name="出发：").click()
    phone.get_by_role("button", name="到达：").click()
    expect(phone.get_by_text(f"已了结 0/{count} 个点位")).to_be_visible()
    phone.get_by_role("link", name="进入检查：").click()


def inspect(phone: Page) -> None:
    """A joint check with a photo and one thing that is wrong, up to its receipt."""
    phone.get_by_role("button", name="进入检查").click()
    phone.get_by_role("button", name="开始检查").click()
    phone.get_by_role("heading", name="检查信息").wait_for()
    phone.get_by_role("button", name="下一步").click()
    item = phone.locator(".item").first
    item.locator("input[value=not_compliant]").check()
    item.get_by_placeholder("写明看到的情况").fill("二楼十二名学生正在上数学课")
    add_photos(phone, [drawn_photo(phone, "sweep")])
    finish(phone)
    light(phone, "已收妥")


def told(desk: Page, words: str, *, tab: str = "记录") -> None:
    """The board shows it, without being loaded again."""
    desk.get_by_role("group", name="看什么").get_by_role("button", name=tab).click()
    expect(desk.locator("[data-part=list]")).to_contain_text(words)


def send(desk: Page, deed: str, **fields: str) -> None:
    form = desk.locator(f"form[data-deed={deed}]")
    for name, value in fields.items():
        form.locator(f"[name={name}]").fill(value)
    form.locator("button[type=submit]").click()
    expect(form).to_be_hidden()


def test_a_sweep_is_planned_sealed_played_and_reported(
    night: Night, contexts: Any, look: Any, tmp_path: Path
) -> None:
    desk = contexts(viewport=DESK)
    sweep = make_sweep(desk, planned_start())
    choose_sites(desk)
    look(desk, "sweep-plan")
    put_teams_together(desk, sweep)
    look(desk, "sweep-routes")
    seal(desk, sweep)
    look(desk, "sweep-secrecy")

    phones = [phone_of(contexts, login, sweep) for login in leaders(night, sweep)]
    look(phones[0], "sweep-sealed")
    assert OTHERS[0] in phones[0].evaluate(KEPT)  # there is something to look through
    assert str(night.sites[OTHERS[0]]) in everything(night)
    assert look_for_targets(night, contexts, sweep, phones[0]) == {}

    away = phones[2]
    no_signal(away.context, True)
    start_now(desk, sweep)
    for phone in phones[:2]:
        phone.reload()
        phone.get_by_role("link", name="开始行动").wait_for()
    assert told_apart(phones[0].content(), night) != []
    look(phones[0], "sweep-opened")
    away.get_by_text("没有信号，用口令打开").click()
    away.get_by_label("指挥部口令").fill("0000 0000 0000")
    away.get_by_role("button", name="用口令打开").click()
    away.get_by_text("口令不对").wait_for()
    away.get_by_label("指挥部口令").fill(code_of(desk, sweep, "第3组"))
    away.get_by_role("button", name="用口令打开").click()
    away.get_by_role("link", name="开始行动").wait_for()
    look(away, "sweep-opened-by-code")

    desk.goto(f"/sweeps/{sweep}/live")
    expect(desk.get_by_text("实时", exact=True)).to_be_visible()
    go_to_stop(phones[0], 2)
    told(desk, "到达")
    inspect(phones[0])
    look(phones[0], "sweep-check-received")
    told(desk, "进入检查")
    go_to_stop(phones[1], 2)
    phones[1].get_by_role("button", name="关门无人").click()
    told(desk, "关门无人")
    desk.get_by_role("button", name="发消息").first.click()
    send(desk, "message", words="西门有人望风，从北门进")
    expect(phones[1].get_by_text("西门有人望风，从北门进").first).to_be_visible()
    phones[1].get_by_role("button", name="求援").click()
    phones[1].get_by_role("dialog").get_by_text("人员聚集、围堵").click()
    phones[1].get_by_role("dialog").get_by_role("button", name="求援").click()
    expect(desk.get_by_label("等待处置")).to_contain_text("人员聚集、围堵")
    look(desk, "sweep-live")
    desk.get_by_label("等待处置").get_by_role("button", name="登记处置").click()
    send(desk, "resolve", words="派出所两人已到")

    go_to_stop(away, 2)
    away.get_by_role("button", name="进入检查").click()
    away.get_by_role("button", name="检查完成").click()
    expect(away.get_by_text("待送出").first).to_be_visible()
    look(away, "sweep-away")
    desk.locator("[data-act=end]").click()
    send(desk, "end", words="其余点位改日再查")
    no_signal(away.context, False)
    away.reload()
    expect(away.get_by_text("待送出")).to_have_count(0)
    told(desk, "检查完成")

    desk.goto(f"/sweeps/{sweep}/report")
    expect(desk.locator("main")).to_contain_text("其余点位改日再查")
    for name in NAMES:
        expect(desk.locator("main")).to_contain_text(name)
    look(desk, "sweep-report")
    desk.get_by_role("link", name="Word 报告").click()
    desk.get_by_role("button", name="制作").click()
    file = desk.locator("a[href$='/file']").first
    file.wait_for()
    with desk.expect_download() as given:
        file.click()
    given.value.save_as(tmp_path / "report.docx")
    words = "\n".join(paragraph.text for paragraph in Document(str(tmp_path / "report.docx")).paragraphs)
    assert NAMES[0] in words or any(NAMES[0] in row for row in cells_of(tmp_path / "report.docx"))
    desk.goto(f"/sweeps/{sweep}/replay")
    look(desk, "sweep-replay")


def cells_of(path: Path) -> list[str]:
    return [cell.text for table in Document(str(path)).tables for row in table.rows for cell in row.cells]
