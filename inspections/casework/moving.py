"""Deadlines move by what was granted: counted from the day of service, and counted again whenever it changes."""

from collections.abc import Iterable

from ..rules.calendar import Calendar
from .approvals import Approval, ApprovalKind
from .deadlines import Deadline, working_days_after, working_days_in


def moved(calendar: Calendar, deadline: Deadline, approval: Approval) -> Deadline:
    """Where a granted request moves a deadline: pure, so that deadlines can be counted again."""
    guessed = deadline.unpublished
    match approval.kind:
        case ApprovalKind.EXTENSION if approval.until_on:
            year = approval.until_on.year
            return Deadline(approval.until_on, guessed or (None if year in calendar.years else year))
        case ApprovalKind.EXTENSION:
            days = approval.working_days or 0
        case ApprovalKind.RESUMPTION if approval.stood_from and approval.stood_until:
            days, unpublished = working_days_in(calendar, approval.stood_from, approval.stood_until)
            guessed = guessed or unpublished
        case _:
            return deadline
    found = working_days_after(calendar, deadline.on, days)
    return Deadline(found.on, guessed or found.unpublished)


def replayed(calendar: Calendar, deadline: Deadline, granted: Iterable[Approval]) -> Deadline:
    """A deadline after all that was granted since, in the order of the decisions."""
    for approval in granted:
        deadline = moved(calendar, deadline, approval)
    return deadline
