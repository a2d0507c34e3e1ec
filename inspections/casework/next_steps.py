"""What comes next in a case: one step, whose it is, and why nothing earlier is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..days import day_of
from ..errors import Message, say
from ..vocabulary import Choice
from .approvals import Approval
from .findings import Finding, FindingState
from .legal_reviewing import grounds_of
from .legal_reviews import ReviewState, reviews_of
from .orders import Order, OrderItem, OrderKind, OrderState, items_of
from .proof import Evidence
from .rechecks import Recheck, RecheckOutcome
from .recusals import Recusal, RecusalState
from .responses import Response, ResponseState


class Next(Choice):
    """The one action that comes next, in the order in which they are looked for."""

    REOPEN = "reopen", say("决定是否重新打开")
    NOTHING = "nothing", say("不用处理")
    CONFIRM = "confirm", say("确认问题")
    APPROVE = "approve", say("审批申请")
    RECUSE = "recuse", say("决定回避")
    RESUME = "resume", say("情况消除后申请恢复")
    CLOSE = "close", say("销号")
    DRAFT = "draft", say("开具整改文书")
    REVIEW = "review", say("法制审核")
    SIGN = "sign", say("领导签发")
    SERVE = "serve", say("登记送达")
    ANSWER = "answer", say("审核整改报告")
    SUPERVISE = "supervise", say("开具督办单")
    ESCALATE = "escalate", say("约谈、通报或问责")
    RECHECK = "recheck", say("派人复查")


@dataclass(frozen=True)
class NextStep:
    """`order_id` is the order that the step is about, where it is one. `is_late` where the deadline has passed."""

    step: Next
    text: Message
    order_id: UUID | None = None
    is_late: bool = False


def next_step(
    session: Session,
    finding: Finding,
    evidence: Evidence,
    pending: Approval | None,
    recusals: Sequence[Recusal],
    again: Recheck | None,
    today: date,
) -> NextStep:
    match finding.state:
        case FindingState.STRUCK_OFF if again:
            return NextStep(Next.REOPEN, say("销号以后的复查结论是“{outcome}”，请决定是否重新打开",
                                             outcome=again.outcome.label), is_late=True)  # fmt: skip
        case FindingState.STRUCK_OFF:
            return NextStep(Next.NOTHING, say("已销号，不用处理"))
        case FindingState.REJECTED:
            return NextStep(Next.NOTHING, say("问题不成立，不用处理"))
        case FindingState.PROPOSED:
            return NextStep(Next.CONFIRM, say("等督学或专班确认：属实就定期限，不属实就写明原因"))
    return _waiting(finding, pending, recusals) or _under_way(session, finding, evidence, today)


def _waiting(finding: Finding, pending: Approval | None, recusals: Sequence[Recusal]) -> NextStep | None:
    if pending:
        return NextStep(Next.APPROVE, say("{kind}申请等领导审批", kind=pending.kind.label))
    if any(each.state is RecusalState.ASKED for each in recusals):
        return NextStep(Next.RECUSE, say("回避申请等领导决定"))
    if finding.suspended_at:
        return NextStep(Next.RESUME, say("已中止，期限不再计算；情况消除后申请恢复"))
    return None


def _under_way(session: Session, finding: Finding, evidence: Evidence, today: date) -> NextStep:
    if not evidence.missing:
        return NextStep(Next.CLOSE, say("复查已整改到位，照片齐全，可以销号"))
    late = finding.due_on is not None and finding.due_on < today
    orders = _live_orders(session, finding)
    for order in orders:
        if found := _of_order(session, order):
            return found
    if not orders:
        return _without_order(evidence, late=late)
    if found := _after_failure(session, finding, evidence, orders, late=late):
        return found
    if late:
        return NextStep(Next.RECHECK, say("整改期限已过，派两名持证人员复查，拍下整改后的照片"), is_late=True)
    return NextStep(Next.RECHECK, say("单位正在整改，到期派两名持证人员复查，拍下整改后的照片"))


def _without_order(evidence: Evidence, *, late: bool) -> NextStep:
    if evidence.recheck is None or evidence.check is None or evidence.recheck.outcome is RecheckOutcome.FIXED:
        return NextStep(Next.DRAFT, say("问题已确认，开具整改通知书"), is_late=late)
    said = {
        "day": day_of(evidence.check.device_finished_at).isoformat(),
        "outcome": evidence.recheck.outcome.label,
    }
    text = say("{day} 复查没有通过（{outcome}），还没有整改文书：请开具整改通知书", **said)
    return NextStep(Next.DRAFT, text, is_late=late)


def _after_failure(
    session: Session, finding: Finding, evidence: Evidence, orders: Sequence[Order], *, late: bool
) -> NextStep | None:
    """The last re-check says that it isn't mended, and the site has reported nothing since."""
    recheck, check = evidence.recheck, evidence.check
    if recheck is None or check is None or recheck.outcome is RecheckOutcome.FIXED:
        return None
    said = {"day": day_of(check.device_finished_at).isoformat(), "outcome": recheck.outcome.label}
    if recheck.outcome is RecheckOutcome.UNSEEN:
        return NextStep(Next.RECHECK, say("{day} 复查未能核实，请再派两名持证人员复查", **said), is_late=late)
    if _reported_since(session, orders, check.device_finished_at):
        return NextStep(
            Next.RECHECK,
            say("{day} 复查没有通过（{outcome}），单位又交来整改报告，请再派两名持证人员复查", **said),
            is_late=late,
        )
    if not late:
        due = finding.due_on.isoformat() if finding.due_on else "—"
        text = say("{day} 复查没有通过（{outcome}），督促单位在 {due} 前整改到位，再派人复查", due=due, **said)
        return NextStep(Next.RECHECK, text)
    if all(each.kind is not OrderKind.SUPERVISION for each in orders):
        text = say("{day} 复查没有通过（{outcome}），整改期限已过：请开具督办单，整改后再复查", **said)
        return NextStep(Next.SUPERVISE, text, is_late=True)
    text = say("督办后 {day} 复查仍没有通过（{outcome}），期限已过：请约谈、通报或问责，整改后再复查", **said)
    return NextStep(Next.ESCALATE, text, is_late=True)


