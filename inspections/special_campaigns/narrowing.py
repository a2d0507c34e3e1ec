"""Who sees what of campaigns, outside of the office; part of `inspections.access`.

A campaign is the business of every township: its heads read all of it but what others were told to do.
"""

from typing import Any

from sqlalchemy import false, or_, select

from ..registry.people import Person, Role
from ..sweeps.campaigns import SpecialCampaign
from .daily_reports import DailyReport
from .dispatches import Dispatch, Instruction, Receipt
from .items import CampaignItem


def _of_heads_of_townships(model: Any) -> Any:
    return lambda person: model.id.is_not(None) if person.has(Role.TOWNSHIP_ADMIN) else false()


def _instructions(person: Person) -> Any:
    """What the person, the own department or the own township was told to do."""
    told = [Instruction.person_id == person.id]
    if person.department_id and person.has(Role.ENFORCER):
        told.append(Instruction.department_id == person.department_id)
    if person.township_id and person.has(Role.TOWNSHIP_ADMIN):
        told.append(Instruction.township_id == person.township_id)
    return or_(*told)


NARROWED: dict[Any, Any] = {
    **{each: _of_heads_of_townships(each) for each in (SpecialCampaign, CampaignItem, DailyReport, Dispatch)},
    Instruction: _instructions,
    Receipt: lambda person: Receipt.instruction_id.in_(
        select(Instruction.id).where(Instruction.county == person.county, _instructions(person))
    ),
}
