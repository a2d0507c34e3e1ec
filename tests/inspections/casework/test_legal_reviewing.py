import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.casework.drafting import discard, edit
from inspections.casework.issuing import issue
from inspections.casework.legal_reviewing import ask_review, decide_review
from inspections.casework.legal_reviews import LegalReview, ReviewState, reviews_of
from inspections.casework.orders import Order
from inspections.casework.review_grounds import grounds_in, law
from inspections.errors import Conflict, Forbidden, Invalid
from inspections.registry.people import Person, Role
from tests.orders import AT, TODAY, Case

GRAVE = "责令停业整顿，限期清退费用"


@pytest.fixture
def case(session: Session) -> Case:
    return Case(session)


@pytest.fixture
def reviewer(case: Case) -> Person:
    return case.person(Role.LEGAL_REVIEWER, "吴思源")


def grave(case: Case, **values: str) -> Order:
    return case.drafted(**{f"measures-{case.findings[0].id}": GRAVE}, **values)


def passed(case: Case, reviewer: Person, order: Order) -> LegalReview:
    review = ask_review(case.session, case.dispatcher, order.id, AT)
    return decide_review(case.session, reviewer, review.id, True, "", AT)


def test_the_grounds_quote_the_article_and_are_found_in_what_is_demanded() -> None:
    assert "未经法制审核或者审核未通过的，不得作出决定" in law()["quote"]
    assert [each["code"] for each in grounds_in(["立即停止学科类培训", GRAVE], TODAY)] == ["suspension"]
    assert [each["code"] for each in grounds_in(["没收违法所得，并处罚款；予以取缔"], TODAY)] == [
        "closing", "fine", "confiscation"
    ]  # fmt: skip
    assert grounds_in(["立即停止违规行为，公示收费标准"], TODAY) == []
    assert grounds_in([GRAVE], TODAY.replace(year=2021, month=7, day=14)) == []  # before the law was in force


def test_a_grave_order_is_not_signed_without_a_review(session: Session, case: Case, reviewer: Person) -> None:
    order = grave(case)
    with pytest.raises(Conflict) as refused:
        issue(session, case.director, order.id, AT, TODAY)
    assert str(refused.value.message) == (
        "缺法制审核：整改要求涉及责令停产停业，《中华人民共和国行政处罚法》第五十八条第一款规定"
        "未经法制审核或者审核未通过的，不得作出决定"
    )
    review = ask_review(session, case.dispatcher, order.id, AT)
    with pytest.raises(Conflict, match="法制审核还没有通过，现在是“待审核”"):
        issue(session, case.director, order.id, AT, TODAY)
    with pytest.raises(Conflict, match="已经送审，请等审核结果"):
        ask_review(session, case.dispatcher, order.id, AT)
    decide_review(session, reviewer, review.id, True, "程序合法", AT)
    assert issue(session, case.director, order.id, AT, TODAY).number_text


def test_a_returned_draft_is_changed_and_reviewed_again(session: Session, case: Case, reviewer: Person) -> None:
    order = grave(case)
    review = ask_review(session, case.dispatcher, order.id, AT)
    with pytest.raises(Invalid, match="请写明审核意见"):
        decide_review(session, reviewer, review.id, False, " ", AT)
    decide_review(session, reviewer, review.id, False, "缺听证告知", AT)
    with pytest.raises(Conflict, match="现在是“退回修改”"):
        issue(session, case.director, order.id, AT, TODAY)
    with pytest.raises(Conflict, match="已经处理过了：退回修改"):
        decide_review(session, reviewer, review.id, True, "", AT)
    passed(case, reviewer, order)
    assert [each.state for each in reviews_of(session, order)] == [ReviewState.PASSED, ReviewState.RETURNED]
    issue(session, case.director, order.id, AT, TODAY)


def test_words_changed_after_the_review_need_another(session: Session, case: Case, reviewer: Person) -> None:
    order = grave(case)
    passed(case, reviewer, order)
    with pytest.raises(Conflict, match="已经审核通过，没有重复送审"):
        ask_review(session, case.dispatcher, order.id, AT)
    changed = case.form(**{f"measures-{case.findings[0].id}": "责令关闭"})
    edit(session, case.dispatcher, order.id, changed, TODAY)
    with pytest.raises(Conflict, match="审核通过以后草稿又改过，请重新送审"):
        issue(session, case.director, order.id, AT, TODAY)
    review = ask_review(session, case.dispatcher, order.id, AT)
    assert [each["code"] for each in review.grounds] == ["closing"]
    edit(session, case.dispatcher, order.id, case.form(), TODAY)
    with pytest.raises(Conflict, match="送审以后草稿又改过"):
        decide_review(session, reviewer, review.id, True, "", AT)


def test_an_order_that_demands_no_penalty_may_be_reviewed_and_needs_it_then(session, case, reviewer) -> None:
    order = case.drafted()
    review = ask_review(session, case.dispatcher, order.id, AT)
    assert review.grounds == []
    with pytest.raises(Conflict, match="还没有通过"):
        issue(session, case.director, order.id, AT, TODAY)
    decide_review(session, reviewer, review.id, True, "", AT)
    issue(session, case.director, order.id, AT, TODAY)
    with pytest.raises(Conflict, match="签发以前才能送法制审核"):
        ask_review(session, case.dispatcher, order.id, AT)


def test_nobody_reviews_what_the_own_hand_wrote(session: Session, case: Case, reviewer: Person) -> None:
    order = grave(case)
    review = ask_review(session, case.dispatcher, order.id, AT)
    with pytest.raises(Forbidden):
        decide_review(session, case.director, review.id, True, "", AT)
    order.second_officer_id = reviewer.id
    with pytest.raises(Conflict, match="不能审核自己的文书"):
        decide_review(session, reviewer, review.id, True, "", AT)
    with pytest.raises(DBAPIError, match="four_eyes"), session.begin_nested():
        session.execute(
            text("update legal_reviews set state = 'passed', decided_at = now(), decided_by_id = asked_by_id")
        )


def test_a_draft_that_is_thrown_away_takes_its_reviews_along(session: Session, case: Case, reviewer) -> None:
    order = grave(case)
    ask_review(session, case.dispatcher, order.id, AT)
    discard(session, case.dispatcher, order.id)
    session.expire_all()
    assert reviews_of(session, order) == []
