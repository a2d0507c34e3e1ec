"""Draws 双随机: committed, frozen, drawn, published. At `/draws`."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.casework.invitations import code_of
from inspections.errors import Conflict, Invalid
from inspections.targeting.draws import conflicts, making, publishing, reading
from inspections.targeting.draws.draws import OF_OFFICERS, OF_SITES, Draw, Outcome
from inspections.targeting.draws.plans import GRADES, KINDS, LEAST_A_YEAR, USUAL_PERCENT, Plan, read_plan

from ..auth import current_person, now
from ..db import session
from ..keys import key_ring
from . import bp
from .sites import again_when_invalid
from .words import option, today


@bp.get("/draws")
def draws() -> str:
    person = current_person()
    require(person, "draw.see")
    publishing.publish_due(session(), person.county, key_ring().draw, now())
    rows = reading.list_draws(session(), person)
    return render_template(
        "desk/draws/list.html",
        rows=rows,
        this_year=reading.count_of_year(rows, today()),
        wanted=LEAST_A_YEAR,
        may_make=can(person, "draw.make"),
        conflicts=len(conflicts.list_conflicts(session(), person)),
    )


def _form(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "draw.make")
    again = request.values.get("again", type=UUID)
    before = get(session(), person, Draw, again) if again else None
    return render_template(
        "desk/draws/new.html",
        before=before,
        given=given or _usual(before),
        kinds=[option(each) for each in KINDS],
        chosen=request.form.getlist("kinds") if given else _kinds_of(before),
        grades=GRADES,
        wrong=wrong or {},
        said=said,
    )


def _usual(before: Draw | None) -> dict[str, Any]:
    if before is None:
        usual = {f"percent_{grade}": percent for grade, percent in USUAL_PERCENT.items()}
        return usual | {"least": 1, "officers": 2, "departments_differ": "1"}
    plan = Plan.of(before.plan)
    percent = {f"percent_{grade}": n for grade, n in plan.percent.items()}
    flags = {"by_township": plan.by_township, "departments_differ": plan.departments_differ}
    return plan._asdict() | percent | {name: "1" if value else "" for name, value in flags.items()}


def _kinds_of(before: Draw | None) -> list[str]:
    return before.plan["kinds"] if before else [KINDS[0].value]


@bp.get("/draws/new")
def new_draw_page() -> str:
    return _form()


@bp.post("/draws/new")
@again_when_invalid(_form)
def commit_draw() -> Response:
    person = current_person()
    require(person, "draw.make")
    plan = read_plan(request.form, request.form.getlist("kinds"), today())
    again = request.form.get("again", type=UUID)
    draw = making.commit(session(), person, key_ring().draw, plan, now(), again)
    flash(_("种子已封存，承诺已公布"), "ok")
    return _to(draw.id)


def _page(draw_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    publishing.publish_due(session(), person.county, key_ring().draw, now())
    file = reading.read_draw(session(), person, draw_id, today())
    address = _public_address(file.draw)
    return render_template(
        "desk/draws/draw.html",
        file=file,
        draw=file.draw,
        may_make=can(person, "draw.make"),
        may_publish=can(person, "draw.publish"),
        whys_of_officers=[option(each) for each in OF_OFFICERS],
        whys_of_sites=[option(each) for each in OF_SITES],
        outcomes=[option(each) for each in Outcome],
        public_address=address,
        # drawn by segno from an address of ours, with nothing typed in it
        public_code=Markup(code_of(address)),  # noqa: S704
        given=given or {},
        wrong=wrong or {},
        said=said,
    )


@bp.get("/draws/<uuid:draw_id>")
def draw_page(draw_id: UUID) -> str:
    return _page(draw_id)


@bp.post("/draws/<uuid:draw_id>/freeze")
def freeze_draw(draw_id: UUID) -> Response:
    try:
        making.freeze(session(), current_person(), draw_id, now())
    except Invalid as error:
        raise Conflict(next(iter(error.fields.values()), error.message)) from None
    flash(_("名录已冻结，哈希已公布"), "ok")
    return _to(draw_id)


@bp.post("/draws/<uuid:draw_id>/draw")
@again_when_invalid(_page)
def draw_lots(draw_id: UUID) -> Response:
    number = request.form.get("public_number", "")
    making.draw_lots(session(), current_person(), key_ring().draw, draw_id, number, now())
    flash(_("已抽取"), "ok")
    return _to(draw_id)


@bp.post("/draws/<uuid:draw_id>/replace")
@again_when_invalid(_page)
def replace_drawn(draw_id: UUID) -> Response:
    making.replace(session(), current_person(), key_ring().draw, draw_id, request.form, now())
    flash(_("已按原来的顺序补抽，记录会一并公开"), "ok")
    return _to(draw_id)


@bp.post("/draws/<uuid:draw_id>/tasks")
def assign_drawn(draw_id: UUID) -> Response:
    made = reading.assign_tasks(session(), current_person(), draw_id, now())
    flash(_("已派出 %(n)s 项任务", n=made) if made else _("没有要派的任务"), "ok")
    return _to(draw_id)


@bp.post("/draws/<uuid:draw_id>/end")
@again_when_invalid(_page)
def end_draw(draw_id: UUID) -> Response:
    making.end(session(), current_person(), draw_id, request.form.get("reason", ""), now())
    flash(_("已终止，记录保留，可以重新抽取"), "ok")
    return _to(draw_id)


@bp.post("/draws/<uuid:draw_id>/publish")
def publish_draw(draw_id: UUID) -> Response:
    publishing.publish(session(), current_person(), key_ring().draw, draw_id, now())
    flash(_("已公布，任何人都可以下载核验"), "ok")
    return _to(draw_id)


@bp.post("/draws/<uuid:draw_id>/outcome")
@again_when_invalid(_page)
def publish_outcome(draw_id: UUID) -> Response:
    publishing.record_outcome(session(), current_person(), draw_id, request.form, now())
    flash(_("检查结果已公布"), "ok")
    return _to(draw_id)


def _conflicts_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    words = " ".join(request.values.get("q", "").split())
    return render_template(
        "desk/draws/conflicts.html",
        rows=conflicts.list_conflicts(session(), person),
        officers=[(str(each.id), each.name) for each in conflicts.list_officers(session(), person)],
        found=[(str(each.id), each.name) for each in conflicts.find_sites(session(), person, words)],
        grounds=[option(each) for each in conflicts.Ground],
        q=words,
        may_edit=can(person, "draw.make"),
        given=given or {},
        wrong=wrong or {},
        said=said,
    )


@bp.get("/draws/conflicts")
def officer_conflicts() -> str:
    require(current_person(), "draw.see")
    return _conflicts_page()


@bp.post("/draws/conflicts")
@again_when_invalid(_conflicts_page)
def declare_conflict() -> Response:
    conflicts.declare(session(), current_person(), request.form, now())
    flash(_("已登记，从下一次冻结起生效"), "ok")
    return redirect(url_for("desk.officer_conflicts"), 303)


@bp.post("/draws/conflicts/<uuid:interest_id>/end")
def end_conflict(interest_id: UUID) -> Response:
    conflicts.end_conflict(session(), current_person(), interest_id, now())
    flash(_("已解除"), "ok")
    return redirect(url_for("desk.officer_conflicts"), 303)


def _public_address(draw: Draw) -> str:
    path = url_for("public_draws.one", county_code=draw.county, draw_id=draw.id)
    return (current_app.config["PUBLIC_URL"].rstrip("/") or request.host_url.rstrip("/")) + path


def _to(draw_id: UUID) -> Response:
    return redirect(url_for("desk.draw_page", draw_id=draw_id), 303)
