"""What is late, what grew, what needs a signature. At `/dashboard`."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import render_template, url_for
from flask_babel import gettext as _

from inspections.ledger.tally import NOTHING
from inspections.listing.ledger_groups import Group
from inspections.reporting.dashboard import Dashboard, Growth, Span, Tile, Week, read_dashboard
from inspections.reporting.township_map import draw_townships

from ..auth import current_person
from ..db import session
from . import bp
from .words import today

LISTS = ("ledger", "orders", "findings", "steps", "approvals", "tasks", "tips")
ENDPOINTS = {name: f"desk.{name}" for name in LISTS}
LEVELS = 4
# Units of the drawing of the weeks
CHART = {"height": 150, "step": 46, "bar": 16, "top": 18, "foot": 22}


class Bar(NamedTuple):
    """A bar of the drawing with its figure and the list behind it."""

    kind: str
    x: float
    y: float
    height: float
    tile: Tile


@bp.get("/dashboard")
def dashboard() -> str:
    person = current_person()
    found = read_dashboard(session(), person, today())
    return render_template(
        "desk/dashboard.html",
        dashboard=found,
        address_of=address_of,
        change_of=lambda tile: _change(tile, found),
        span=_span,
        chart=_chart(found.weeks),
        drawing=draw_townships(session(), person),
        levels=_levels(found.townships),
        rows=[(group, _share(group, found.townships)) for group in found.townships],
        best_and_worst=_best_and_worst(found.townships),
        township_address=_township_address,
        growth_address=lambda growth, span: _growth_address(growth, span),
    )


def address_of(tile: Tile) -> str:
    """The list whose total the tile shows."""
    return f"{url_for(ENDPOINTS[tile.listing])}?{urlencode(tile.asked)}"


def _township_address(value: str, **more: str) -> str:
    return f"{url_for('desk.ledger')}?{urlencode({'show': 'open', 'township': value, **more})}"


def _growth_address(growth: Growth, span: Span) -> str:
    days = {"confirmed_from": span.first.isoformat(), "confirmed_to": span.last.isoformat()}
    return _township_address(growth.value, **{"show": "all", **days})


def _change(tile: Tile, found: Dashboard) -> str:
    if tile.before is None:
        return ""
    said = {"span": _span(found.before), "n": f"{tile.before:,}"}
    if tile.n == tile.before:
        return _("与上周同期（%(span)s）相同：%(n)s", **said)
    more = tile.n - tile.before
    if more > 0:
        return _("比上周同期（%(span)s）的 %(n)s 多 %(more)s", more=f"{more:,}", **said)
    return _("比上周同期（%(span)s）的 %(n)s 少 %(more)s", more=f"{-more:,}", **said)


def _span(span: Span) -> str:
    return _("%(first)s 至 %(last)s", first=f"{span.first:%m-%d}", last=f"{span.last:%m-%d}")


def _chart(weeks: list[Week]) -> dict[str, Any]:
    """Bars of the weeks in units of the drawing; the scale begins at nothing."""
    highest = max((tile.n for week in weeks for tile in (week.found, week.closed)), default=0) or 1
    high = CHART["height"]
    bars = []
    for i, week in enumerate(weeks):
        for j, (kind, tile) in enumerate((("found", week.found), ("closed", week.closed))):
            height = round(tile.n / highest * high, 1)
            x = 8 + i * CHART["step"] + j * (CHART["bar"] + 2)
            bars.append(Bar(kind, x, CHART["top"] + high - height, height, tile))
    names = [(8 + i * CHART["step"] + CHART["bar"] + 1, f"{week.first:%m-%d}") for i, week in enumerate(weeks)]
    width, base = 16 + len(weeks) * CHART["step"], CHART["top"] + high
    return {"bars": bars, "names": names, "width": width, "height": base + CHART["foot"], "base": base} | {
        "bar": CHART["bar"], "highest": highest
    }  # fmt: skip


def _levels(groups: list[Group]) -> dict[str, tuple[int, int]]:
    """By township, its overdue problems and which of the map's colours that is."""
    most = max((group.figures["overdue"] for group in groups), default=0)
    return {
        group.value: (group.figures["overdue"], -(-LEVELS * group.figures["overdue"] // most) if most else 0)
        for group in groups
    }


def _share(group: Group, groups: list[Group]) -> tuple[int, int]:
    """Overdue and other open problems in hundredths of the largest township's."""
    most = max(each.figures["all"] for each in groups)
    late = round(100 * group.figures["overdue"] / most)
    return late, max(round(100 * group.figures["all"] / most) - late, 0)


def _best_and_worst(groups: list[Group]) -> tuple[list[Group], list[Group]]:
    """By the share of open problems that are overdue; three of each at most, and none twice."""
    known = [group for group in groups if group.value != NOTHING and group.figures["all"]]
    ranked = sorted(
        known, key=lambda group: (group.figures["overdue"] / group.figures["all"], group.figures["all"])
    )
    n = min(3, len(ranked) // 2)
    return ranked[:n], ranked[len(ranked) - n :][::-1]
