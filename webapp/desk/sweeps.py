"""Joint sweeps: the list, a new one, one of them with its next step, and the tabs above its pages."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.sansio.app import App
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from geo.times import local
from inspections.access import can, require
from inspections.errors import Conflict, NotFound
from inspections.sweeps import editing, reading
from inspections.sweeps.plans import knows
from inspections.sweeps.progress import stages_of
from inspections.sweeps.reading import PAGE
from inspections.sweeps.sweeps import Sweep, SweepState
from inspections.sweeps.windows import presets_of

from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from ..keys import key_ring
from . import bp
from .sites import again_when_invalid
from .words import named, today

BEGUN = (SweepState.RUNNING, SweepState.FINISHED)


class Tab(NamedTuple):
    key: str
    href: str
    label: str


def init_tabs(app: App) -> None:
    app.add_template_global(sweep_tabs, "sweep_tabs")


def sweep_tabs(sweep: Sweep) -> list[Tab]:
    """The pages of a sweep that the reader may open now. Which of them exist, the map of addresses says."""
    knows_it = knows(session(), current_person(), sweep)
    pages = pages_of_sweeps()
    begun = sweep.state in BEGUN
    wanted = [
        ("", _("概况"), True),
        ("plan", _("点位方案"), knows_it),
        ("teams", _("小组"), knows_it and can(current_person(), "sweep.plan")),
        ("routes", _("路线"), knows_it and can(current_person(), "sweep.plan")),
        ("simulation", _("推演"), knows_it and not begun),
        ("secrecy", _("保密"), knows_it),
        ("briefing", _("战前简报"), knows_it),
        ("live", _("指挥台"), begun or sweep.state is SweepState.SEALED),
        ("findings", _("问题分办"), begun),
        ("report", _("总结报告"), begun),
        ("replay", _("回放"), sweep.state is SweepState.FINISHED),
    ]
    return [
        Tab(key or "sweep", url_for(pages[key], sweep_id=sweep.id), label)
        for key, label, is_shown in wanted
        if is_shown and key in pages
    ]


def pages_of_sweeps() -> Mapping[str, str]:
    """The endpoint of each page below a sweep's address, by the last part of the address."""
    known: dict[str, str] | None = current_app.extensions.get("sweep_pages")
    if known is None:
        head = "/sweeps/<uuid:sweep_id>"
        known = {
            rule.rule.removeprefix(head).lstrip("/"): rule.endpoint
            for rule in current_app.url_map.iter_rules()
            if rule.rule.startswith(head) and "GET" in (rule.methods or ()) and rule.arguments == {"sweep_id"}
        }
        current_app.extensions["sweep_pages"] = known
    return known


@bp.get("/sweeps")
def sweeps() -> str:
    person, asked = current_person(), request.args
    page = max(asked.get("page", 1, type=int), 1)
    state = next((each for each in SweepState if each == asked.get("state")), None)
    sort = asked.get("sort", "starts_at")
    descending = asked.get("order", "down") == "down"
    words = asked.get("q", "").strip()
    found = reading.list_sweeps(session(), person, page, words, state, sort, descending)
    return render_template(
        "desk/sweeps/list.html",
        found=found,
        states=list(SweepState),
        state=state,
        words=words,
        sort=sort,
        descending=descending,
        page=page,
        last_page=max((found.total + PAGE - 1) // PAGE, 1),
        may_plan=can(person, "sweep.plan"),
    )


def _new_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "sweep.plan")
    return _form_page(given or _usual(), wrong, said)


def _form_page(given: Any, wrong: Any, said: str, sweep: Sweep | None = None, what: str = "new") -> str:
    return render_template(
        "desk/sweeps/form.html",
        given=given,
        wrong=wrong or {},
        said=said,
        sweep=sweep,
        what=what,
        today=today(),
        presets=presets_of(session(), current_person().county, now()),
        campaigns=[("", _("不属于专项行动")), *map(named, reading.open_campaigns(session(), current_person()))],
    )


def _usual() -> dict[str, Any]:
    """Tomorrow evening: most of what is against the rules goes on after school."""
    return {
        "name": "",
        "day": today() + timedelta(days=1),
        "meets": "18:00",
        "starts": "18:30",
        "ends": "21:00",
        "service_minutes": 30,
        "speed_kmh": 25,
        "way_factor": 1.3,
    }


