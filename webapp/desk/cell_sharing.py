"""A township's cells shared among walkers: looked at on the map, then given. At `/grid/share`."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import require
from inspections.errors import Invalid, Message, say
from inspections.registry.grid import board, sharing
from inspections.registry.grid.giving import workers_for
from inspections.registry.grid.land import may_divide
from inspections.registry.grid.sharing import Division, Measure

from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from . import bp
from .cells import chosen_township, map_settings
from .sites import again_when_invalid
from .words import option

COLOURS = 8


def _share_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "cell.edit")
    found = chosen_township(person)
    township = may_divide(session(), person, found.id if found else None)
    asked = request.values
    division = None
    if asked.get("measure") and not wrong and not said:
        try:
            division = sharing.divide(session(), person, township.id, _measure(), _workers())
        except Invalid as error:
            wrong = {name: translated(message) for name, message in error.fields.items()}
    return render_template(
        "desk/grid/share.html",
        township=township,
        count=board.count_of(session(), person.county, township.id)[0],
        workers=[(str(each.id), each.name) for each in workers_for(session(), person, township.id)],
        chosen=asked.getlist("workers"),
        measures=[option(each) for each in Measure],
        measure=asked.get("measure", Measure.WALK.value),
        division=division,
        amount=lambda n: _amount(division, n),
        settings=map_settings(
            board.box_of_grid(session(), township),
            cells=url_for("desk.cells_geojson", township=township.id),
            marks=_marks(division),
        ),
        colours=COLOURS,
        wrong=wrong or {},
        said=said,
    )


def _marks(division: Division | None) -> dict[str, dict[str, Any]]:
    """How each cell is drawn: the colour of its part, and whose it would be."""
    if division is None:
        return {}
    return {
        str(cell): {"look": f"part-{n % COLOURS}", "label": part.worker.name}
        for n, part in enumerate(division.parts)
        for cell in part.cells
    }


def _amount(division: Division | None, n: float) -> str:
    if division is None:
        return ""
    unit = sharing.UNITS[division.measure]
    return translated(Message(unit.template, {"n": f"{n:,.0f}"}))


def _measure() -> Measure:
    found = next((each for each in Measure if each == request.values.get("measure")), None)
    if found is None:
        raise Invalid({"measure": say("请选择按什么平均")})
    return found


def _workers() -> list[UUID]:
    return request.values.getlist("workers", type=UUID)


@bp.get("/grid/share")
def share_page() -> str:
    return _share_page()


@bp.post("/grid/share")
@again_when_invalid(_share_page)
def share_cells() -> Response:
    require(current_person(), "cell.edit")
    township = chosen_township(current_person())
    if township is None:
        raise Invalid({"township": say("请选择镇街")})
    division = sharing.accept(
        session(), current_person(), township.id, _measure(), _workers(), request.form.get("seal", ""), now()
    )
    flash(_("已分给 %(n)s 名网格员", n=len(division.parts)), "ok")
    return redirect(url_for("desk.grid", township=township.id), 303)
