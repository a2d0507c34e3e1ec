"""A school or institution asks for more time: one request for problems of its paper, with reason and proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from .. import events
from ..days import day_of
from ..errors import Conflict, Invalid, Message, say
from ..events import Actor
from .approvals import Approval, ApprovalKind, ApprovalState
from .approving import ask_for_respondent, read_reason
from .attaching import EXTENSION, open_form
from .deadlines import MOST_DAYS
from .drafting import CONTROLS, read_days
from .orders import Order, OrderState
from .proofs import Proof, proofs_of
from .responding import Asked, Letter

LONGEST_NAME = 50
MOST_REQUESTS = 10  # of one order; who needs more had better phone


class Request(NamedTuple):
    """What a site asked for with one form: a request for each problem, decided one by one."""

    asked: list[tuple[Asked, Approval]]
    proofs: Sequence[Proof]

    @property
    def first(self) -> Approval:
        return self.asked[0][1]


@dataclass(frozen=True)
class ExtensionSheet:
    """What a site may ask for now. `closed` says why it can't; `requests` are those before, the newest first."""

    form_id: UUID
    kept: Sequence[Proof]
    askable: list[Asked]
    requests: list[Request]
    closed: Message | None

    def state_of(self, asked: Asked) -> Approval | None:
        """The newest request about an item."""
        pairs = (pair for request in self.requests for pair in request.asked)
        return next((approval for each, approval in pairs if each.item.id == asked.item.id), None)


def read_extensions(session: Session, letter: Letter, now: datetime) -> ExtensionSheet:
    """What belongs to a letter that the caller may see."""
    order = letter.order
    form_id = open_form(session, order, now, extension=True)
    kept = proofs_of(session, order.county, [form_id]).get(form_id, {}).get(EXTENSION, [])
    requests = _requests(session, letter)
    askable = [each for each in letter.asked if _is_askable(session, each)]
    return ExtensionSheet(form_id, kept, askable, requests, _why_closed(order, askable, requests))


def ask_for_more_time(
    session: Session,
    sender: Actor,
    letter: Letter,
    form: Mapping[str, Any],
    now: datetime,
    today: date,
) -> tuple[list[Approval], bool]:
    """Ask for `days` more for each problem that is ticked (`take-` and its item), and whether that is new.

    The same form twice is one request. Raises Invalid by field; Conflict where nothing can be asked for now, and
    for a form that was sent with other words. The order is locked.
    """
    order = letter.order
    session.refresh(order, with_for_update=True)
    form_id = _id(form.get("form_id"))
    sheet = read_extensions(session, letter, now)
    sent = next((each for each in sheet.requests if each.first.form_id == form_id), None)
    if sent is None and sheet.closed:
        raise Conflict(sheet.closed)
    taken, name, values = _read(form, letter.asked if sent else sheet.askable)
    if sent is not None:
        return _again(sent, taken, values), False
    asked = [
        ask_for_respondent(
            session, sender, each.finding, ApprovalKind.EXTENSION, values, now, today, name=name, form_id=form_id
        )
        for each in taken
    ]
    mine = (Proof.county == order.county, Proof.form_id == form_id, Proof.order_id == order.id)
    session.execute(update(Proof).where(*mine, Proof.item == EXTENSION).values(submitted_at=now))
    session.flush()
    events.record(session, sender, "ask_extension", order, form=str(form_id), name=name, problems=len(asked))
    return asked, True


def _is_askable(session: Session, asked: Asked) -> bool:
    finding = asked.finding
    if not asked.is_open or finding.due_on is None or finding.suspended_at is not None:
        return False
    waiting = select(func.count()).where(
        Approval.county == finding.county, Approval.finding_id == finding.id, Approval.state == ApprovalState.ASKED
    )
    return not session.scalar(waiting)


def _requests(session: Session, letter: Letter) -> list[Request]:
    by_finding = {each.finding.id: each for each in letter.asked}
    query = select(Approval).where(
        Approval.county == letter.order.county,
        Approval.finding_id.in_(by_finding),
        Approval.form_id.is_not(None),
        Approval.kind == ApprovalKind.EXTENSION,
    )
    forms: dict[UUID, list[tuple[Asked, Approval]]] = {}
    for approval in session.scalars(query.order_by(Approval.asked_at.desc(), Approval.id)):
        if approval.form_id:
            forms.setdefault(approval.form_id, []).append((by_finding[approval.finding_id], approval))
    proofs = proofs_of(session, letter.order.county, forms)
    return [Request(each, proofs.get(form_id, {}).get(EXTENSION, [])) for form_id, each in forms.items()]


def _why_closed(order: Order, askable: Sequence[Asked], requests: Sequence[Request]) -> Message | None:
    whom = {"contact": order.contact, "telephone": order.telephone}
    if order.state is not OrderState.SERVED or not askable:
        return say("现在没有可以申请延期的问题")
    if len(requests) >= MOST_REQUESTS:
        return say("这份文书已经申请过 {n} 次延期，请联系{contact}，电话 {telephone}", n=len(requests), **whom)
    return None


class Values(NamedTuple):
    taken: list[Asked]
    name: str
    values: dict[str, str]


def _read(form: Mapping[str, Any], offered: Sequence[Asked]) -> Values:
    problems: dict[str, Message] = {}
    wanted = {key.removeprefix("take-") for key in form if key.startswith("take-")}
    taken = [each for each in offered if str(each.item.id) in wanted]
    if len(taken) < len(wanted):
        problems["items"] = say("有的问题刚刚有了变化，请核对后重新选择")
    elif not taken:
        problems["take"] = say("请选择要延期的问题")
    name = CONTROLS.sub("", str(form.get("name") or "")).strip()
    if not name or len(name) > LONGEST_NAME:
        problems["name"] = say("请填写申请人的姓名和职务，最多 {n} 字", n=LONGEST_NAME)
    values = {"reason": read_reason(form, problems), "days": str(form.get("days") or "").strip()}
    try:
        read_days(values["days"])
    except Invalid:
        problems["days"] = say("请填写 1 至 {n} 个工作日", n=MOST_DAYS)
    if problems:
        raise Invalid(problems)
    return Values(taken, name, values)


def _again(sent: Request, taken: Sequence[Asked], values: Mapping[str, str]) -> list[Approval]:
    before = {each.finding.id for each, _ in sent.asked}, sent.first.reason, str(sent.first.working_days)
    if before != ({each.finding.id for each in taken}, values["reason"], values["days"]):
        day = day_of(sent.first.asked_at).isoformat()
        raise Conflict(say("这份申请 {day} 已经收到，后来改动的内容没有登记", day=day))
    return [approval for _, approval in sent.asked]


def _id(given: Any) -> UUID:
    try:
        return UUID(str(given))
    except ValueError:
        raise Invalid(message=say("表单的编号不对，请刷新页面后重新填写")) from None
