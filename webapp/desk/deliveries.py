"""What a county hands up: frozen tables, and leave to open records behind them. At `/statistics/deliveries`."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can
from inspections.registry.counties import list_above
from inspections.reporting.figures.periods import named
from inspections.reporting.levels import delivering
from inspections.reporting.levels.grants import RecordKind

from ..auth import current_person, now
from ..db import session
from . import bp
from .sites import again_when_invalid
from .statistics import snapshot_page
from .words import option


def _page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    above = list_above(session(), person.county)
    deliveries = delivering.list_deliveries(session(), person)
    replaced = {each.replaces_id for each in deliveries}
    return render_template(
        "desk/statistics/deliveries.html",
        above=[(each.code, each.bureau) for each in above],
        names={each.code: each.bureau for each in above},
        calls=delivering.list_calls(session(), person),
        deliveries=[(each, each.id in replaced) for each in deliveries],
        grants=[(each, each.is_live(now())) for each in delivering.list_grants(session(), person)],
        kinds=[option(each) for each in RecordKind],
        kind_names=dict(option(each) for each in RecordKind),
        period_of=lambda each: named(each.first_day, each.last_day),
        may_grant=can(person, "grant.give") and bool(above),
        given=given or {},
        chosen=request.form.getlist("kinds"),
        wrong=wrong or {},
        said=said,
    )


@bp.get("/statistics/deliveries")
def deliveries() -> str:
    return _page()


def _again(snapshot_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    return snapshot_page(snapshot_id, wrong=wrong)


@bp.post("/statistics/snapshots/<uuid:snapshot_id>/deliver")
@again_when_invalid(_again)
def deliver_snapshot(snapshot_id: UUID) -> Response:
    delivering.deliver(session(), current_person(), snapshot_id, request.form.get("reason", ""), now())
    flash(_("已上报。上级看到的就是这张表，更正须另报一张并说明原因"), "ok")
    return redirect(url_for("desk.deliveries"), 303)


@bp.post("/statistics/grants")
@again_when_invalid(_page)
def give_grant() -> Response:
    delivering.give_grant(session(), current_person(), request.form, now())
    flash(_("已授权，到期自动结束，每次查阅都有记录"), "ok")
    return redirect(url_for("desk.deliveries"), 303)


@bp.post("/statistics/grants/<uuid:grant_id>/revoke")
def revoke_grant(grant_id: UUID) -> Response:
    delivering.revoke_grant(session(), current_person(), grant_id, now())
    flash(_("授权已收回"), "ok")
    return redirect(url_for("desk.deliveries"), 303)
