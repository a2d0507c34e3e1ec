"""The hotspot map and the sites to visit next. At `/hotspots`."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from geo.times import local
from inspections import access
from inspections.errors import Invalid, Message, say
from inspections.listing.hotspot_runs import HOTSPOT_RUNS
from inspections.registry.sites import SiteKind
from inspections.targeting import hotspots, ranking
from inspections.targeting.cell_records import records_of
from inspections.targeting.hotspot_runs import HotspotRun, RunState
from inspections.targeting.hotspots import DAYS, SIZES_M, Counted, Method, Settings

from ..auth import current_person, now
from ..db import session
from ..i18n import language, translated
from . import bp
from .lists import list_page


@bp.get("/hotspots")
def show_hotspots() -> str:
    """The newest run, or the one named by `?run=`, compared with the one named by `?with=`."""
    person = current_person()
    access.require(person, "hotspot.see")
    chosen = request.args.get("run", type=UUID)
    runs = hotspots.list_runs(session(), person)
    run = access.get(session(), person, HotspotRun, chosen) if chosen else hotspots.latest_run(session(), person)
    run = run or next(iter(runs), None)  # the first one may still be under way
    done = run if run is not None and run.state is RunState.DONE else None
    compared = _compared(run)
    return render_template(
        "desk/hotspots.html",
        run=run,
        compared=compared,
        waiting=compared if compared and compared.state is RunState.WAITING and done else run,
        summary=done.summary if done else {},
        refusal=_refusal(run),
        runs=runs[:SHOWN_RUNS],
        comparable=_comparable(runs, run),
        name=name_of_run,
        targets=ranking.rank(session(), person, done, now())[:SHOWN_TARGETS],
        days=DAYS,
        sizes_m=SIZES_M,
        methods=list(Method),
        counted=list(Counted),
        chosen=Settings.of(run.settings) if run else Settings(),
        may_run=access.can(person, "hotspot.run"),
        theme=_theme(),
    )


SHOWN_RUNS, SHOWN_TARGETS = 6, 5


@bp.post("/hotspots")
def order_hotspots() -> Response:
    """Order a run, and with `compare` the same of the days before it."""
    person = current_person()
    form = request.form.to_dict()
    if form.get("period") != "dates":
        form = {key: value for key, value in form.items() if key not in ("first_day", "last_day")}
    settings = Settings.from_form(form)
    run = hotspots.order_run(session(), person, settings, now())
    before = hotspots.order_run(session(), person, settings.before(now()), now()) if form.get("compare") else None
    return redirect(_address({"run": run.id} | ({"with": before.id} if before else {})))


@bp.get("/hotspot-runs")
def hotspot_runs() -> str:
    """All that was ordered and kept."""
    access.require(current_person(), "hotspot.see")
    return list_page(HOTSPOT_RUNS)


@bp.get("/hotspots/<uuid:run_id>/progress")
def hotspot_progress(run_id: UUID) -> Response:
    """What the page asks while a job computes; htmx reloads the page once it is done."""
    access.require(current_person(), "hotspot.see")
    run = access.get(session(), current_person(), HotspotRun, run_id)
    response = make_response(render_template("desk/hotspot_progress.html", waiting=run))
    if run.state is not RunState.WAITING:
        back = request.headers.get("HX-Current-URL", "")
        asked = parse_qs(urlsplit(back).query)
        named = {key: asked[key][0] for key in ("run", "with") if asked.get(key)}
        response.headers["HX-Redirect"] = _address({"run": run.id} | named)
    return response


@bp.get("/hotspots/<uuid:run_id>/cells/<int:position>")
def hotspot_cell(run_id: UUID, position: int) -> str:
    """What was recorded in one cell of a run: where a cell of a map, also of a saved one, leads."""
    person = current_person()
    access.require(person, "hotspot.see")
    run = access.get(session(), person, HotspotRun, run_id)
    return render_template(
        "desk/hotspot_cell.html",
        run=run,
        name=name_of_run(run),
        records=records_of(session(), person, run, position),
    )


@bp.get("/hotspots/<uuid:run_id>/map.html")
def hotspot_page(run_id: UUID) -> Response:
    """The run's map, one file that needs no network; `?download=1` to save it, `?with=` to compare."""
    # Folium brings pandas along: a second that no start and no other page should wait for.
    from geo.maps import content_security_policy
    from inspections.targeting.hotspot_view import Look, draw
    from inspections.targeting.run_layers import beside

    person = current_person()
    run = access.get(session(), person, HotspotRun, run_id)
    if run.state is not RunState.DONE:
        raise Invalid({"run": say("这次分析还没算完，请稍候再打开")})
    compared = _compared(run)
    theme = "light" if request.args.get("download") else _theme()
    periods = [each for each in (run, compared) if each and is_done(each)]
    shown = [layer for each in periods for layer in beside(session(), person, each)]
    parts = f"{[each.id for each in shown]} {compared and compared.id} {language()} {theme} {now():%Y%m%d}"
    tag = hashlib.sha256(parts.encode()).hexdigest()
    if tag in request.if_none_match:
        return Response(status=304)
    targets = ranking.rank(session(), person, run, now())
    records = url_for("desk.show_hotspots", _external=True) + f"/{run.id}/cells/"
    look = Look(_words(run), translated, _vendor(), records, theme)
    page = draw(session(), person, run, targets, look, compared if compared and is_done(compared) else None)
    response = make_response(page)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = content_security_policy(page, links=True)
    if request.args.get("download"):
        for each in shown:
            hotspots.cite(session(), person, each, now())
        name = f"mingcha-hotspots-{run.county}-{local(run.computed_at):%Y%m%d}.html"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _refusal(run: HotspotRun | None) -> str:
    """Why a run could not be computed, in words."""
    template, values = (run.summary.get("refusal") if run else None) or ["", {}]
    return translated(Message(template, values)) if template else ""


