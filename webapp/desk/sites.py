"""One site's file, as a panel over the map when htmx asks for it, else as a page; and what can be done to it."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.casework.measure_file import handovers_of_site, penalties_of_site
from inspections.casework.order_file import may_be_named, orders_of_site
from inspections.errors import Invalid, say
from inspections.field import tasks
from inspections.field.assigning import find_assignee, list_assignees
from inspections.field.checks import CheckKind
from inspections.registry import site_changes, site_facts
from inspections.registry.site_file import read_site_file
from inspections.registry.sites import CATEGORIES, Ownership, Premises, Site, SiteKind
from inspections.selfcheck.comparing import compare_site
from inspections.selfcheck.progress import self_checks_of_site
from inspections.targeting.risk.overview import read_site_risk

from ..auth import current_person, now
from ..db import session
from ..errors import status_of
from ..i18n import translated
from . import bp
from .panels import in_panel
from .suspicion import suspicion_of
from .words import today, word

DEFAULT_TASK_DAYS = 7
BASE = "base-"  # before the name of a field: what it held when the form was opened


def again_when_invalid(page: Callable[..., Any]) -> Callable[..., Any]:
    """Show the form again, with what was typed and what is wrong with it."""

    def around(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(**names: Any) -> Any:
            try:
                return view(**names)
            except Invalid as error:
                session().rollback()
                wrong = {name: translated(message) for name, message in error.fields.items()}
                said = "" if wrong else translated(error.message)
                return make_response(page(**names, given=request.form, wrong=wrong, said=said), status_of(error))

        return guarded

    return around


@bp.get("/sites/<uuid:site_id>")
def site_page(site_id: UUID, undo: bool = False) -> str:
    person = current_person()
    file = read_site_file(session(), person, site_id, today())
    change = site_changes.last_change_of_state(session(), file.site)
    may_undo = (
        change is not None
        and change.person_id == person.id
        and now() - change.at < site_changes.UNDO_FOR
        and can(person, "site.edit")
    )
    return render_template(
        "desk/site.html",
        file=file,
        site=file.site,
        in_panel=in_panel(),
        may_undo=may_undo,
        self_checks=self_checks_of_site(session(), person, site_id),
        comparison=compare_site(session(), person, site_id),
        may_edit=can(person, "site.edit"),
        may_whistle=can(person, "whistle.blow"),
        may_assign=can(person, "task.assign"),
        may_confirm=can(person, "finding.confirm"),
        may_draft=can(person, "order.draft"),
        orders=orders_of_site(session(), person, site_id),
        nameable=may_be_named(session(), person, file.site),
        penalties=penalties_of_site(session(), person, site_id),
        handovers=handovers_of_site(session(), person, site_id),
        may_penalise=can(person, "penalty.record"),
        may_hand_over=can(person, "handover.record"),
        suspicion=suspicion_of(person, file.site),
        risk=read_site_risk(session(), person, site_id, today()) if can(person, "hotspot.see") else None,
    )


def _edit_page(site_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    site = get(session(), current_person(), Site, site_id)
    return render_template(
        "desk/site_edit.html",
        site=site,
        given=given or _as_form(site),
        base=_as_form(site),
        base_name=BASE,
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
        categories=[(each.value, word(each)) for each in CATEGORIES[site.kind]],
        ownerships=_optional(Ownership),
        premises=_optional(Premises),
    )


def _as_form(site: Site) -> dict[str, Any]:
    names = [*site_facts.LONGEST, *site_facts.CHOICES, *site_facts.COUNTS]
    return {name: site_facts.as_text(getattr(site, name)) for name in names}


def _optional(words: Any) -> list[tuple[str, str]]:
    return [("", "—"), *((each.value, word(each)) for each in words)]


@bp.get("/sites/<uuid:site_id>/edit")
def edit_site_page(site_id: UUID) -> str:
    require(current_person(), "site.edit")
    return _edit_page(site_id)


@bp.post("/sites/<uuid:site_id>/edit")
@again_when_invalid(_edit_page)
def edit_site(site_id: UUID) -> Response:
    require(current_person(), "site.edit")
    base = {name.removeprefix(BASE): text for name, text in request.form.items() if name.startswith(BASE)}
    site_changes.edit_site(session(), current_person(), site_id, request.form, base or None)
    flash(_("已保存"), "ok")
    return redirect(url_for("desk.site_page", site_id=site_id), 303)


def _state_page(site_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    site = get(session(), current_person(), Site, site_id)
    states = [(each.value, word(each)) for each in site_changes.next_states(site)]
    return render_template(
        "desk/site_state.html",
        site=site,
        states=states,
        given=given or {},
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
    )


@bp.get("/sites/<uuid:site_id>/state")
def site_state_page(site_id: UUID) -> str:
    require(current_person(), "site.edit")
    return _state_page(site_id)


@bp.post("/sites/<uuid:site_id>/state")
@again_when_invalid(_state_page)
def change_state(site_id: UUID) -> Response:
    require(current_person(), "site.edit")
    form = request.form
    site = site_changes.change_state(
        session(), current_person(), site_id, form.get("state", ""), form.get("reason", "")
    )
    flash(_("状态已改为“%(state)s”", state=word(site.state)), "ok")
    return redirect(url_for("desk.site_page", site_id=site_id), 303)


@bp.post("/sites/<uuid:site_id>/state/undo")
def undo_state(site_id: UUID) -> Response:
    site = site_changes.undo_state(session(), current_person(), site_id, now())
    flash(_("已撤销，状态恢复为“%(state)s”", state=word(site.state)), "ok")
    return redirect(url_for("desk.site_page", site_id=site_id), 303)


def _new_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    return render_template(
        "desk/site_new.html",
        given=given or request.args,
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
        categories=[(each.value, word(each)) for each in CATEGORIES[SiteKind.SUSPECTED]],
        premises=_optional(Premises),
    )


@bp.get("/sites/new")
def new_site_page() -> str:
    require(current_person(), "site.create")
    return _new_page()


@bp.post("/sites/new")
@again_when_invalid(_new_page)
def add_site() -> Response:
    require(current_person(), "site.create")
    form = request.form
    place = site_changes.place_from(form.get("lon", ""), form.get("lat", ""))
    site = site_changes.add_suspected_site(session(), current_person(), form, place)
    flash(_("已登记，状态为“待核实”"), "ok")
    return redirect(url_for("desk.site_page", site_id=site.id), 303)


def _task_page(site_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    return render_template(
        "desk/site_task.html",
        site=get(session(), person, Site, site_id),
        given=given or {"due_on": (today() + timedelta(days=DEFAULT_TASK_DAYS)).isoformat()},
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
        assignees=[(str(each.id), _who(each)) for each in list_assignees(session(), person)],
        kinds=[(each.value, word(each)) for each in CheckKind if each is not CheckKind.SELF],
    )


def _who(person: Any) -> str:
    roles = _("、").join(word(grant.role) for grant in person.grants)
    return _("%(name)s（%(more)s）", name=person.name, more=roles)


@bp.get("/sites/<uuid:site_id>/task")
def assign_page(site_id: UUID) -> str:
    return _task_page(site_id)


@bp.post("/sites/<uuid:site_id>/task")
@again_when_invalid(_task_page)
def assign_task(site_id: UUID) -> Response:
    person, form = current_person(), request.form
    site = get(session(), person, Site, site_id)
    assignee = find_assignee(session(), person, form.get("assignee_id", ""))
    tasks.assign(
        session(),
        person,
        site,
        assignee,
        _check_kind(form.get("kind", "")),
        _date(form.get("due_on", "")),
        today=today(),
        reason=form.get("reason", "").strip()[:500] or None,
    )
    flash(_("已派给%(name)s", name=assignee.name), "ok")
    return redirect(url_for("desk.site_page", site_id=site_id), 303)


def _check_kind(text: str) -> CheckKind:
    chosen = next((each for each in CheckKind if each == text), None)
    if chosen is None:
        raise Invalid({"kind": say("请选择检查类别")})
    return chosen


def _date(text: str, name: str = "due_on") -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({name: say("请填写日期，例如 2026-03-09")}) from None
