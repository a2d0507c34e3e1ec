"""The inbox of tips: tabs, clocks, the list beside the tip that is read, and how good the sources are."""

from typing import Any

from flask import render_template, request
from flask_babel import gettext as _

from inspections import listing
from inspections.access import can
from inspections.errors import Forbidden
from inspections.intake.clocks import clock_of
from inspections.intake.credibility import sources
from inspections.intake.key_cases import suggested_keys
from inspections.intake.undoing import last_decision
from inspections.listing import Question
from inspections.listing.tips import TIPS, Queue, inbox_of, queue_counts
from inspections.registry.site_file import may_see_tips
from inspections.rules.calendar import working_calendar

from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from . import bp
from .lists import Addresses, summary_of
from .words import word


@bp.get("/tips")
def tips() -> str:
    person = current_person()
    if not may_see_tips(person):
        raise Forbidden
    given = request.args.to_dict(flat=False)
    if not given.get("queue"):
        given["queue"] = [_usual_queue(given)]
    one = inbox_of(given["queue"][0])
    page = listing.read(session(), person, one, Question.of(one, given))
    addresses = Addresses("desk.tips", given)
    counts = queue_counts(session(), person)
    chosen = given["queue"][0]
    return render_template(
        "desk/tips/inbox.html",
        page=page,
        rows=[(row, _clock(row)) for row in page.rows],
        addresses=addresses,
        tabs=[
            {
                "key": each.value,
                "label": word(each),
                "href": addresses.with_(queue=each.value, at=None),
                "on": each.value == chosen,
                "count": counts[each.value],
            }
            for each in Queue
        ],
        queue=chosen,
        selects=[each for each in TIPS.filters if each.key in ("channel", "category", "township")],
        kept=[(key, value) for key, values in given.items() for value in values if key not in {"q", "page", "at"}],
        summary=summary_of(page),
        asked=addresses._query({key: values for key, values in given.items() if key != "at"}).removeprefix("?"),
        at=request.args.get("at", ""),
        is_narrowed=bool(page.question.words or set(page.question.filters) - {"queue"}),
        last=last_decision(session(), person, now()) if can(person, "tip.triage") else None,
        suggested=suggested_keys(session(), person, now()) if chosen == Queue.KEY else [],
        may_triage=can(person, "tip.triage"),
        columns=TIPS.columns,
        labels={each.key: translated(each.label) for each in TIPS.columns},
    )


def _usual_queue(given: dict[str, list[str]]) -> str:
    """All where something is looked for; else what waits for this person."""
    if set(given) & {"q", "state", "late"}:
        return Queue.ALL.value
    return Queue.NEW.value if can(current_person(), "tip.triage") else Queue.ASSIGNED.value


def _clock(row: Any) -> Any:
    calendar = working_calendar(session(), current_person().county)
    return clock_of(calendar, row.state, row.triage_due_at, row.due_at, now())


@bp.get("/tips/credibility")
def credibility_page() -> str:
    return render_template(
        "desk/tips/credibility.html", sources=sources(session(), current_person(), now()), title=_("来源可信度")
    )
