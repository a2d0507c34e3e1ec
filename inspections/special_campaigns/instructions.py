"""Dispatches and instructions as they are read: with names, answers and the sweeps of tomorrow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..access import require, visible
from ..days import day_of
from ..registry.people import Person
from ..sweeps.campaigns import SpecialCampaign
from ..sweeps.sweeps import Sweep, SweepState
from .addressing import is_own, name_of
from .dispatches import OPEN, Dispatch, Instruction, InstructionState, Receipt


@dataclass(frozen=True)
class Told:
    """An instruction, the name of whom it went to, and its answers with who wrote each down."""

    instruction: Instruction
    to: str
    campaign: SpecialCampaign
    receipts: list[tuple[Receipt, str]]
    is_own: bool


def list_dispatches(session: Session, person: Person, campaign: SpecialCampaign) -> Sequence[Dispatch]:
    query = visible(person, Dispatch).where(Dispatch.campaign_id == campaign.id)
    return session.scalars(query.order_by(Dispatch.day.desc())).all()


def own_instructions(session: Session, person: Person) -> list[Told]:
    """What the person, the own township or the own department was told; what is open first, by its day."""
    require(person, "sweep.see")
    query = visible(person, Instruction).order_by(
        Instruction.state.in_([InstructionState.DONE, InstructionState.WITHDRAWN]), Instruction.due_on,
        Instruction.id,
    )  # fmt: skip
    found = [each for each in session.scalars(query).all() if is_own(person, each)]
    return told(session, person, found)


def instructions_of(session: Session, person: Person, dispatch: Dispatch) -> list[Told]:
    query = visible(person, Instruction).where(Instruction.dispatch_id == dispatch.id)
    return told(session, person, session.scalars(query.order_by(Instruction.given_at, Instruction.id)).all())


def open_before(session: Session, person: Person, campaign: SpecialCampaign, day: date) -> list[Told]:
    """Instructions of earlier dispatches that are still open."""
    query = (
        visible(person, Instruction)
        .join(Dispatch, (Dispatch.county == Instruction.county) & (Dispatch.id == Instruction.dispatch_id))
        .where(Dispatch.campaign_id == campaign.id, Dispatch.day < day)
        .where(Instruction.state.in_(OPEN))
    )
    return told(session, person, session.scalars(query.order_by(Instruction.due_on, Instruction.id)).all())


def told(session: Session, person: Person, found: Sequence[Instruction]) -> list[Told]:
    ids = [each.id for each in found]
    receipts = session.execute(
        select(Receipt, Person.name)
        .join(Person, (Person.county == Receipt.county) & (Person.id == Receipt.person_id))
        .where(Receipt.county == person.county, Receipt.instruction_id.in_(ids))
        .order_by(Receipt.at, Receipt.id)
    ).all()
    campaigns = session.execute(
        select(Dispatch.id, SpecialCampaign)
        .join(
            SpecialCampaign,
            (SpecialCampaign.county == Dispatch.county) & (SpecialCampaign.id == Dispatch.campaign_id),
        )
        .where(Dispatch.county == person.county, Dispatch.id.in_({each.dispatch_id for each in found}))
    ).all()
    of = {row[0]: row[1] for row in campaigns}
    return [
        Told(
            each,
            name_of(session, each),
            of[each.dispatch_id],
            [(receipt, name) for receipt, name in receipts if receipt.instruction_id == each.id],
            is_own(person, each),
        )
        for each in found
    ]


def tomorrow_of(session: Session, person: Person, campaign: SpecialCampaign, day: date) -> list[Sweep]:
    """The sweeps of the campaign on a day that the person may see; never kept."""
    query = visible(person, Sweep).where(
        Sweep.campaign_id == campaign.id, Sweep.state.in_([SweepState.PLANNING, SweepState.SEALED])
    )
    found = session.scalars(query.order_by(Sweep.starts_at, Sweep.id)).all()
    return [each for each in found if day_of(each.starts_at) == day]
