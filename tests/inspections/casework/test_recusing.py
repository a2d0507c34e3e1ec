import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from inspections.casework.closing import close
from inspections.casework.handing_on import hand_over, who_is_in_charge
from inspections.casework.issuing import issue
from inspections.casework.recusals import Recusal, RecusalState, recused
from inspections.casework.recusing import ask_recusal, decide_recusal
from inspections.casework.serving import serve
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.events import Event
from inspections.field.checks import CheckKind
from inspections.registry.people import Person, Role
from tests.casefile import make_recheck, make_task
from tests.factories import make_account, make_person
from tests.orders import AT, LATER, TODAY, Case


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


def form(officer: Person, **values: str) -> dict[str, str]:
    return {"person_id": str(officer.id), "origin": "party", "reason": "机构负责人的亲属"} | values


def asked(case: Case, officer: Person, **values: str) -> Recusal:
    return ask_recusal(case.session, case.dispatcher, case.findings[0].id, form(officer, **values), AT)


def recuse(case: Case, officer: Person, **values: str) -> Recusal:
    return decide_recusal(case.session, case.director, asked(case, officer, **values).id, True, "", AT)


def test_until_it_is_decided_nothing_stops_then_the_officer_signs_no_more(session: Session, case: Case) -> None:
    order = case.drafted()
    recusal = asked(case, case.officers[1])
    case.drafted(findings=[case.find("第三个问题")])
    decide_recusal(session, case.director, recusal.id, True, "属实", AT)
    with pytest.raises(Invalid, match="何静应当回避，请换一名执法人员"):
        issue(session, case.director, order.id, AT, TODAY)
    other = make_person(session, Role.INSPECTOR, name="吴英", certificate="赣E777")
    order.second_officer_id = other.id
    assert issue(session, case.director, order.id, AT, TODAY).number


def test_who_is_recused_from_a_case_works_on_the_others_of_the_site(session: Session, case: Case) -> None:
    recuse(case, case.officers[0])
    barred = recused(session, case.site.county, case.site.id, [case.findings[0].id])
    assert barred == {case.officers[0].id}
    assert recused(session, case.site.county, case.site.id, [case.findings[1].id]) == set()
    case.drafted(findings=case.findings[1:])
    with pytest.raises(Invalid, match="张敏应当回避"):
        case.drafted(findings=case.findings[:1])
    recuse(case, case.officers[1], whole_site="1")
    assert case.officers[1].id in recused(session, case.site.county, case.site.id, [case.findings[1].id])


def test_who_is_recused_serves_nothing_and_proves_nothing(session: Session, case: Case) -> None:
    order = case.issued()
    recuse(case, case.officers[0], whole_site="1")
    with pytest.raises(Invalid, match="张敏应当回避，请换一名送达人"):
        serve(session, case.dispatcher, order.id, case.service(), AT, TODAY)
    serve(session, case.dispatcher, order.id, case.service(server_id=str(case.officers[1].id)), AT, TODAY)
    case.recheck()
    with pytest.raises(Conflict, match="张敏应当回避，其复查不能作为销号依据"):
        close(session, case.dispatcher, case.findings[0].id, LATER)


def test_who_is_recused_closes_nothing_and_signs_nothing_as_leader(session: Session, case: Case) -> None:
    other = make_person(session, Role.DIRECTOR, name="另一位领导")
    for who in (case.dispatcher, case.director):
        decide_recusal(session, other, asked(case, who).id, True, "", AT)
    case.recheck()
    with pytest.raises(Forbidden, match="应当回避"):
        close(session, case.dispatcher, case.findings[0].id, LATER)
    order = case.drafted()
    with pytest.raises(Forbidden, match="应当回避"):
        issue(session, case.director, order.id, AT, TODAY)


def test_a_refusal_has_a_reason_and_nobody_decides_about_oneself(session: Session, case: Case) -> None:
    recusal = asked(case, case.officers[0])
    with pytest.raises(Invalid, match="请写明理由"):
        decide_recusal(session, case.director, recusal.id, False, "", AT)
    decide_recusal(session, case.director, recusal.id, False, "没有利害关系", AT)
    assert recusal.state is RecusalState.REFUSED
    with pytest.raises(Conflict, match="已经处理过了：不用回避"):
        decide_recusal(session, case.director, recusal.id, True, "", AT)
    own = asked(case, case.director)
    with pytest.raises(Conflict, match="不能决定自己的回避"):
        decide_recusal(session, case.director, own.id, True, "", AT)
    case.drafted()


def test_each_missing_word_is_named_and_each_does_what_the_role_may(session: Session, case: Case) -> None:
    with pytest.raises(Invalid) as refused:
        asked(case, case.officers[0], person_id="x", origin="rumour", reason=" ")
    assert refused.value.fields.keys() == {"person_id", "origin", "reason"}
    with pytest.raises(Forbidden):
        ask_recusal(session, case.director, case.findings[0].id, form(case.officers[0]), AT)
    recusal = asked(case, case.officers[0])
    with pytest.raises(Forbidden):
        decide_recusal(session, case.dispatcher, recusal.id, True, "", AT)


def officers(*people: Person) -> dict[str, str]:
    given = dict(zip(("officer_id", "second_officer_id"), (str(each.id) for each in people), strict=False))
    return given | {"reason": "何静调离"}


def test_a_case_of_an_officer_who_left_moves_on_with_another(session: Session, case: Case) -> None:
    case.served()
    task = make_task(session, case.site, case.officers[1], case.dispatcher, kind=CheckKind.RECHECK)
    account = make_account(session, "he", is_active=False)
    case.officers[1].account_id = account.id
    session.flush()
    wrong = [str(each.wrong) for each in who_is_in_charge(session, case.findings[0], TODAY) if each.wrong]
    assert wrong == ["何静的账号已停用，请改派"]
    new = make_person(session, Role.INSPECTOR, name="吴英", certificate="赣E777")
    with pytest.raises(Invalid, match="何静的账号已停用"):
        hand_over(session, case.dispatcher, case.findings[0].id, officers(new, case.officers[1]), AT, TODAY)
    hand_over(session, case.dispatcher, case.findings[0].id, officers(new, case.officers[0]), AT, TODAY)
    assert [each.officer for each in who_is_in_charge(session, case.findings[0], TODAY)] == [new, case.officers[0]]
    assert task.assignee_id == new.id
    event = session.scalars(select(Event).where(Event.verb == "hand_over")).one()
    assert (event.detail["was"], event.detail["to"]) == (["张敏", "何静"], ["吴英", "张敏"])
    make_recheck(session, case.findings[0], [new, case.officers[0]])
    close(session, case.dispatcher, case.findings[0].id, LATER)
    with pytest.raises(Conflict, match="现在是“已销号”，不用改派"):
        hand_over(session, case.dispatcher, case.findings[0].id, officers(new, case.officers[0]), AT, TODAY)


def test_a_hand_over_needs_a_reason_and_two_certified_officers_for_an_inspection(session, case) -> None:
    with pytest.raises(Invalid) as refused:
        hand_over(session, case.dispatcher, case.findings[0].id, {"officer_id": "x"}, AT, TODAY)
    assert refused.value.fields.keys() == {"officer_id", "second_officer_id", "reason"}
    with pytest.raises(Forbidden):
        hand_over(session, case.officers[0], case.findings[0].id, officers(*case.officers), AT, TODAY)
