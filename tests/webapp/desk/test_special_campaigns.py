"""The pages of a special campaign: begun, followed, reported, dispatched; what was typed stays text."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.days import day_of
from inspections.registry.people import Person, Role
from inspections.special_campaigns.dispatches import Instruction, InstructionState
from inspections.sweeps.campaigns import SpecialCampaign
from tests.factories import make_check, make_person, make_site, make_township
from tests.special import form_of, make_campaign, make_sweep

EVIL = "<script>alert(1)</script>${7*7}{{7*7}}"


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, login="li", name="李科长")


@pytest.fixture
def desk(sign_in: Callable[..., FlaskClient], dispatcher: Person) -> FlaskClient:
    return sign_in("li")


def of_now(**values: str) -> dict[str, str]:
    today = day_of(datetime.now(UTC))
    days = {"first_day": f"{today - timedelta(days=4)}", "last_day": f"{today + timedelta(days=5)}"}
    return form_of(**days, **values)


@pytest.fixture
def campaign(session: Session, dispatcher: Person) -> SpecialCampaign:
    return make_campaign(session, dispatcher, **of_now())


def test_a_campaign_is_begun_on_the_desk_and_what_is_wrong_stays_in_the_form(
    desk: FlaskClient, session: Session
) -> None:
    refused = desk.post("/special-campaigns/new", data=of_now(name="", **{"goal-made.all": "many"}))
    assert refused.status_code == 422
    assert 'value="many"' in refused.text
    made = desk.post("/special-campaigns/new", data=of_now(name=EVIL, purpose=EVIL), follow_redirects=True)
    assert made.status_code == 200
    assert EVIL not in made.text
    assert "&lt;script&gt;" in made.text
    assert session.scalars(select(SpecialCampaign.name)).all() == [EVIL]


def test_the_number_of_a_goal_leads_to_as_many_records(
    desk: FlaskClient, session: Session, dispatcher: Person, campaign: SpecialCampaign
) -> None:
    site = make_site(session, name="阳光托管")
    make_check(session, dispatcher, site, device_finished_at=datetime.now(UTC) - timedelta(hours=3))
    page = desk.get(f"/special-campaigns/{campaign.id}").text
    assert "<strong>1</strong>" in page
    (href,) = re.findall(r'href="([^"]*cell=made\.all[^"]*)"', page)
    records = desk.get(unescape(href))
    assert records.status_code == 200
    assert '<span class="count">1</span>' in records.text
    assert "阳光托管" in records.text


def test_the_second_who_saves_sees_what_is_there_now(desk: FlaskClient, campaign: SpecialCampaign) -> None:
    path = f"/special-campaigns/{campaign.id}/change"
    seen = desk.get(path).text.split('name="seen" value="')[1].split('"')[0]
    assert desk.post(path, data=of_now(name="甲", seen=seen)).status_code == 303
    refused = desk.post(path, data=of_now(name="乙", seen=seen))
    assert refused.status_code == 409
    assert "李科长" in refused.text
    assert "现在是：甲" in refused.text
    assert 'value="乙"' in refused.text


def test_a_report_is_looked_at_kept_and_downloaded(desk: FlaskClient, campaign: SpecialCampaign) -> None:
    day = day_of(datetime.now(UTC))
    path = f"/special-campaigns/{campaign.id}/reports/{day}"
    assert "还没有存" in desk.get(path).text
    assert desk.post(path, data={"version": "0", "words": EVIL}).status_code == 303
    page = desk.get(path).text
    assert EVIL not in page
    (href,) = re.findall(r'href="(/documents/campaign_day/[^"]*)"', page)
    word = desk.get(href)
    assert word.status_code == 200
    assert word.data[:2] == b"PK"
    assert desk.post(path, data={"version": "0", "reason": "x"}).status_code == 409
    assert desk.get(f"/special-campaigns/{campaign.id}/reports/1999-01-01").status_code == 404


def test_an_instruction_goes_from_the_desk_to_the_township_and_back(
    desk: FlaskClient, session: Session, campaign: SpecialCampaign, sign_in: Callable[..., FlaskClient]
) -> None:
    town = make_township(session, name="陈营镇")
    make_person(session, Role.TOWNSHIP_ADMIN, login="zhen", name="王镇长", township_id=town.id)
    path = f"/special-campaigns/{campaign.id}/dispatch"
    form = {"to": f"township:{town.id}", "text": "今晚走完三号格", "due_on": f"{campaign.last_day}"}
    assert desk.post(f"{path}/instructions", data=form | {"text": ""}).status_code == 422
    assert desk.post(f"{path}/instructions", data=form).status_code == 303
    given = session.scalars(select(Instruction)).one()
    desk.post("/account/sign-out")
    head = sign_in("zhen")
    assert "今晚走完三号格" in head.get("/instructions").text
    assert head.post(f"/instructions/{given.id}/received").status_code == 303
    assert head.post(f"/instructions/{given.id}/done", data={"words": ""}).status_code == 422
    assert head.post(f"/instructions/{given.id}/done", data={"words": "走完了"}).status_code == 303
    assert head.post(f"/instructions/{given.id}/done", data={"words": "走完了"}).status_code == 409
    session.refresh(given)
    assert given.state is InstructionState.DONE
    head.post("/account/sign-out")
    page = sign_in("li").get(path).text
    assert "走完了" in page
    assert "王镇长" in page


def test_a_sweep_that_is_planned_is_on_no_page_of_a_township(
    session: Session, dispatcher: Person, campaign: SpecialCampaign, sign_in: Callable[..., FlaskClient]
) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    hours = {"meets_at": tomorrow, "starts_at": tomorrow, "ends_at": tomorrow + timedelta(hours=2)}
    make_sweep(session, dispatcher, campaign.id, name="绝密夜查", **hours)
    town = make_township(session, name="陈营镇")
    make_person(session, Role.TOWNSHIP_ADMIN, login="zhen", township_id=town.id)
    head = sign_in("zhen")
    path = f"/special-campaigns/{campaign.id}"
    today = day_of(datetime.now(UTC))
    for page in ("/special-campaigns", path, f"{path}/dispatch", f"{path}/reports/{today}", f"{path}/schedule"):
        answer = head.get(page)
        assert answer.status_code == 200, page
        assert "绝密夜查" not in answer.text
    head.post("/account/sign-out")
    assert "绝密夜查" in sign_in("li").get(f"{path}/dispatch").text
