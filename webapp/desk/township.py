"""The township desk 镇街工作台: one township's map, inbox, canvass, coverage and its own past. At `/township`."""

from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _

from inspections.access import can, require
from inspections.canvass import township_desk
from inspections.canvass.coverage import Level
from inspections.canvass.township_desk import Trend
from inspections.registry.grid import board
from inspections.registry.grid.land import townships_to_divide
from inspections.registry.site_file import may_see_tips

from ..auth import current_person, now
from ..db import session
from . import bp
from .cells import chosen_township, map_settings
from .words import word

SHOWN_TIPS = 8
CHART = {"width": 240, "height": 64, "bar": 24, "step": 34}


@bp.get("/township")
def township() -> str:
    person = current_person()
    require(person, "coverage.see")
    area = chosen_township(person)
    if area is None:
        return render_template("desk/township.html", area=None, townships=[])
    desk = township_desk.read_township(session(), person, area, now())
    marks = {
        str(cell.id): {"look": f"level-{level.value}", "label": word(level)}
        for cell, level in zip(desk.cells, desk.levels, strict=True)
    }
    return render_template(
        "desk/township.html",
        area=area,
        townships=[(str(each.id), each.name) for each in townships_to_divide(session(), person)],
        desk=desk,
        levels=[(each, desk.count(each)) for each in Level],
        shown_tips=SHOWN_TIPS,
        settings=map_settings(
            board.box_of_grid(session(), area),
            cells=url_for("desk.cells_geojson", township=area.id),
            marks=marks,
            points=township_desk.box_and_points(desk) if may_see_tips(person) else [],
            open="/grid/cells/",
        ),
        charts=[(trend, _chart(trend), _reading(trend)) for trend in desk.trends],
        may_edit=can(person, "cell.edit"),
        may_plan=can(person, "canvass.plan"),
        may_see_tips=may_see_tips(person),
    )


def _chart(trend: Trend) -> dict[str, Any]:
    """Bars of the months in units of the drawing; the usual range is a band behind them."""
    low, high = trend.usual
    most = max([month.n for month in trend.months] + [high, 1])
    unit = CHART["height"] / most
    bars = [
        {
            "x": i * CHART["step"] + 4,
            "height": round(month.n * unit, 1),
            "y": round(CHART["height"] - month.n * unit, 1),
            "n": month.n,
            "name": f"{month.first:%m}",
            "now": i == len(trend.months) - 1,
        }
        for i, month in enumerate(trend.months)
    ]
    top = round(CHART["height"] - high * unit, 1)
    return CHART | {"bars": bars, "usual_y": top, "usual_height": round((high - low) * unit, 1)}


def _reading(trend: Trend) -> tuple[str, str]:
    """A state and its words."""
    return {
        "usual": ("unknown", _("与往月相当")),
        "better": ("ok", _("好于往月")),
        "worse": ("due", _("不如往月")),
    }[trend.reading]
