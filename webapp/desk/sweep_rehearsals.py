"""The rehearsal of a sweep's plan: how likely it is through in its hours. At `/sweeps/<id>/simulation`."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from flask import render_template, request
from werkzeug.wrappers import Response

from inspections.access import require
from inspections.errors import Conflict, Invalid
from inspections.sweeps import paces, rehearsing
from inspections.sweeps.assembling import known_sweep
from inspections.sweeps.sweeps import Sweep

from ..answers import no_store
from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from ..keys import key_ring
from . import bp
from .sweeps import sweep_tabs

WIDTH = 1000  # units of the bars


class Bar(NamedTuple):
    """When a stop is reached, as shares of the sweep's hours: from the 10th to the 90th of 100 nights."""

    left: int
    width: int
    usual: int
    planned: int
    latest: int


@bp.get("/sweeps/<uuid:sweep_id>/simulation")
def sweep_simulation(sweep_id: UUID) -> Response:
    person = current_person()
    require(person, "sweep.plan")
    sweep = known_sweep(session(), person, sweep_id)
    beginning, learned = paces.usual(session(), person.county, now())
    found, said = None, ""
    wrong: dict[str, str] = {}
    given: dict[str, Any] = dict(beginning)
    try:
        given = paces.asked(request.args, beginning)
        found = rehearsing.rehearse(session(), person, key_ring().sweep, sweep_id, given)
    except Invalid as error:
        wrong = {name: translated(message) for name, message in error.fields.items()}
        given |= {name: request.args[name] for name in paces.FIELDS if request.args.get(name)}
    except Conflict as error:
        said = translated(error.message)
    return no_store(
        render_template(
            "desk/sweeps/simulation.html",
            sweep=sweep,
            found=found,
            learned=learned,
            given=given,
            wrong=wrong,
            said=said,
            routes_url=next((tab.href for tab in sweep_tabs(sweep) if tab.key == "routes"), ""),
            bars=_bars(sweep, found) if found else {},
        )
    )


def _bars(sweep: Sweep, found: rehearsing.Rehearsal) -> dict[Any, Bar]:
    """By stop, over the hours from the sweep's beginning to the latest moment that any stop or bar reaches."""
    first = sweep.starts_at
    last = max([sweep.ends_at, *(each.late for each in found.stops)])
    whole = max(1.0, (last - first).total_seconds())

    def at(moment: datetime) -> int:
        return round(WIDTH * min(1.0, max(0.0, (moment - first).total_seconds() / whole)))

    return {
        each.stop.id: Bar(
            at(each.early),
            max(6, at(each.late) - at(each.early)),
            at(each.usual),
            at(each.planned),
            at(each.latest),
        )
        for each in found.stops
    }
