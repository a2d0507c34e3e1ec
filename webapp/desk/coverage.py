"""Coverage of the grid and of the zones: a map that works alone, with what is overdue. At `/coverage`."""

from pathlib import Path
from typing import Any
from uuid import UUID

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from geo.times import local
from inspections.access import can, require
from inspections.canvass.intervals import intervals_of, set_intervals
from inspections.registry.counties import find_county
from inspections.registry.grid.land import township_of, townships_to_divide
from inspections.registry.people import Person

from ..auth import current_person, now
from ..db import session
from ..i18n import language, translated
from . import bp
from .hotspots import page_language
from .sites import again_when_invalid


def _coverage_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "coverage.see")
    intervals = intervals_of(session(), person.county)
    asked = _asked_township(person)
    return render_template(
        "desk/coverage.html",
        of="cells",
        map_url=url_for("desk.coverage_map", township=asked),
        file_url=url_for("desk.coverage_map", township=asked, download=1),
        townships=[(str(each.id), each.name) for each in townships_to_divide(session(), person)],
        asked=str(asked or ""),
        given=given or {"days": intervals.days, "holiday_days": intervals.holiday_days},
        may_set=can(person, "coverage.set"),
        wrong=wrong or {},
        said=said,
    )


@bp.get("/coverage")
def coverage() -> str:
    return _coverage_page()


@bp.post("/coverage/interval")
@again_when_invalid(_coverage_page)
def set_interval() -> Response:
    set_intervals(session(), current_person(), request.form)
    flash(_("走访间隔已保存"), "ok")
    return redirect(url_for("desk.coverage"), 303)


@bp.get("/coverage/zones")
def zone_coverage() -> str:
    require(current_person(), "coverage.see")
    return render_template(
        "desk/coverage.html",
        of="zones",
        map_url=url_for("desk.zone_map"),
        file_url=url_for("desk.zone_map", download=1),
    )


@bp.get("/coverage/map.html")
def coverage_map() -> Response:
    """The map of cells, one file that needs no network; `?download=1` to save it."""
    # Folium brings pandas along: a second that no start and no other page should wait for.
    from geo.maps.coverage_labels import COVERAGE_LABELS
    from inspections.canvass.coverage_view import draw_cells

    person = current_person()
    asked = _asked_township(person)
    words = _words(COVERAGE_LABELS) | {"title": _title(person, _("网格走访覆盖"))}
    days = intervals_of(session(), person.county).days
    words["subtitle"] = _(
        "截至 %(moment)s · 超过 %(days)s 天没走即超期", moment=f"{local(now()):%Y-%m-%d %H:%M}", days=days
    )
    page = draw_cells(
        session(), person, now(), words, translated, _vendor(),
        link=url_for("desk.grid", _external=True) + "/cells/", township_id=asked,
    )  # fmt: skip
    return _as_page(page, f"mingcha-coverage-{person.county}")


@bp.get("/coverage/zones.html")
def zone_map() -> Response:
    """The same of the schools of each zone."""
    from geo.maps.coverage_labels import COVERAGE_LABELS
    from inspections.canvass.coverage_view import draw_zones

    person = current_person()
    words = _words(COVERAGE_LABELS) | {
        "title": _title(person, _("督学责任区走访")),
        "subtitle": _("截至 %(moment)s · 每所学校每月至少一次", moment=f"{local(now()):%Y-%m-%d %H:%M}"),
        "tab_places": _("按责任区"),
        "tab_people": _("按督学"),
        "level_never": _("没有督查记录"),
        "level_overdue": _("逾期：上月也没去"),
        "level_soon": _("本月该去"),
        "level_walked": _("本月已去"),
        "percent": _("{many} 所 · 按期 {n}%"),
        "never_day": _("没有督查记录"),
        "nowhere": _("没有责任区"),
        "nobody": _("没有责任督学"),
        "no_visits": _("没有督查记录"),
        "records": _("打开学校档案"),
        "map": _("督学责任区走访地图，方向键移动，加减键缩放"),
        "method": _(
            "每所学校按最近一次督查的日期上色。整月都在假期的月份不计。自查和网格走访不算督查。虚线是责任区边界。"
        ),
    }
    page = draw_zones(
        session(), person, now(), words, translated, _vendor(), link=url_for("desk.sites", _external=True) + "/"
    )
    return _as_page(page, f"mingcha-zones-{person.county}")


def _asked_township(person: Person) -> UUID | None:
    asked = request.args.get("township", type=UUID)
    return township_of(session(), person, asked).id if asked else None


def _words(labels: dict[str, str]) -> dict[str, str]:
    """The texts of the map in the reader's language; the page fills their gaps itself."""
    return {name: _(text) for name, text in labels.items()} | {"language": page_language()}


def _title(person: Person, title: str) -> str:
    county = find_county(session(), person.county)
    name = county.name if county else ""
    return f"{name}{title}" if language() == "zh" else f"{title} · {name}"


def _vendor() -> Path:
    return Path(current_app.static_folder or "") / "vendor"


def _as_page(page: str, name: str) -> Response:
    from geo.maps import content_security_policy

    response = make_response(page)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Content-Security-Policy"] = content_security_policy(page, links=True)
    if request.args.get("download"):
        file = f"{name}-{local(now()):%Y%m%d}.html"
        response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response
