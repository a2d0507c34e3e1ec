"""The statistics desk: asked, filled in, frozen, compared and taken away as a file; schedule and model cases."""

import io
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.days import day_of
from inspections.registry.people import Person, Role
from inspections.registry.sites import Site, SiteCategory, SiteKind
from inspections.reporting.figures.snapshots import FigureSnapshot
from inspections.reporting.model_cases import ModelCase
from inspections.reporting.schedules import ScheduleItem
from tests.casefile import HOSTILE
from tests.closing import close
from tests.factories import make_check, make_finding, make_person, make_site

SPRING = datetime(2026, 3, 20, 4, tzinfo=UTC)
YEAR = "/statistics?from=2026-01-01&to=2026-03-31"


@pytest.fixture
def school(session: Session) -> Site:
    return make_site(session, kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY, name="城北小学")


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, login="li", name="李调度")


@pytest.fixture
def desk(dispatcher: Person, sign_in) -> FlaskClient:
    return sign_in("li")


@pytest.fixture
def mended(session: Session, school: Site) -> None:
    """Two problems of March at one school, one of them mended in time."""
    inspector = make_person(session, Role.INSPECTOR, name="张敏")
    check = make_check(session, inspector, school, device_finished_at=SPRING)
    first, _second = (make_finding(session, school, confirmed_at=SPRING, text=f"问题{n}") for n in "甲乙")
    close(session, first, check, inspector, SPRING)


def cells(page: str) -> dict[str, tuple[str, int]]:
    """Where each number of the table leads, and the number."""
    found = re.findall(r'<a class="figure" href="([^"]+)" data-cell="([^"]+)">([\d,]+)</a>', page)
    return {key: (href.replace("&amp;", "&"), int(n.replace(",", ""))) for href, key, n in found}


def selection_of(page: str) -> str:
    return re.search(r'name="selection" value="([^"]+)"', page)[1]


def total(page: str) -> int:
    return int(re.search(r'<span class="count">([\d,]+)</span></h1>', page)[1])


@pytest.mark.usefixtures("mended")
def test_each_number_opens_a_list_of_as_many_records(desk: FlaskClient) -> None:
    found = cells(desk.get(YEAR).text)
    wanted = {
        "schools.primary": 1,
        "problems.all": 2,
        "done.primary": 1,
        "in_progress.all": 1,
        "inspectors.all": 1,
    }
    assert {key: found[key][1] for key in wanted} == wanted
    for key, (href, n) in found.items():
        page = desk.get(href)
        assert page.status_code == 200, key
        assert total(page.text) == n, key
    listed = desk.get(found["done.primary"][0]).text
    assert "问题甲" in listed
    assert "问题乙" not in listed
    assert "已完成整改问题数 · 小学 · 2026 年第一季度" in listed


def test_a_future_quarter_is_refused_in_words(desk: FlaskClient) -> None:
    answer = desk.get("/statistics?period=2199-Q1")
    assert answer.status_code == 422
    assert "没有这个时段" in answer.text
    answer = desk.get("/statistics?period=2098-Q1")
    assert "2098 年第一季度从 2098-01-01 开始，还没有到，没有可以统计的数字" in answer.text


@pytest.mark.usefixtures("mended")
def test_what_does_not_balance_is_shown_and_not_hidden(desk: FlaskClient, session: Session, school: Site) -> None:
    finding = make_finding(session, school, confirmed_at=SPRING, state="struck_off")
    year = datetime.now(UTC).year
    page = desk.get(f"/statistics?from=2026-01-01&to={year + 1}-12-31").text
    assert "表内数字不平衡" in page
    assert "已完成整改问题数·合计 1 应等于 台账上已销号的问题·合计 " in page
    assert finding.state == "struck_off"


@pytest.mark.usefixtures("mended")
def test_a_frozen_table_stays_and_its_numbers_lead_to_the_stored_records(
    desk: FlaskClient, session: Session, school: Site
) -> None:
    page = desk.get(YEAR).text
    answer = desk.post("/statistics/freeze", data={"selection": selection_of(page)})
    assert answer.status_code == 303
    make_finding(session, school, confirmed_at=SPRING, text="后来的问题")
    frozen = desk.get(answer.location).text
    assert "与固定时一致" in frozen
    href, n = cells(frozen)["problems.all"]
    assert n == 2
    assert total(desk.get(href).text) == 2
    assert cells(desk.get(YEAR).text)["problems.all"][1] == 3

    again = desk.post("/statistics/freeze", data={"selection": selection_of(desk.get(YEAR).text)})
    other = answer.location.rsplit("/", 1)[1]
    compared = desk.get(f"{again.location}/compare?with={other}").text
    assert "+1" in compared


@pytest.mark.parametrize("selection", ["", "421303~2026-01-01~2026-03-31~2026-03-31T15:59:59Z~", "361129~x",
                                       "361129~2026-01-01~2026-03-31~2199-03-31T15:59:59Z~"])  # fmt: skip
def test_a_table_that_nobody_can_have_seen_is_not_frozen(
    desk: FlaskClient, session: Session, selection: str
) -> None:
    assert desk.post("/statistics/freeze", data={"selection": selection}).status_code == 422
    assert session.scalars(select(FigureSnapshot)).all() == []


def test_what_is_typed_into_the_table_is_kept_and_inert(desk: FlaskClient) -> None:
    page = desk.get(YEAR).text
    form = {"selection": selection_of(page), "unit": HOSTILE[1], "filled_by": HOSTILE[2], "telephone": "1"}
    form |= {f"main-{n}": text for n, text in enumerate(HOSTILE[:3], start=1)}
    assert desk.post("/statistics/words", data=form).status_code == 303
    page = desk.get(YEAR).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    rows = sheet_of(desk.get(YEAR.replace("/statistics", "/statistics.xlsx")).data)
    assert rows[7][1].endswith(HOSTILE[0])
    wrong = desk.post("/statistics/words", data=form | {"unit": "", "main-2": "字" * 201})
    assert wrong.status_code == 422
    assert "请填写填报单位" in wrong.text
    assert "最多 200 字" in wrong.text


