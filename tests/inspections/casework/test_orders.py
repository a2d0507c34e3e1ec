from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.access import get
from inspections.casework import findings
from inspections.casework.drafting import candidates, discard, draft, edit
from inspections.casework.findings import FindingState
from inspections.casework.issuing import issue, withdraw
from inspections.casework.orders import Order, OrderItem, OrderKind, OrderState, items_of
from inspections.casework.serving import recalculate, serve
from inspections.db import scope
from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.events import Event
from inspections.field.checks import Standing
from inspections.registry.people import Role
from inspections.rules.statutory import enter_year
from tests.casefile import HOSTILE, make_check
from tests.factories import COUNTY, make_account, make_person, make_site
from tests.inspections.rules.test_statutory import FORM
from tests.orders import AT, TODAY, Case

NOTICE, PRESSING = OrderKind.RECTIFICATION, OrderKind.SUPERVISION


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def test_a_notice_goes_from_findings_to_service_and_they_are_being_mended(session: Session, case: Case) -> None:
    order = case.drafted()
    assert (order.state, order.number_text, order.content) == (OrderState.DRAFT, None, None)
    assert {each.state for each in case.findings} == {FindingState.CONFIRMED}
    issue(session, case.director, order.id, AT, TODAY)
    assert (order.state, order.number_text) == (OrderState.ISSUED, "万教整改〔2026〕1号")
    assert {each.state for each in case.findings} == {FindingState.CONFIRMED}
    serve(session, case.dispatcher, order.id, case.service(), AT, TODAY)
    assert order.state is OrderState.SERVED
    assert {(each.state, each.due_on) for each in case.findings} == {(FindingState.RECTIFYING, date(2026, 12, 14))}
    assert all(each.state in findings.OPEN_STATES for each in case.findings)
    verbs = session.scalars(select(Event.verb).where(Event.subject_id.in_([order.id, case.findings[0].id])))
    assert sorted(verbs) == ["draft", "issue", "rectify", "serve"]


def test_what_was_issued_keeps_its_words_whatever_becomes_of_names(session: Session, case: Case) -> None:
    order = case.issued()
    case.site.name, case.findings[0].text, case.officers[0].name = "另一个名字", "改了", "改名"
    session.flush()
    session.refresh(order)
    assert order.content["addressee"] == "小太阳托管班"
    assert order.content["items"][0]["problem"] == "20:30 以后仍在授课"
    assert [each["name"] for each in order.content["officers"]] == ["张敏", "何静"]
    assert order.content["items"][0]["working_days"] == 15
    with pytest.raises(Conflict, match="内容已经固定"):
        edit(session, case.dispatcher, order.id, case.form(), TODAY)
    with pytest.raises(Conflict, match="内容已经固定"):
        discard(session, case.dispatcher, order.id)


def test_a_finding_stands_in_one_live_order_of_a_kind(session: Session, case: Case) -> None:
    order = case.drafted(findings=case.findings[:1])
    assert candidates(session, case.dispatcher, case.site, NOTICE) == case.findings[1:]
    with pytest.raises(Invalid, match="已在另一份文书里"):
        case.drafted()
    discard(session, case.dispatcher, order.id)
    assert session.scalars(select(OrderItem)).all() == []
    assert candidates(session, case.dispatcher, case.site, NOTICE) == case.findings


def test_a_supervision_order_follows_a_notice_but_no_notice_a_supervision_order(session, case) -> None:
    case.served()
    assert candidates(session, case.dispatcher, case.site, NOTICE) == []
    assert candidates(session, case.dispatcher, case.site, PRESSING) == case.findings
    pressing = case.served(PRESSING)
    assert pressing.number_text == "万教督办〔2026〕1号"
    items = session.scalars(select(OrderItem).where(OrderItem.finding_id == case.findings[0].id))
    assert {item.kind for item in items} == {PRESSING, NOTICE}


def test_only_findings_that_stand_can_be_named(session: Session, case: Case) -> None:
    for state in (FindingState.PROPOSED, FindingState.REJECTED, FindingState.STRUCK_OFF):
        case.find(state.value, state=state)
    elsewhere = case.find("别处的问题", make_site(session, name="别处"))
    assert candidates(session, case.dispatcher, case.site, NOTICE) == case.findings
    with pytest.raises(Invalid, match="刷新后核对"):
        case.drafted(findings=[*case.findings, elsewhere])


