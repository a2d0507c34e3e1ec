"""What a check is in law when it arrives: an administrative inspection, or a lead."""

from datetime import datetime

from ..days import day_of
from ..registry.people import Certificate, Person, Role
from ..registry.sites import Site, SiteKind
from ..registry.zones import Zone
from .checks import CheckKind, Standing
from .record import Record
from .tasks import Task

# Roles whose holders may inspect once they are certified. A grid worker or volunteer observes from outside.
OFFICERS = (Role.INSPECTOR, Role.ENFORCER, Role.DISPATCHER)


def certificate_at(person: Person | None, moment: datetime) -> Certificate | None:
    """The officer's certificate that was valid on the day, China's, of a moment."""
    if person is None or not person.has(*OFFICERS):
        return None
    return person.certificate_on(day_of(moment))


def standing_of(
    record: Record,
    site: Site,
    person: Person,
    second: Person | None,
    moment: datetime,
    *,
    task: Task | None,
    zone: Zone | None,
    sent_by_sweep: bool = False,
) -> Standing:
    """An inspection if every condition is met, else a lead. Only a recorded decision makes one into the other.

    - The certificates were shown (行政处罚法 55), and who recorded the check held a valid one on the day.
    - Either two officers were there, each with a valid certificate of their own (行政处罚法 42), sent by a task
      for this site or by a joint sweep 联合执法 that goes there (`sent_by_sweep`); or an inspector made the
      routine visit 常态督导 to a school of the own responsibility zone, which is supervision and not
      enforcement, and may be made alone and without a task.
    - A self-check 自查 is never an inspection.

    `task` is the one that the record names, `zone` that of the site.
    """
    first = certificate_at(person, moment)
    if first is None or record.certificates_shown_at is None or record.kind is CheckKind.SELF:
        return Standing.LEAD
    if _own_routine(record, site, person, zone):
        return Standing.INSPECTION
    other = certificate_at(second, moment)
    two = other is not None and other.number != first.number
    swept = sent_by_sweep and record.kind is CheckKind.SWEEP
    return Standing.INSPECTION if two and (swept or _was_sent(task, site, person, second)) else Standing.LEAD


def _own_routine(record: Record, site: Site, person: Person, zone: Zone | None) -> bool:
    if record.kind is not CheckKind.ROUTINE or site.kind is not SiteKind.SCHOOL or zone is None:
        return False
    return person.has(Role.INSPECTOR) and zone.inspector_id == person.id


def _was_sent(task: Task | None, site: Site, person: Person, second: Person | None) -> bool:
    officers = {person.id, second.id} if second else {person.id}
    return task is not None and task.site_id == site.id and task.assignee_id in officers
