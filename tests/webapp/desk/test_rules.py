"""The rules at the desk: found, read, and set anew for the county."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo.times import china_day
from inspections.registry.people import Role
from inspections.rules.rules import Rule
from tests.casefile import HOSTILE
from tests.factories import COUNTY, make_person


@pytest.fixture
def desk(sign_in: Any, session: Session) -> FlaskClient:
    make_person(session, Role.DISPATCHER, login="li", name="李调度")
    return sign_in("li")


@pytest.fixture
def form(app: Any) -> dict[str, Any]:
    from webapp.auth import now

    with app.test_request_context():
        tomorrow = china_day(now()) + timedelta(days=1)
    return {
        "valid_from": tomorrow.isoformat(),
        "source": "县教体局〔2026〕9号",
        "limit-0-0": "20:00",
        "limit-1-0": "21:00",
    }


def own(session: Session) -> list[Rule]:
    return list(session.scalars(select(Rule).where(Rule.region == COUNTY).order_by(Rule.version)))


def test_rules_are_listed_by_subject_with_limit_and_source(desk) -> None:
    page = desk.get("/rules").text
    for said in ("书面作业用时", "不超过 60 分钟", "国务院办公厅", "附件3，第21条", "本地尚未填写"):
        assert said in page


def test_rules_are_found_by_any_of_their_words(desk) -> None:
    page = desk.get("/rules?q=培训贷").text
    assert "不得使用培训贷" in page
    assert "书面作业用时" not in page
    assert "没有符合条件的规则" in desk.get("/rules?q=火星").text
    assert "书面作业用时" not in desk.get("/rules?subject=fee").text


def test_a_rule_shows_its_versions_and_the_words_of_its_source(desk) -> None:
    page = desk.get("/rules/fee-span").text
    for said in ("一次性收费不得超过三个月", "且不得超过5000元", "2021-07-24 至 2023-06-07", "现行", "已失效"):
        assert said in page
    assert desk.get("/rules/no-such").status_code == 404


def test_the_county_sets_its_own_version(desk, session, form) -> None:
    assert desk.post("/rules/lesson-end/edit", data=form).status_code == 303
    (rule,) = own(session)
    assert rule.limits["cases"][0]["tests"][0]["value"] == "20:00"
    page = desk.get("/rules/lesson-end").text
    assert "尚未施行" in page
    assert "县教体局〔2026〕9号" in page


def test_a_version_is_ended_or_withdrawn(desk, session, form) -> None:
    desk.post("/rules/lesson-end/edit", data=form)
    assert desk.post("/rules/lesson-end/1/end", data={"last_day": "2020-01-01"}).status_code == 422
    assert desk.post("/rules/lesson-end/1/end", data={"last_day": form["valid_from"]}).status_code == 303
    assert desk.post("/rules/lesson-end/1/withdraw").status_code == 303
    session.expire_all()
    assert own(session)[0].withdrawn_at is not None
    assert "已撤回" in desk.get("/rules/lesson-end").text


def test_the_form_comes_back_with_what_is_wrong(desk, form) -> None:
    answer = desk.post(
        "/rules/lesson-end/edit", data=form | {"limit-0-0": "25:00", "source": "", "quote": "原文在此"}
    )
    assert answer.status_code == 422
    for said in ("没有这个时间", "请写明依据的文件名称和文号", "原文在此", 'value="25:00"'):
        assert said in answer.text


def test_every_rule_has_a_form_with_its_limits(desk, session) -> None:
    for code in session.scalars(select(Rule.code).distinct()):
        page = desk.get(f"/rules/{code}/edit")
        assert page.status_code == 200
        assert 'name="limit-0-0"' in page.text
        assert "{{" not in page.text


def test_every_rule_is_saved_as_its_form_gives_it(desk, session, form) -> None:
    """Each national limit survives being typed in: the form and the limit speak of the same values."""
    said = {True: "yes", False: "no"}
    for rule in session.scalars(select(Rule).where(Rule.region == "000000", Rule.valid_to.is_(None))).all():
        values = {
            name: said[test.value] if isinstance(test.value, bool) else test.value
            for name, _case, test in rule.limit.each_test()
            if test.value is not None
        }
        if not values:
            continue  # left to the place: there is nothing to give back
        given = {key: form[key] for key in ("valid_from", "source")} | values
        assert desk.post(f"/rules/{rule.code}/edit", data=given).status_code == 303
        saved = next(each for each in own(session) if each.code == rule.code)
        assert saved.limit == rule.limit


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_person_types_is_text(desk, form, hostile: str) -> None:
    assert (
        desk.post("/rules/lesson-end/edit", data=form | {"source": hostile, "quote": hostile}).status_code == 303
    )
    for path in ("/rules", "/rules/lesson-end", "/rules/lesson-end/edit", "/rules?q=" + hostile[:4]):
        page = desk.get(path).text
        assert "<script>alert" not in page
        assert "49%s" not in page


def test_the_nations_version_is_not_ended_from_here(desk) -> None:
    assert desk.post("/rules/lesson-end/1/end", data={"last_day": "2030-01-01"}).status_code == 409


def test_a_township_reads_rules_and_edits_none(sign_in, session, form) -> None:
    make_person(session, Role.TOWNSHIP_ADMIN, login="wu")
    reader = sign_in("wu")
    assert "另立本县新版" not in reader.get("/rules/lesson-end").text
    assert reader.get("/rules/lesson-end/edit").status_code == 403
    assert reader.post("/rules/lesson-end/edit", data=form).status_code == 403


def test_another_county_sees_nothing_of_this_ones_version(sign_in, session, desk, form) -> None:
    from inspections.db import scope

    desk.post("/rules/lesson-end/edit", data=form)
    scope(session, "421303")
    make_person(session, Role.DISPATCHER, login="fang", county="421303")
    other = sign_in("fang")
    assert "县教体局〔2026〕9号" not in other.get("/rules/lesson-end").text
    assert other.post("/rules/lesson-end/1/withdraw").status_code == 409


def test_values_are_tried_out_before_they_become_a_version(desk, session, form) -> None:
    answer = desk.post("/rules/lesson-end/edit", data=form | {"trial": "1", "source": "还没写完"})
    assert answer.status_code == 200
    assert "什么也没有保存" in answer.text
    assert 'value="还没写完"' in answer.text
    assert 'value="20:00"' in answer.text
    assert own(session) == []


NEW = {
    "limit-0-0": "18:30", "title": "课后服务最晚结束", "severity": "2", "document": "万年县课后服务管理办法",
    "number": "万教体〔2026〕9号", "issued_on": "2026-03-09", "clause": "第五条",
}  # fmt: skip
LATEST = "/rules/new/after_school/ends_at.not_after"


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def test_a_rule_of_the_countys_own_is_tried_out_and_put_into_use(desk, session, form) -> None:
    given = NEW | {"valid_from": form["valid_from"]}
    assert LATEST in desk.get("/rules/new").text
    assert desk.get(LATEST).status_code == 200
    first = desk.post(LATEST, data=given)
    assert first.status_code == 422
    assert "请先试算" in first.text
    trial = desk.post(LATEST, data=given | {"trial": "1"})
    assert "什么也没有保存" in trial.text or "试不出结果" in trial.text
    assert own(session) == []
    added = desk.post(LATEST, data=given | {"tried": hidden(trial.text, "tried")}, follow_redirects=True)
    for said in ("课后服务最晚结束", "结束时间不晚于 18:30", "尚未施行", "万教体〔2026〕9号", "另立本县新版"):
        assert said in added.text
    assert "尚未施行" in desk.get("/rules?q=最晚结束").text


def test_every_demand_has_a_form(desk) -> None:
    for path in re.findall(r'href="(/rules/new/[^"]+)"', desk.get("/rules/new").text):
        page = desk.get(path)
        assert page.status_code == 200, path
        assert 'name="limit-0-0"' in page.text, path
    assert desk.get("/rules/new/lesson/no.such").status_code == 404
    assert desk.get("/rules/new/nothing/ends_at.not_after").status_code == 404


def test_a_withdrawn_rule_of_its_own_offers_no_new_version(desk, session, form) -> None:
    given = NEW | {"valid_from": form["valid_from"]}
    tried = hidden(desk.post(LATEST, data=given | {"trial": "1"}).text, "tried")
    desk.post(LATEST, data=given | {"tried": tried})
    (rule,) = own(session)
    desk.post(f"/rules/{rule.code}/1/withdraw")
    assert "另立本县新版" not in desk.get(f"/rules/{rule.code}").text
    assert desk.get(f"/rules/{rule.code}/edit").status_code == 409


def test_a_township_adds_no_rule(sign_in, session) -> None:
    make_person(session, Role.TOWNSHIP_ADMIN, login="wu")
    reader = sign_in("wu")
    assert "新增本县规则" not in reader.get("/rules").text
    assert reader.get("/rules/new").status_code == 403
    assert reader.post(LATEST, data=NEW).status_code == 403
