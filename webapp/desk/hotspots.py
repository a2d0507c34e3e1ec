"""The hotspot map and the sites to visit next. At `/hotspots`."""

from pathlib import Path
from uuid import UUID

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from geo.times import local
from inspections import access
from inspections.errors import Invalid, say
from inspections.registry.sites import SiteKind
from inspections.targeting import hotspots, ranking
from inspections.targeting.hotspot_runs import HotspotRun, RunState
from inspections.targeting.hotspots import DAYS, SIZES_M, Settings

from ..auth import current_person, now
from ..db import session
from ..i18n import language, translated
from . import bp


@bp.get("/hotspots")
def show_hotspots() -> str:
    """The newest run, or the one named by `?run=`."""
    person = current_person()
    chosen = request.args.get("run", type=UUID)
    runs = hotspots.list_runs(session(), person)
    run = access.get(session(), person, HotspotRun, chosen) if chosen else hotspots.latest_run(session(), person)
    run = run or next(iter(runs), None)  # the first one may still be under way
    done = run if run is not None and run.state is RunState.DONE else None
    return render_template(
        "desk/hotspots.html",
        run=run,
        runs=runs,
        targets=ranking.rank(session(), person, done, now()),
        days=DAYS,
        sizes_m=SIZES_M,
        chosen=Settings.of(run.settings) if run else Settings(),
        may_run=access.can(person, "hotspot.run"),
        may_assign=access.can(person, "task.assign"),
    )


@bp.post("/hotspots")
def order_hotspots() -> Response:
    run = hotspots.order_run(session(), current_person(), _settings(), now())
    return redirect(url_for("desk.show_hotspots", run=run.id))


@bp.get("/hotspots/<uuid:run_id>/progress")
def hotspot_progress(run_id: UUID) -> Response:
    """What the page asks while a job computes; htmx reloads the page once it is done."""
    access.require(current_person(), "hotspot.see")
    run = access.get(session(), current_person(), HotspotRun, run_id)
    response = make_response(render_template("desk/hotspot_progress.html", run=run))
    if run.state is RunState.DONE:
        response.headers["HX-Redirect"] = url_for("desk.show_hotspots", run=run.id)
    return response


@bp.get("/hotspots/<uuid:run_id>/map.html")
def hotspot_page(run_id: UUID) -> Response:
    """The run's map, one file that needs no network; `?download=1` to save it."""
    # Folium brings pandas along: a second that no start and no other page should wait for.
    from geo.maps import content_security_policy
    from inspections.targeting.hotspot_view import draw

    person = current_person()
    run = access.get(session(), person, HotspotRun, run_id)
    if run.state is not RunState.DONE:
        raise Invalid({"run": say("这次分析还没算完，请稍候再打开")})
    tag = f"{run.id}-{language()}-{now():%Y%m%d}"
    if tag in request.if_none_match:
        return Response(status=304)
    targets = ranking.rank(session(), person, run, now())
    page = draw(session(), person, run, targets, _words(run), translated, _vendor())
    response = make_response(page)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = content_security_policy(page)
    if request.args.get("download"):
        name = f"mingcha-hotspots-{run.county}-{local(run.computed_at):%Y%m%d}.html"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _settings() -> Settings:
    days = request.form.get("days", Settings.days, type=int)
    return Settings(days=days, size_m=request.form.get("size_m", Settings.size_m, type=int))


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
    words["subtitle"] = _(
        "截至 %(day)s 的 %(days)s 天 · %(size)s 米网格",
        day=f"{until:%Y-%m-%d}",
        days=settings.days,
        size=settings.size_m,
    )
    if county.is_demonstration:
        words["subtitle"] += " · " + _("演示数据")
    words |= {"tips": _("线索"), "findings": _("查实问题"), "credit": ""}
    return words | {f"sites_{kind}": translated(kind.label) for kind in SiteKind}


def page_language() -> str:
    return "zh-CN" if language() == "zh" else language()