def test_a_draft_is_changed_before_it_is_signed(session: Session, case: Case) -> None:
    order = case.drafted()
    changed = case.form(findings=case.findings[1:], addressee="小太阳托管有限公司")
    edit(session, case.dispatcher, order.id, changed, TODAY)
    assert order.addressee == "小太阳托管有限公司"
    assert [row.finding for row in items_of(session, order)] == case.findings[1:]


def test_each_missing_word_is_named(session: Session, case: Case) -> None:
    key = case.findings[0].id
    blank = dict.fromkeys(("addressee", "contact", "telephone", "organisation"), " \x00\x07")
    items = {f"{name}-{key}": "" for name in ("measures", "lead", "department", "days")}
    with pytest.raises(Invalid) as refused:
        case.drafted(**blank, **items, supervised_on="2026-11-24")
    said = {name: str(message) for name, message in refused.value.fields.items()}
    assert said.keys() == {*blank, *items, "supervised_on"}
    assert said["addressee"] == "请填写文书发给谁"
    assert said[f"days-{key}"] == "请填写 1 至 120 个工作日，或另选一个日期"
    with pytest.raises(Invalid, match="请至少选一个问题"):
        case.drafted(findings=[])
    with pytest.raises(Invalid, match="最多 1000 字，现在 1001 字"):
        case.drafted(**{f"measures-{key}": "改" * 1001})


@pytest.mark.parametrize("days", ["0", "121", "-3", "十五", "1e2", "９", "99999999999999999999"])
def test_a_number_of_days_that_is_none_is_refused(case: Case, days: str) -> None:
    with pytest.raises(Invalid, match="请填写 1 至 120 个工作日"):
        case.drafted(**{f"days-{case.findings[0].id}": days})


def test_a_day_may_be_given_instead(session: Session, case: Case) -> None:
    first, second = (f"due_on-{each.id}" for each in case.findings)
    for wrong, said in (("2026-12-12", "是周末"), ("2026-11-23", "今天以后"), ("2026-13-01", "请填写日期")):
        with pytest.raises(Invalid, match=said):
            case.drafted(**{first: wrong})
    order = case.drafted(**{first: "2026-12-11", second: "2026-11-24"})
    issue(session, case.director, order.id, AT, TODAY)
    assert order.content["items"][0]["due_on"] == "2026-12-11"
    late = case.service(served_on="2026-11-24")
    with pytest.raises(Invalid, match="2026-11-24 不晚于送达日"):
        serve(session, case.dispatcher, order.id, late, AT, date(2026, 11, 24))
    serve(session, case.dispatcher, order.id, case.service(), AT, TODAY)
    assert [each.due_on for each in case.findings] == [date(2026, 12, 11), date(2026, 11, 24)]


def test_two_certified_officers_sign_what_an_inspection_found(session: Session, case: Case) -> None:
    with pytest.raises(Invalid) as refused:
        case.drafted(officer_id="", second_officer_id="")
    assert [str(each) for each in refused.value.fields.values()] == [
        "缺第一名执法人员：行政检查的文书须由两名持证人员署名",
        "缺第二名执法人员：行政检查的文书须由两名持证人员署名",
    ]
    with pytest.raises(Invalid, match="缺第二名执法人员"):
        case.drafted(second_officer_id="")
    with pytest.raises(Invalid, match="不能是同一人"):
        case.drafted(second_officer_id=str(case.officers[0].id))
    nobody = make_person(session, Role.GRID_WORKER, name="王桂英")
    with pytest.raises(Invalid, match="王桂英没有在有效期内的执法证件"):
        case.drafted(second_officer_id=str(nobody.id))
    with pytest.raises(Invalid, match="请从名单里选择"):
        case.drafted(second_officer_id="'; drop table orders")


def test_an_outside_observation_needs_no_officers(session: Session, case: Case) -> None:
    site = make_site(session, name="车库补习点")
    case.check = make_check(session, site, case.officers[0], standing=Standing.LEAD, device_id="lead")
    finding = case.find("车库里有课桌", site)
    form = case.form([finding], officer_id="", second_officer_id="")
    order = draft(session, case.dispatcher, site.id, NOTICE, form, TODAY)
    assert issue(session, case.director, order.id, AT, TODAY).content["officers"] == []


