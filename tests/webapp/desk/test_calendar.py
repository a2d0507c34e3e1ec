"""The calendars at the desk."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.registry.people import Role
from inspections.rules.school_year import SchoolPeriod
from tests.casefile import HOSTILE
from tests.factories import make_person

AUTUMN = {"kind": "autumn_term", "first_day": "2026-09-01", "last_day": "2027-01-22", "source": "县教体局校历"}
# Invented
NOTICE = (
    "一、元旦：1月1日至3日放假，共3天。二、春节：2月5日至12日放假调休，共8天。2月14日上班。"
    "三、清明节：4月3日至5日放假，共3天。四、劳动节：5月1日至5日放假调休，共5天。5月8日上班。"
    "五、端午节：6月9日放假，共1天。六、国庆节：10月1日至7日放假调休，共7天。9月26日、10月9日上班。"
)


@pytest.fixture
def desk(sign_in: Any, session: Session) -> FlaskClient:
    make_person(session, Role.DISPATCHER, login="li", name="李调度")
    return sign_in("li")


def test_a_year_is_shown_with_its_notice_holidays_and_make_up_days(desk) -> None:
    page = desk.get("/calendar?year=2026").text
    for said in ("国办发明电〔2025〕7号", "10-01，国庆节，法定节假日", "10-10，国庆节，调休上班"):
        assert said in page


def test_an_unpublished_year_says_so_and_can_be_entered_from_its_notice(desk) -> None:
    assert "2027 年放假安排未知" in desk.get("/calendar?year=2027").text
    form = {"year": "2027", "source": "国务院办公厅关于2027年部分节假日安排的通知", "notice": NOTICE}
    wrong = desk.post("/calendar/years", data=form | {"notice": NOTICE.replace("共8天", "共9天")})
    assert wrong.status_code == 422
    assert "日期和天数对不上" in wrong.text
    assert "国务院办公厅关于2027年" in wrong.text
    assert desk.post("/calendar/years", data=form).status_code == 303
    page = desk.get("/calendar?year=2027").text
    assert "未知" not in page
    assert "02-05，春节，法定节假日" in page


def test_terms_are_entered_corrected_and_removed(desk, session) -> None:
    assert desk.post("/calendar/periods", data=AUTUMN).status_code == 303
    period = session.scalars(select(SchoolPeriod)).one()
    path = f"/calendar/periods/{period.id}"
    assert "2027-01-22" in desk.get(path).text
    assert desk.post(path, data=AUTUMN | {"last_day": "2027-01-20"}).status_code == 303
    assert "2027-01-20" in desk.get("/calendar?year=2026").text
    assert desk.post(f"{path}/remove").status_code == 303
    session.expire_all()
    assert session.scalars(select(SchoolPeriod)).all() == []


def test_an_overlap_comes_back_with_what_was_typed(desk) -> None:
    desk.post("/calendar/periods", data=AUTUMN)
    answer = desk.post("/calendar/periods", data=AUTUMN | {"kind": "winter", "source": "寒假通知"})
    assert answer.status_code == 422
    assert "重叠" in answer.text
    assert 'value="寒假通知"' in answer.text


@pytest.mark.parametrize("year", ["", "abc", "1066", "99999999999999", "２０２６"])
def test_a_year_that_is_none_shows_this_one(desk, year: str) -> None:
    assert desk.get("/calendar", query_string={"year": year}).status_code == 200


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_person_types_is_text(desk, hostile: str) -> None:
    desk.post("/calendar/periods", data=AUTUMN | {"source": hostile})
    page = desk.get("/calendar?year=2026").text
    assert "<script>alert" not in page
    assert "49%s" not in page


def test_an_auditor_reads_the_calendar_and_changes_nothing(sign_in, session) -> None:
    make_person(session, Role.AUDITOR, login="sun")
    reader = sign_in("sun")
    assert "登记一个学期或假期" not in reader.get("/calendar?year=2026").text
    assert reader.post("/calendar/periods", data=AUTUMN).status_code == 403