def _of_sweep(sweep: Sweep) -> dict[str, Any]:
    """A sweep as its form has it."""
    given = {name: getattr(sweep, name) for name in ("name", "purpose", "meeting_point", "service_minutes")}
    return given | {
        "day": local(sweep.starts_at).date(),
        "meets": _clock(sweep.meets_at),
        "starts": _clock(sweep.starts_at),
        "ends": _clock(sweep.ends_at),
        "speed_kmh": round(sweep.speed_kmh),
        "way_factor": sweep.way_factor,
        "campaign_id": sweep.campaign_id or "",
        "seen": editing.mark_of(sweep),
    }


def _clock(moment: datetime) -> str:
    return local(moment).strftime("%H:%M")


@bp.get("/sweeps/new")
def new_sweep_page() -> str:
    return _new_page()


@bp.post("/sweeps")
@again_when_invalid(_new_page)
def make_sweep() -> Response:
    made = editing.new_sweep(session(), current_person(), request.form, now())
    pages = pages_of_sweeps()
    flash(_("行动已建好，去哪里只有知情名单上的人看得到。下一步：选点位"), "ok")
    return redirect(url_for(pages.get("plan", "desk.sweep_page"), sweep_id=made.id), 303)


@bp.get("/sweeps/<uuid:sweep_id>")
def sweep_page(sweep_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    sweep = reading.find_sweep(session(), person, sweep_id)
    knows_it, pages = knows(session(), person, sweep), pages_of_sweeps()
    return render_template(
        "desk/sweeps/sweep.html",
        sweep=sweep,
        knows_it=knows_it,
        may_plan=can(person, "sweep.plan") and knows_it,
        may_cancel=can(person, "sweep.plan") and sweep.state in editing.EDITABLE,
        stages=[each for each in stages_of(session(), person, key_ring().sweep, sweep) if each.page in pages],
        pages=pages,
        given=given or {},
        wrong=wrong or {},
        said=said,
    )


def _edit_page(sweep_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    sweep = _own(sweep_id)
    return _form_page(given or _of_sweep(sweep), wrong, said, sweep, "edit")


def _own(sweep_id: UUID) -> Sweep:
    require(current_person(), "sweep.plan")
    sweep = reading.find_sweep(session(), current_person(), sweep_id)
    if not knows(session(), current_person(), sweep):
        raise NotFound
    return sweep


@bp.get("/sweeps/<uuid:sweep_id>/edit")
def edit_sweep_page(sweep_id: UUID) -> str:
    return _edit_page(sweep_id)


@bp.post("/sweeps/<uuid:sweep_id>/edit")
@again_when_invalid(_edit_page)
def edit_sweep(sweep_id: UUID) -> Response:
    try:
        editing.rearrange(session(), current_person(), key_ring().sweep, sweep_id, request.form, now())
    except Conflict as error:
        return _told(error, sweep_id)
    flash(_("已保存；时间改了以后，请重新核对点位的可能时段并重新排路线"), "ok")
    return _to(sweep_id)


def _copy_page(sweep_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    sweep = _own(sweep_id)
    usual = _of_sweep(sweep) | {"day": today() + timedelta(days=1)}
    return _form_page(given or usual, wrong, said, sweep, "copy")


@bp.get("/sweeps/<uuid:sweep_id>/copy")
def copy_sweep_page(sweep_id: UUID) -> str:
    return _copy_page(sweep_id)


@bp.post("/sweeps/<uuid:sweep_id>/copy")
@again_when_invalid(_copy_page)
def copy_sweep(sweep_id: UUID) -> Response:
    made = editing.duplicate(session(), current_person(), key_ring().sweep, sweep_id, request.form, now())
    flash(_("已照原方案另建一次；小组和路线要重新安排"), "ok")
    return _to(made.id)


@bp.post("/sweeps/<uuid:sweep_id>/cancel")
@again_when_invalid(sweep_page)
def cancel_sweep(sweep_id: UUID) -> Response:
    try:
        editing.cancel(session(), current_person(), sweep_id, request.form.get("reason", ""), now())
    except Conflict as error:
        return _told(error, sweep_id)
    flash(_("行动已取消"), "ok")
    return _to(sweep_id)


def _told(error: Conflict, sweep_id: UUID) -> Response:
    session().rollback()
    flash(translated(error.message), "problem")
    return _to(sweep_id)


def _to(sweep_id: UUID) -> Response:
    return redirect(url_for("desk.sweep_page", sweep_id=sweep_id), 303)