def test_an_officer_who_left_since_the_draft_stops_the_issue(session: Session, case: Case) -> None:
    order = case.drafted()
    case.officers[1].certificates[0].valid_until = TODAY - timedelta(days=1)
    with pytest.raises(Invalid, match="何静没有在有效期内的执法证件，请换人或先登记证件"):
        issue(session, case.director, order.id, AT, TODAY)
    case.officers[1].certificates[0].valid_until = None
    case.officers[1].is_active = False
    with pytest.raises(Invalid, match="何静的账号已停用，请换一名执法人员"):
        issue(session, case.director, order.id, AT, TODAY)
    case.officers[1].is_active = True
    account = make_account(session, "he", is_active=False)
    case.officers[1].account_id = account.id
    session.flush()
    with pytest.raises(Invalid, match="何静的账号已停用"):
        issue(session, case.director, order.id, AT, TODAY)
    assert (order.state, order.number) == (OrderState.DRAFT, None)


def test_a_finding_struck_off_since_the_draft_stops_the_issue(session: Session, case: Case) -> None:
    order = case.drafted()
    case.findings[1].state = FindingState.STRUCK_OFF
    with pytest.raises(Invalid, match="第 2 项问题现在是“已销号”，请退回修改草稿"):
        issue(session, case.director, order.id, AT, TODAY)


def test_a_day_that_passed_since_the_draft_stops_the_issue(session: Session, case: Case) -> None:
    order = case.drafted(**{f"due_on-{case.findings[0].id}": "2026-11-24"})
    with pytest.raises(Invalid, match="第 1 项的期限 2026-11-24 已到"):
        issue(session, case.director, order.id, AT, date(2026, 11, 24))


def test_nothing_is_issued_or_served_twice(session: Session, case: Case) -> None:
    order = case.served()
    with pytest.raises(Conflict, match="这份文书已经签发，文号 万教整改〔2026〕1号，没有重复编号"):
        issue(session, case.director, order.id, AT, TODAY)
    with pytest.raises(Conflict, match="万教整改〔2026〕1号 已于 2026-11-23 送达，没有重复登记"):
        serve(session, case.dispatcher, order.id, case.service(), AT, TODAY)


def test_a_draft_is_not_served(session: Session, case: Case) -> None:
    with pytest.raises(Conflict, match="这份文书是“草稿”，不能登记送达"):
        serve(session, case.dispatcher, case.drafted().id, case.service(), AT, TODAY)


@pytest.mark.parametrize(
    ("method", "field", "said"),
    [
        ("in_person", "received_by", "请填写签收人"),
        ("left", "service_note", "见证人"),
        ("post", "receipt_number", "回执编号"),
        ("electronic", "service_note", "同意电子送达"),
        ("public", "service_note", "公告的地方"),
        ("by pigeon", "method", "请选择送达方式"),
    ],
)
def test_each_way_of_service_has_its_proof(session, case, method: str, field: str, said: str) -> None:
    order = case.issued()
    with pytest.raises(Invalid) as refused:
        serve(session, case.dispatcher, order.id, case.service(method=method, received_by=""), AT, TODAY)
    assert said in str(refused.value.fields[field])
    assert order.state is OrderState.ISSUED


def test_service_lies_between_issue_and_today_and_has_a_server(session: Session, case: Case) -> None:
    order = case.issued()
    for day in ("2026-11-22", "2026-11-24", "", "昨天"):
        with pytest.raises(Invalid) as refused:
            serve(session, case.dispatcher, order.id, case.service(served_on=day), AT, TODAY)
        assert refused.value.fields.keys() == {"served_on"}
    case.officers[0].is_active = False
    for server in ("", "x", str(case.officers[0].id)):
        with pytest.raises(Invalid, match="请选择送达人"):
            serve(session, case.dispatcher, order.id, case.service(server_id=server), AT, TODAY)


