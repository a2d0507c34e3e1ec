"""A legal review is asked for, passed or returned; certain orders aren't signed without (行政处罚法 art. 58)."""

import hashlib
import json
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..errors import Conflict, Invalid, say
from ..registry.people import Person
from .drafting import CONTROLS
from .findings import Finding
from .legal_reviews import LegalReview, ReviewState, reviews_of
from .orders import ItemRow, Order, OrderState, items_of
from .papers import compose
from .recusing import refuse_recused
from .review_grounds import grounds_in, law

LONGEST_OPINION = 1_000


def grounds_of(rows: list[ItemRow], day: date) -> list[dict[str, Any]]:
    """Why the law asks for a review of what these items demand."""
    return grounds_in((row.item.measures for row in rows), day)


def words_sha256(session: Session, order: Order, rows: list[ItemRow]) -> str:
    """The hash of what a draft says, so that a review is known to be of these words and no others."""
    content = compose(session, order, rows, number_text="", issued_on=None)
    said = {name: value for name, value in content.items() if name not in {"officers", "contact", "telephone"}}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def refuse_unreviewed(session: Session, order: Order, rows: list[ItemRow]) -> None:
    """Raise Conflict unless the last review passed these words, wherever the law or the office asked for one."""
    grounds = grounds_of(rows, order.supervised_on)
    reviews = reviews_of(session, order)
    if not grounds and not reviews:
        return
    labels = [each["label"] for each in grounds] or ["本机关送审"]
    if not reviews:
        raise Conflict(
            say("缺法制审核：整改要求涉及{grounds}，{law}规定未经法制审核或者审核未通过的，不得作出决定",
                grounds=labels, law=_law())
        )  # fmt: skip
    last = reviews[0]
    if last.state is not ReviewState.PASSED:
        raise Conflict(say("法制审核还没有通过，现在是“{state}”", state=last.state.label))
    if last.words_sha256 != words_sha256(session, order, rows):
        raise Conflict(say("法制审核通过以后草稿又改过，请重新送审"))


def _law() -> str:
    return law()["source"].partition("（")[0] + str(law()["article"])


def ask_review(session: Session, person: Person, order_id: UUID, now: datetime) -> LegalReview:
    """Send a draft to be reviewed in the words it has now. Raises Conflict while a review of it waits."""
    require(person, "order.draft")
    order = get(session, person, Order, order_id)
    session.refresh(order, with_for_update=True)
    if order.state is not OrderState.DRAFT:
        raise Conflict(say("这份文书是“{state}”，签发以前才能送法制审核", state=order.state.label))
    reviews, rows = reviews_of(session, order), items_of(session, order)
    digest = words_sha256(session, order, rows)
    if reviews and reviews[0].state is ReviewState.ASKED:
        raise Conflict(say("已经送审，请等审核结果"))
    if reviews and reviews[0].state is ReviewState.PASSED and reviews[0].words_sha256 == digest:
        raise Conflict(say("这份草稿已经审核通过，没有重复送审"))
    review = LegalReview(
        county=order.county, order_id=order.id, grounds=grounds_of(rows, order.supervised_on), words_sha256=digest,
        state=ReviewState.ASKED, asked_at=now, asked_by_id=person.id,
    )  # fmt: skip
    session.add(review)
    session.flush()
    events.record(session, person, "ask_review", order, grounds=[each["code"] for each in review.grounds])
    return review


def decide_review(
    session: Session, person: Person, review_id: UUID, passed: bool, opinion: str, now: datetime
) -> LegalReview:
    """Pass or return a draft, the latter with an opinion. Its drafter, officers and asker don't review it."""
    require(person, "order.review")
    review = get(session, person, LegalReview, review_id)
    order = get(session, person, Order, review.order_id)
    session.refresh(order, with_for_update=True)
    session.refresh(review, with_for_update=True)
    if review.state is not ReviewState.ASKED:
        raise Conflict(say("这次送审已经处理过了：{state}", state=review.state.label))
    if person.id in {order.drafted_by_id, order.officer_id, order.second_officer_id, review.asked_by_id}:
        raise Conflict(say("拟稿、署名或送审的人不能审核自己的文书"))
    rows = items_of(session, order)
    refuse_recused(session, person, _findings(rows))
    opinion = CONTROLS.sub("", opinion).strip()
    if (not passed and not opinion) or len(opinion) > LONGEST_OPINION:
        raise Invalid({"opinion": say("请写明审核意见，最多 {n} 字", n=LONGEST_OPINION)})
    if passed and review.words_sha256 != words_sha256(session, order, rows):
        raise Conflict(say("送审以后草稿又改过，请退回，重新送审"))
    review.state = ReviewState.PASSED if passed else ReviewState.RETURNED
    review.decided_by_id, review.decided_at, review.opinion = person.id, now, opinion
    session.flush()
    events.record(session, person, "review", order, state=review.state.value, reason=opinion)
    return review


def _findings(rows: list[ItemRow]) -> list[Finding]:
    return [row.finding for row in rows]