def sheet_of(file: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0).to_python()


@pytest.mark.usefixtures("mended")
def test_the_workbook_has_the_numbers_of_the_page(desk: FlaskClient) -> None:
    rows = sheet_of(desk.get(YEAR.replace("/statistics", "/statistics.xlsx")).data)
    assert rows[0][0] == "万年县2026年第一季度“双减”督导有关情况统计表"
    assert [row[2:] for row in rows[11:16]] == [[1, 1, 0], [0, 0, 0], [2, 2, 0], [1, 1, 0], [1, 1, 0]]


def test_an_auditor_reads_the_table_and_changes_nothing(session: Session, sign_in) -> None:
    make_person(session, Role.AUDITOR, login="sun")
    client = sign_in("sun")
    page = client.get(YEAR).text
    assert "固定这张表" not in page
    assert client.post("/statistics/freeze", data={}).status_code == 403


def test_the_schedule_begins_from_the_districts_document_and_follows_the_checks(
    desk: FlaskClient, session: Session, school: Site
) -> None:
    inspector = make_person(session, Role.INSPECTOR)
    for day in (datetime(2026, 9, 1, 1, tzinfo=UTC), datetime(2026, 8, 31, 1, tzinfo=UTC)):
        make_check(session, inspector, school, device_finished_at=day, received_at=day)
    assert desk.post("/statistics/schedule/begin?year=2026").status_code == 303
    assert desk.post("/statistics/schedule/begin?year=2026").status_code == 409
    items = session.scalars(select(ScheduleItem).order_by(ScheduleItem.position)).all()
    assert [item.item for item in items] == [
        "全县开学重点督查与学期常态督查",
        "县政府履行教育职责评价",
        "责任督学常态化督导",
        "各级督学实地督导",
    ]
    page = desk.get("/statistics/schedule?year=2026").text
    links = re.findall(r'<a href="(/checks\?[^"]+)">(\d+) 次检查</a>', page)
    assert [n for _, n in links] == ["1", "1", "0"]
    for href, n in links:
        href = href.replace("&amp;", "&")
        assert parse_qs(urlsplit(href).query)["days"] == ["2026-09-01~2027-08-31"]
        assert total(desk.get(href).text) == int(n)
    rows = sheet_of(desk.get("/statistics/schedule.xlsx?year=2026").data)
    assert rows[1] == ["序号", "督导事项", "时间安排", "责任主体", "已开展检查（次）"]
    assert rows[4] == [3, "责任督学常态化督导", "春、秋季学期，寒暑假", "县政府教育督导部门组织，责任督学参加", 1]


def test_a_line_of_the_schedule_is_added_corrected_and_removed(desk: FlaskClient, session: Session) -> None:
    form = {"item": HOSTILE[2], "time": "四月", "responsible": "督导室", "kinds": ["sweep"],
            "first_day": "2026-04-01", "last_day": "2026-03-01"}  # fmt: skip
    wrong = desk.post("/statistics/schedule?year=2025", data=form)
    assert wrong.status_code == 422
    assert "最后一天早于第一天" in wrong.text
    assert desk.post("/statistics/schedule?year=2025", data=form | {"last_day": "2026-04-30"}).status_code == 303
    item = session.scalars(select(ScheduleItem)).one()
    assert (item.year, item.kinds, item.item) == (2025, ["sweep"], HOSTILE[2])
    assert sheet_of(desk.get("/statistics/schedule.xlsx?year=2025").data)[2][1] == HOSTILE[2]
    address = f"/statistics/schedule/{item.id}"
    desk.post(address, data=form | {"last_day": "2026-04-30", "item": "春季督查"})
    session.expire_all()
    assert "春季督查" in desk.get(address).text
    assert desk.post(f"{address}/remove").status_code == 303
    assert session.scalars(select(ScheduleItem)).all() == []


def test_a_model_case_is_counted_until_it_is_taken_back(desk: FlaskClient, session: Session, school: Site) -> None:
    form = {"site": school.name, "title": HOSTILE[1], "text": "一科一单\n每天公示", "found_on": "2026-03-02"}
    wrong = desk.post("/cases", data=form | {"site": "没有这所", "found_on": "2199-01-01"})
    assert wrong.status_code == 422
    assert "没有这个学校或机构" in wrong.text
    assert "发现日期不能晚于今天" in wrong.text
    answer = desk.post("/cases", data=form)
    assert "<script>alert" not in desk.get(answer.location).text
    page = f"{YEAR}&as_of={day_of(datetime.now(UTC))}"
    assert cells(desk.get(page).text)["cases.all"][1] == 1
    assert desk.post(f"{answer.location}/withdraw", data={"reason": " "}).status_code == 422
    assert desk.post(f"{answer.location}/withdraw", data={"reason": "数据不实"}).status_code == 303
    assert desk.post(f"{answer.location}/withdraw", data={"reason": "再撤"}).status_code == 409
    assert cells(desk.get(page).text)["cases.all"][1] == 0
    assert session.scalars(select(ModelCase)).one().withdrawn_reason == "数据不实"


def test_a_township_head_without_a_township_is_told_what_is_missing(sign_in, session) -> None:
    make_person(session, Role.TOWNSHIP_ADMIN, login="wu")
    answer = sign_in("wu").get("/statistics?period=2026-Q1")
    assert answer.status_code == 200
    assert "您的账号还没有登记所在镇街" in answer.text
    assert "回到工作台" in answer.text