def test_a_withdrawn_order_keeps_its_number_and_frees_its_findings(session: Session, case: Case) -> None:
    order = case.served()
    with pytest.raises(Invalid, match="请写明撤回的原因"):
        withdraw(session, case.director, order.id, " ", AT)
    withdraw(session, case.director, order.id, "写错了对象", AT)
    assert (order.state, order.number_text) == (OrderState.WITHDRAWN, "万教整改〔2026〕1号")
    assert {(each.state, each.due_on) for each in case.findings} == {(FindingState.CONFIRMED, date(2026, 12, 31))}
    with pytest.raises(Conflict, match="是“已撤回”，不能撤回"):
        withdraw(session, case.director, order.id, "再撤一次", AT)
    assert case.served().number_text == "万教整改〔2026〕2号"


def test_a_withdrawal_leaves_the_deadline_of_the_other_order_and_what_was_struck_off(session, case) -> None:
    case.served()
    pressing = case.served(PRESSING, **{f"days-{each.id}": "3" for each in case.findings})
    assert case.findings[0].due_on == date(2026, 11, 26)
    case.findings[1].state = FindingState.STRUCK_OFF
    withdraw(session, case.director, pressing.id, "已整改", AT)
    assert (case.findings[0].state, case.findings[0].due_on) == (FindingState.RECTIFYING, date(2026, 12, 14))
    assert case.findings[1].state is FindingState.STRUCK_OFF


def test_a_deadline_in_an_unpublished_year_waits_for_its_calendar(session: Session, case: Case) -> None:
    order = case.served(**{f"days-{case.findings[0].id}": "40"})
    item = items_of(session, order)[0].item
    assert (item.is_provisional, case.findings[0].due_on) == (True, date(2027, 1, 18))
    with pytest.raises(Conflict, match="2027 年的放假安排仍未公布或未录入，期限没有改动"):
        recalculate(session, case.dispatcher, order.id)
    enter_year(session, case.dispatcher, FORM)
    recalculate(session, case.dispatcher, order.id)
    assert not item.is_provisional
    assert case.findings[0].due_on == item.due_on
    with pytest.raises(Conflict, match="没有待核的期限"):
        recalculate(session, case.dispatcher, order.id)


def test_each_does_what_the_role_may(session: Session, case: Case) -> None:
    form = case.form()
    for stranger in (case.director, case.officers[0]):
        with pytest.raises(Forbidden):
            draft(session, stranger, case.site.id, NOTICE, form, TODAY)
    order = case.drafted()
    with pytest.raises(Forbidden):
        issue(session, case.dispatcher, order.id, AT, TODAY)
    issue(session, case.director, order.id, AT, TODAY)
    with pytest.raises(Forbidden):
        serve(session, case.director, order.id, case.service(), AT, TODAY)
    with pytest.raises(Forbidden):
        withdraw(session, case.dispatcher, order.id, "原因", AT)


def test_a_head_sees_the_orders_to_the_own_site_alone(session: Session, case: Case) -> None:
    order = case.served()
    elsewhere = make_site(session, name="别处")
    own, other = (make_person(session, Role.INSTITUTION_USER, site_id=site.id) for site in (case.site, elsewhere))
    assert get(session, own, Order, order.id) is order
    item = items_of(session, order)[0].item
    assert get(session, own, OrderItem, item.id) is item
    for model, key in ((Order, order.id), (OrderItem, item.id)):
        with pytest.raises(NotFound):
            get(session, other, model, key)


@pytest.mark.parametrize("words", [*HOSTILE, "</w:t>", "=cmd|' /C calc'!A0", "𠮷野家𬭶〇", "𰻝𰻝面"])
def test_typed_words_are_kept_as_they_are(session: Session, case: Case, words: str) -> None:
    key = case.findings[0].id
    typed = {"addressee": words, "contact": words, f"measures-{key}": words, f"lead-{key}": words}
    order = case.issued(**typed)
    session.refresh(order)
    assert {order.addressee, order.content["contact"], order.content["items"][0]["measures"]} == {words}


def test_a_site_of_another_county_is_not_found(session: Session, case: Case) -> None:
    form = case.form()
    scope(session, "421303")
    strange = make_site(session, county="421303").id
    scope(session, COUNTY)
    with pytest.raises(NotFound):
        draft(session, case.dispatcher, strange, NOTICE, form, TODAY)
