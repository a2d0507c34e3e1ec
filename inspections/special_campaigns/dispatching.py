"""Holding the daily dispatch 日调度: its minutes, instructions given, and answers to them.

An instruction is answered by whom it went to, on the screen; or the office writes down who answered by telephone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from .. import events
from ..access import can, get, visible
from ..days import day_of
from ..errors import Conflict, Forbidden, Invalid, Message, say
from ..registry.people import Person
from ..reporting.form_days import read_day
from ..sweeps.campaigns import SpecialCampaign
from .addressing import addressees, is_own, name_of
from .dispatches import Dispatch, Instruction, InstructionState, Receipt, ReceiptKind
from .lagging import behind, due_on
from .planning import to_plan
from .typed import read_text

LONGEST_WORDS, LONGEST_TEXT, LONGEST_ANSWER, LONGEST_NAME = 4000, 500, 1000, 40
MOST_DAYS_AHEAD = 400
GONE = say("这条指令{state}，请刷新后核对")
# What each answer needs to find, and what it makes of the instruction
TURNS = {
    ReceiptKind.RECEIVED: ((InstructionState.SENT,), InstructionState.RECEIVED),
    ReceiptKind.PROGRESS: ((InstructionState.SENT, InstructionState.RECEIVED), InstructionState.RECEIVED),
    ReceiptKind.DONE: ((InstructionState.SENT, InstructionState.RECEIVED), InstructionState.DONE),
    ReceiptKind.REOPENED: ((InstructionState.DONE,), InstructionState.RECEIVED),
    ReceiptKind.WITHDRAWN: ((InstructionState.SENT, InstructionState.RECEIVED), InstructionState.WITHDRAWN),
}
OF_OFFICE = (ReceiptKind.REOPENED, ReceiptKind.WITHDRAWN)
WITH_WORDS = (ReceiptKind.PROGRESS, ReceiptKind.DONE, *OF_OFFICE)


def hold(session: Session, person: Person, campaign_id: UUID, form: Mapping[str, Any], now: datetime) -> Dispatch:
    """Write down today's minutes. The first time, what is behind and falls due is kept with them."""
    campaign = to_plan(session, person, campaign_id)
    wrong: dict[str, Message] = {}
    words = read_text(form, "words", LONGEST_WORDS, wrong)
    if wrong:
        raise Invalid(wrong)
    dispatch = _today(session, person, campaign, now)
    if form.get("seen", "") != dispatch.words:
        raise Conflict(say("今天的调度记录刚有人改过，请对照现在的内容重做这一步"))
    dispatch.words = words
    session.flush()
    events.record(session, person, "hold", dispatch, day=dispatch.day.isoformat())
    return dispatch


def instruct(
    session: Session, person: Person, campaign_id: UUID, form: Mapping[str, Any], now: datetime
) -> Instruction:
    """Tell one township, department or person what to do until when, as part of today's dispatch."""
    campaign = to_plan(session, person, campaign_id)
    wrong: dict[str, Message] = {}
    text = read_text(form, "text", LONGEST_TEXT, wrong)
    due = read_day(form, "due_on", wrong)
    if due and not day_of(now) <= due <= day_of(now) + timedelta(days=MOST_DAYS_AHEAD):
        wrong["due_on"] = say("完成时限最早是今天")
    to = str(form.get("to", ""))
    if to not in dict(addressees(session, person)):
        wrong["to"] = say("请选择交给谁")
    if wrong or due is None:
        raise Invalid(wrong)
    kind, _, key = to.partition(":")
    given = Instruction(
        county=person.county, dispatch_id=_today(session, person, campaign, now).id, text=text, due_on=due,
        given_at=now, given_by_id=person.id, **{f"{kind}_id": UUID(key)},
    )  # fmt: skip
    session.add(given)
    session.flush()
    events.record(session, person, "instruct", given, to=name_of(session, given))
    return given


def answer(
    session: Session,
    person: Person,
    instruction_id: UUID,
    kind: ReceiptKind,
    form: Mapping[str, Any],
    now: datetime,
) -> Receipt:
    """Sign for an instruction, report on it, or say that it is done. Raises Conflict where it isn't open any more,
    Invalid for who neither got it nor plans campaigns, Forbidden for what only the office does.
    """
    instruction = get(session, person, Instruction, instruction_id)
    own, plans = is_own(person, instruction), can(person, "campaign.plan")
    if not plans and not own:
        raise Invalid(message=say("这条指令不是发给您的，不能替别人签收"))
    if not plans and kind in OF_OFFICE:
        raise Forbidden
    wrong: dict[str, Message] = {}
    words = read_text(form, "words", LONGEST_ANSWER, wrong, may_be_empty=kind not in WITH_WORDS)
    by_telephone = not own and kind not in OF_OFFICE
    heard_from = read_text(form, "heard_from", LONGEST_NAME, wrong) if by_telephone else ""
    if wrong:
        raise Invalid(wrong)
    session.refresh(instruction, with_for_update=True)
    needed, made = TURNS[kind]
    if instruction.state not in needed:
        raise Conflict(GONE._replace(values={"state": instruction.state.label}))
    receipt = Receipt(county=person.county, instruction_id=instruction.id, kind=kind, words=words,
                      heard_from=heard_from, person_id=person.id, at=now)  # fmt: skip
    instruction.state = made
    session.add(receipt)
    session.flush()
    events.record(session, person, kind.value, instruction)
    return receipt


def _today(session: Session, person: Person, campaign: SpecialCampaign, now: datetime) -> Dispatch:
    """The dispatch of the day, begun where there is none yet; the campaign is locked."""
    day = day_of(now)
    if not campaign.first_day <= day:
        raise Conflict(say("专项行动还没有开始，从第一天起才有日调度"))
    query = visible(person, Dispatch).where(Dispatch.campaign_id == campaign.id, Dispatch.day == day)
    found = session.scalars(query).one_or_none()
    if found is not None:
        return found
    content = {
        "behind": [each.as_json() for each in behind(session, person, campaign, now)],
        "due": [each.as_json() for each in due_on(session, person, campaign, day + timedelta(days=1))],
    }
    dispatch = Dispatch(county=campaign.county, campaign_id=campaign.id, day=day, content=content, held_at=now,
                        held_by_id=person.id)  # fmt: skip
    session.add(dispatch)
    session.flush()
    return dispatch
