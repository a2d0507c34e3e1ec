"""The inbox of tips: tabs, clocks, and the list beside the tip that is read."""

from dataclasses import replace
from typing import Any

from flask import render_template, request

from inspections import listing
from inspections.access import can
from inspections.errors import Forbidden
from inspections.intake.clocks import clock_of
from inspections.intake.key_cases import suggested_keys
from inspections.intake.undoing import last_decision
from inspections.listing import Question
from inspections.listing.tips import Queue, inbox_of, queue_counts
from inspections.registry.site_file import may_see_tips
from inspections.rules.calendar import working_calendar

from ..auth import current_person, now
from ..db import session
from . import bp
from .lists import Addresses, summary_of
from .words import word

PAGE_SIZE = 25
SELECTS = ("channel", "category", "township")
UNKEPT = {"q", "page"}


@bp.get("/tips")
def tips() -> str:
    person = current_person()
    if not may_see_tips(person):
        raise Forbidden
    given = request.args.to_dict(flat=False)
    if given.get("queue", [""])[0] not in set(Queue):
        given["queue"] = [_usual_queue(given)]
    queue = given["queue"][0]
    one = inbox_of(queue)
    question = replace(Question.of(one, given), size=PAGE_SIZE)
    page = listing.read(session(), person, one, question)
    addresses = Addresses("desk.tips", {key: values for key, values in given.items() if key != "at"})
    calendar = working_calendar(session(), person.county)
    triages = can(person, "tip.triage")
    return render_template(
        "desk/tips/inbox.html",
        page=page,
        rows=[(row, clock_of(calendar, row.state, row.triage_due_at, row.due_at, now())) for row in page.rows],
        addresses=addresses,
        tabs=_tabs(queue, addresses),
        queue=queue,
        selects=[each for each in one.filters if each.key in SELECTS],
        kept=[(key, value) for key, values in addresses.given.items() for value in values if key not in UNKEPT],
        summary=summary_of(page),
        asked=addresses.as_text(),
        at=request.args.get("at", ""),
        is_narrowed=bool(page.question.words or set(page.question.filters) - {"queue"}),
        last=last_decision(session(), person, now()) if triages else None,
        suggested=suggested_keys(session(), person, now()) if queue == Queue.KEY else [],
        may_triage=triages,
    )


def _tabs(queue: str, addresses: Addresses) -> list[dict[str, Any]]:
    counts = queue_counts(session(), current_person())
    return [
        {
            "label": word(each),
            "href": addresses.with_(queue=each.value),
            "on": each.value == queue,
            "count": f"{counts[each.value]:,}",
            "is_late": each is Queue.LATE and counts[each.value] > 0,
        }
        for each in Queue
    ]


def _usual_queue(given: dict[str, list[str]]) -> str:
    """All where something is looked for; else what waits for this person."""
    if set(given) & {"q", "state", "late"}:
        return Queue.ALL.value
    return Queue.NEW.value if can(current_person(), "tip.triage") else Queue.ASSIGNED.value
