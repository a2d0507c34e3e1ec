"""Self-checks at the desk: sites picked by hand, the list of a campaign, reminders."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.registry.people import Role
from inspections.registry.sites import SiteCategory, SiteKind
from inspections.selfcheck.campaigns import SelfCheck, SelfCheckCampaign
from tests.factories import make_person, make_site

FORM = {
    "title": "秋季自查", "checklist": "zd-25", "opens_on": "2026-01-05", "closes_on": "2099-01-05",
    "letter": "请逐项自查。", "contact": "李调度", "telephone": "0793-1234567",
}  # fmt: skip


@pytest.fixture
def desk(sign_in: Any, session: Session) -> FlaskClient:
    make_person(session, Role.DISPATCHER, login="li", name="李调度")
    for name in ("幸福小学", "和平小学", "幸福中学"):
        make_site(session, name=name, kind=SiteKind.SCHOOL, category=SiteCategory.PRIMARY)
    return sign_in("li")


def sent(desk: FlaskClient, session: Session) -> str:
    assert desk.post("/self-checks/new", data=FORM | {"to": "kinds", "kinds": "school"}).status_code == 303
    return f"/self-checks/{session.scalars(select(SelfCheckCampaign.id)).one()}"


def test_sites_are_sought_ticked_and_sent_to(desk, session) -> None:
    found = desk.post("/self-checks/new", data=FORM | {"find": "1", "seek": "幸福"}).text
    ids = re.findall(r'name="sites" value="([^"]+)"', found)
    assert len(ids) == 2
    assert 'value="秋季自查"' in found
    again = desk.post("/self-checks/new", data=FORM | {"find": "1", "seek": "和平", "sites": ids[0]}).text
    assert f'value="{ids[0]}" checked' in again
    assert "和平小学" in again
    assert desk.post("/self-checks/new", data=FORM | {"to": "picked", "sites": ids}).status_code == 303
    assert len(session.scalars(select(SelfCheck)).all()) == 2


def test_nothing_picked_is_said_at_its_place(desk) -> None:
    answer = desk.post("/self-checks/new", data=FORM | {"to": "picked"})
    assert answer.status_code == 422
    assert "还没有选点位" in answer.text
    assert (
        "没有搜到别的学校或机构" in desk.post("/self-checks/new", data=FORM | {"find": "1", "seek": "火星"}).text
    )


def test_the_list_of_a_campaign_is_searched_and_exported_as_asked(desk, session) -> None:
    page = sent(desk, session)
    assert desk.get(page).text.count('data-label="点位名称"') == 3
    assert desk.get(f"{page}?q=和平").text.count('data-label="点位名称"') == 1
    assert "没有符合条件的记录" in desk.get(f"{page}?q=火星").text
    assert (
        desk.get(f"{page}?campaign=01890a5d-ac96-774b-bcce-b302099a8057").text.count('data-label="点位名称"') == 3
    )
    assert desk.get(f"{page}/sites.csv?q=和平").text.count("小学") == 1
    assert desk.get(f"{page}/sites.csv?mark=unanswered").text.count("学") == 3


def test_reminders_are_letters_and_are_counted(desk, session) -> None:
    page = sent(desk, session)
    assert "催办：" not in desk.post(f"{page}/letters").text
    assert "已催办" not in desk.get(page).text
    letters = desk.post(f"{page}/letters", data={"remind": "1"}).text
    assert letters.count("尚未收到贵单位的自查表") == 3
    assert "已催办 1 次" in desk.get(page).text


def test_who_does_not_send_sees_no_form(sign_in, session) -> None:
    make_person(session, Role.AUDITOR, login="sun")
    reader = sign_in("sun")
    assert reader.get("/self-checks/new").status_code == 403
    assert reader.post("/self-checks/new", data=FORM | {"find": "1", "seek": "小学"}).status_code == 403