def _reported_since(session: Session, orders: Sequence[Order], moment: datetime) -> bool:
    query = select(Response.id).where(
        Response.county == orders[0].county,
        Response.order_id.in_([each.id for each in orders]),
        Response.state == ResponseState.ACCEPTED,
        Response.submitted_at > moment,
    )
    return session.scalars(query.limit(1)).first() is not None


def _live_orders(session: Session, finding: Finding) -> Sequence[Order]:
    """The newest first."""
    query = (
        select(Order)
        .join(OrderItem, (OrderItem.county == Order.county) & (OrderItem.order_id == Order.id))
        .where(OrderItem.county == finding.county, OrderItem.finding_id == finding.id, OrderItem.is_live)
    )
    return session.scalars(query.order_by(Order.id.desc())).all()


def _of_order(session: Session, order: Order) -> NextStep | None:
    match order.state:
        case OrderState.DRAFT:
            return _of_draft(session, order)
        case OrderState.ISSUED:
            return NextStep(
                Next.SERVE, say("{number} 已签发，送达以后登记送达", number=order.number_text), order.id
            )
        case OrderState.SERVED:
            waiting = select(Response.id).where(
                Response.county == order.county, Response.order_id == order.id,
                Response.state == ResponseState.SUBMITTED,
            )  # fmt: skip
            if session.scalars(waiting.limit(1)).first():
                return NextStep(Next.ANSWER, say("单位交来整改报告，等审核"), order.id)
    return None


def _of_draft(session: Session, order: Order) -> NextStep:
    reviews = reviews_of(session, order)
    if reviews and reviews[0].state is ReviewState.ASKED:
        return NextStep(Next.REVIEW, say("文书已送法制审核，等审核结果"), order.id)
    if reviews and reviews[0].state is ReviewState.RETURNED:
        return NextStep(Next.REVIEW, say("法制审核退回，修改草稿后重新送审"), order.id)
    if not reviews and grounds_of(items_of(session, order), order.supervised_on):
        return NextStep(Next.REVIEW, say("整改要求须经法制审核，请送审"), order.id)
    return NextStep(Next.SIGN, say("草稿等领导签发编号"), order.id)
