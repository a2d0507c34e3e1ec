"""Target lists: the lists, a new one, one of them beside its map. At `/targets`."""

import secrets
from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, require
from inspections.errors import Conflict, InspectionError, Invalid, NotFound
from inspections.field.assigning import list_assignees
from inspections.targeting.target_lists import computing, reading, sending
from inspections.targeting.target_lists.county_settings import rules_of, set_rules
from inspections.targeting.target_lists.explaining import why
from inspections.targeting.target_lists.plan import KINDS, Rechecks, read_plan, usual
from inspections.targeting.target_lists.reading import PAGE, ListFile
from inspections.targeting.target_lists.sheet import day_sheet

from .. import tile_sources
from ..auth import current_person, now
from ..db import session
from ..downloads import as_download
from ..i18n import translated
from . import bp
from .sites import again_when_invalid
from .words import option, today

SEED_BITS = 53  # a number that JSON and every spreadsheet hold exactly


@bp.get("/targets")
def targets() -> str:
    person = current_person()
    page = max(request.args.get("page", 1, type=int), 1)
    lines, total = reading.list_lists(session(), person, today(), page)
    return render_template(
        "desk/targets/lists.html",
        lines=lines,
        total=total,
        page=page,
        last_page=max((total + PAGE - 1) // PAGE, 1),
        hits=reading.pooled_hits(session(), person, today()),
        may_plan=can(person, "target.plan"),
    )


def _new_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "target.plan")
    rules = rules_of(session(), person.county)
    plan = usual(today(), rules)
    known = {name: getattr(plan, name) for name in ("wanted", "teams", "visits_per_day", "minutes_per_day")}
    known |= {"first_day": plan.first_day, "last_day": plan.last_day, "rechecks": plan.rechecks}
    known |= {"speed_kmh": plan.speed_kmh, "road_factor": plan.road_factor}
    known |= {f"minutes_{kind}": minutes for kind, minutes in plan.minutes.items()}
    return render_template(
        "desk/targets/new.html",
        given=given or known,
        chosen_kinds=given.getlist("kinds") if given else [kind.value for kind in plan.kinds],
        wrong=wrong or {},
        said=said,
        rules=rules,
        kinds=[option(kind) for kind in KINDS],
        rechecks=[option(each) for each in Rechecks],
        today=today(),
    )


@bp.get("/targets/new")
def new_target_page() -> str:
    return _new_page()


@bp.post("/targets")
@again_when_invalid(_new_page)
def make_targets() -> Response:
    person, form = current_person(), request.form
    require(person, "target.plan")
    plan = read_plan(form, form.getlist("kinds"), rules_of(session(), person.county), today())
    made = computing.make_list(session(), person, plan, secrets.randbits(SEED_BITS), now())
    flash(_("名单已生成，共 %(n)s 处", n=made.summary["entries"]), "ok")
    return redirect(url_for("desk.target_list", list_id=made.id), 303)


@bp.get("/targets/<uuid:list_id>")
def target_list(list_id: UUID) -> str:
    person = current_person()
    file = reading.read_list(session(), person, list_id, today())
    words = request.args.get("q", "").strip()
    may_plan = can(person, "target.plan") and file.found.last_day >= today()
    return render_template(
        "desk/targets/list.html",
        file=file,
        found=file.found,
        may_plan=may_plan,
        may_export=can(person, "target.plan"),
        is_over=file.found.last_day < today(),
        assignees=[(str(each.id), each.name) for each in list_assignees(session(), person)] if may_plan else [],
        words=words,
        answers=why(session(), person, list_id, words) if words else [],
        weekdays=weekdays(),
        settings=_map_settings(file),
    )


def weekdays() -> list[str]:
    return [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")]


def _map_settings(file: ListFile) -> dict[str, Any]:
    """What the map shows: numbers alone. Names stand in the list beside it."""
    return {
        "sources": tile_sources.offer(),
        "urls": {
            "land": "/api/v1/tiles/land/{z}/{x}/{y}.mvt",
            "areas": "/api/v1/areas/",
            "grid": "/api/v1/grid-cells.geojson",
        },
        "stops": [
            {
                "id": str(row.entry.id),
                "number": row.number,
                "part": row.entry.part.value,
                "lon": row.site.place.lon,
                "lat": row.site.place.lat,
                "label": row.site.name,
            }
            for row in file.rows
            if row.site.place
        ],
    }


@bp.post("/targets/<uuid:list_id>/compute")
def compute_targets(list_id: UUID) -> Response:
    revision = request.form.get("revision", 0, type=int)
    try:
        computing.compute_again(session(), current_person(), list_id, revision, now())
    except (Conflict, Invalid) as error:
        return told(error, list_id)
    flash(_("已按现在的数据重新计算；固定的、已派的和随机抽到的保留"), "ok")
    return redirect(url_for("desk.target_list", list_id=list_id), 303)


@bp.post("/targets/<uuid:list_id>/send")
def send_target_day(list_id: UUID) -> Response:
    """All that is open of one team's day goes to one person."""
    form = request.form
    require(current_person(), "target.plan")
    try:
        sent = sending.send_day(
            session(), current_person(), list_id, _day(form.get("day", "")), form.get("team", 0, type=int),
            form.get("assignee_id", ""), now(),
        )  # fmt: skip
    except (Conflict, Invalid) as error:
        return told(error, list_id)
    if sent.tasks:
        flash(_("已派出 %(n)s 处", n=len(sent.tasks)), "ok")
    for name, message in sent.refused:
        flash(_("%(name)s没有派出：%(why)s", name=name, why=translated(message)), "due")
    return redirect(url_for("desk.target_list", list_id=list_id), 303)


@bp.get("/targets/<uuid:list_id>/<day>.xlsx")
def target_sheet(list_id: UUID, day: str) -> Response:
    on = _day(day)
    content = day_sheet(session(), current_person(), list_id, on, today(), translated)
    return as_download(content, _("暗访安排 %(day)s", day=on.isoformat()), "xlsx")


def _rules_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "target.plan")
    rules = rules_of(session(), person.county)
    known = {
        "exploration_percent": rules.exploration_percent,
        "institution_cap": next(iter(rules.caps.values()), ""),
        "cap_basis": rules.cap_basis if rules.is_own else "",
    }
    return render_template(
        "desk/targets/rules.html", given=given or known, wrong=wrong or {}, said=said, rules=rules
    )


@bp.get("/targets/rules")
def target_rules_page() -> str:
    return _rules_page()


@bp.post("/targets/rules")
@again_when_invalid(_rules_page)
def set_target_rules() -> Response:
    set_rules(session(), current_person(), request.form)
    flash(_("已保存，新名单和重新计算时生效"), "ok")
    return redirect(url_for("desk.targets"), 303)


def told(error: InspectionError, list_id: UUID, entry_id: UUID | None = None) -> Response:
    """Back to the list, with what happened meanwhile said at its top."""
    session().rollback()
    fields = error.fields if isinstance(error, Invalid) else {}
    flash(translated(next(iter(fields.values()), error.message)), "problem")
    anchor = f"e-{entry_id}" if entry_id else None
    return redirect(url_for("desk.target_list", list_id=list_id, _anchor=anchor), 303)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