def _address(asked: dict[str, Any]) -> str:
    """The hotspot page, asked for a run; `with` is no name that Python would take for an argument."""
    return f"{url_for('desk.show_hotspots')}?{urlencode(asked)}"


def is_done(run: HotspotRun) -> bool:
    return run.state is RunState.DONE


def name_of_run(run: HotspotRun) -> str:
    """Method, what is counted, days and cells, in words."""
    settings = Settings.of(run.settings)
    days = _("近 %(days)s 天", days=settings.days)
    if settings.first_day:
        days = f"{settings.first_day} – {settings.last_day}"
    parts = [translated(settings.method.label), translated(settings.counted.label), days]
    return " · ".join([*parts, _("%(size)s 米网格", size=settings.size_m)])


def _compared(run: HotspotRun | None) -> HotspotRun | None:
    asked = request.args.get("with", type=UUID)
    if run is None or asked is None or asked == run.id:
        return None
    return access.get(session(), current_person(), HotspotRun, asked)


def _comparable(runs: Sequence[HotspotRun], run: HotspotRun | None) -> list[HotspotRun]:
    """Done runs of other days by the same method, over cells of the same size."""
    if run is None:
        return []
    own = Settings.of(run.settings)
    found = []
    for each in runs:
        other = Settings.of(each.settings)
        alike = (other.size_m, other.method, other.counted) == (own.size_m, own.method, own.counted)
        other_days = (other.first_day, other.last_day, other.days) != (own.first_day, own.last_day, own.days)
        if is_done(each) and alike and other_days:
            found.append(each)
    return found


def _theme() -> str:
    asked = current_person().theme
    return asked if asked in ("night", "contrast") else "light"


def _vendor() -> Path:
    return Path(current_app.static_folder or "") / "vendor"


def _words(run: HotspotRun) -> dict[str, str]:
    """The texts of the map in the reader's language."""
    from geo.maps.labels import HOTSPOT_LABELS

    settings = Settings.of(run.settings)
    county = hotspots.county_of(session(), run)
    until = local(run.computed_at)
    # The page fills the gaps of these texts itself, so they are translated and not formatted.
    words = {name: _(text) for name, text in HOTSPOT_LABELS.items()} | {"language": page_language()}
    words["title"] = _("%(county)s热点分析", county=county.name)
    if settings.first_day:
        words["subtitle"] = f"{settings.first_day} – {settings.last_day}"
    else:
        words["subtitle"] = _("截至 %(day)s 的 %(days)s 天", day=f"{until:%Y-%m-%d}", days=settings.days)
    words["subtitle"] += " · " + _("%(size)s 米网格", size=settings.size_m)
    words |= {"made_by": _("制图"), "maker": _("%(county)s，明察", county=county.name)}
    if county.is_demonstration:
        words["subtitle"] += " · " + _("演示数据")
    words |= {"tips": _("线索"), "findings": _("查实问题"), "credit": ""}
    return words | {f"sites_{kind}": translated(kind.label) for kind in SiteKind}


def page_language() -> str:
    return "zh-CN" if language() == "zh" else language()
