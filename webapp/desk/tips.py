"""A tip's page, and what is decided on it. Each decision leads on to the next tip of the inbox it was made in."""

from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, require
from inspections.errors import Forbidden, Invalid, say
from inspections.intake import handling, key_cases, merging, siting, triaging, undoing
from inspections.intake.deciding import HANDLING_DAYS
from inspections.intake.tip_file import TipFile, read_tip_file
from inspections.intake.tip_moves import TipMoveKind
from inspections.registry.site_file import may_see_tips
from inspections.registry.sites import CATEGORIES, SiteKind

from .. import tile_sources
from ..auth import current_person, now
from ..db import session
from . import bp
from .complainants import about_complainant
from .panels import in_panel
from .sites import again_when_invalid
from .words import option

PANE = "tip-pane"


@bp.get("/tips/<uuid:tip_id>")
def tip_page(tip_id: UUID) -> str:
    return page_of(tip_id)


def page_of(tip_id: UUID, given: Any = None, wrong: Any = None, said: str = "", **_asked: Any) -> str:
    person = current_person()
    if not may_see_tips(person):
        raise Forbidden
    file = read_tip_file(session(), person, tip_id, now())
    may = _may(file)
    return render_template(
        "desk/tips/tip.html",
        file=file,
        tip=file.tip,
        may=may,
        in_panel=in_panel(),
        in_pane=request.headers.get("HX-Target") == PANE,
        given=given or {},
        wrong=wrong or {},
        said=said,
        to=triaging.destinations(session(), person.county) if may["triage"] else {},
        categories=[option(each) for each in CATEGORIES[SiteKind.SUSPECTED]],
        usual=_usual_words(),
        usual_days=HANDLING_DAYS,
        map_settings=_map_settings(file),
        **about_complainant(file.tip),
    )


def _may(file: TipFile) -> dict[str, bool]:
    """What the reader may do now: the role allows it, and it makes sense for the tip."""
    person, tip = current_person(), file.tip
    triages = can(person, "tip.triage")
    return {
        "triage": triages and file.is_open,
        "reopen": triages and tip.state.value in ("confirmed", "unfounded", "transferred", "invalid"),
        "unmerge": triages and tip.master_id is not None,
        "merge": triages,
        "handle": can(person, "tip.handle") and tip.state.value == "assigned",
        "note": can(person, "tip.handle"),
        "key": can(person, "tip.key") and tip.key_since is None and tip.master_id is None,
        "unkey": can(person, "tip.key") and tip.key_since is not None,
        "whistle": can(person, "whistle.blow") and file.is_open,
    }


def _usual_words() -> dict[str, tuple[str, str]]:
    """For each decision, what stands in its fields at first: the note, and the answer to who reported."""
    return {
        "unfounded": (_("经核对，反映的情况不属实"), _("经核实，您反映的情况不属实。感谢您的监督。")),
        "invalid": (_("没有可以核查的内容"), _("您提交的内容里没有可以核查的线索；如有补充，请重新提交。")),
        "transferred": ("", _("您反映的情况已转交有权处理的部门。")),
        "confirmed": ("", _("您反映的情况经核查属实，已依法依规处理。感谢您的监督。")),
    }


def _map_settings(file: TipFile) -> dict[str, Any] | None:
    if file.place is None:
        return None
    return {
        "lon": file.place.lon,
        "lat": file.place.lat,
        "radius_m": file.tip.uncertainty_m or 0,
        "label": file.tip.code,
        "sources": tile_sources.offer(),
        "urls": {
            "land": "/api/v1/tiles/land/{z}/{x}/{y}.mvt",
            "areas": "/api/v1/areas/",
            "grid": "/api/v1/grid-cells.geojson",
        },
    }


@bp.post("/tips/<uuid:tip_id>/assign")
@again_when_invalid(page_of)
def assign_tip(tip_id: UUID) -> Response:
    triaging.assign(session(), current_person(), tip_id, request.form, now())
    return _onward(tip_id, _("已交办"))


@bp.post("/tips/<uuid:tip_id>/<any(unfounded, invalid, transferred):outcome>")
@again_when_invalid(page_of)
def settle_tip(tip_id: UUID, outcome: str) -> Response:
    kind = TipMoveKind(outcome)  # type: ignore[call-arg]
    triaging.settle(session(), current_person(), tip_id, kind, request.form, now())
    return _onward(tip_id, _("已办结"))


@bp.post("/tips/<uuid:tip_id>/reopen")
@again_when_invalid(page_of)
def reopen_tip(tip_id: UUID) -> Response:
    triaging.reopen(session(), current_person(), tip_id, request.form, now())
    return _onward(tip_id, _("已重新研判"))


@bp.post("/tips/<uuid:tip_id>/return")
@again_when_invalid(page_of)
def return_tip(tip_id: UUID) -> Response:
    handling.give_back(session(), current_person(), tip_id, request.form, now())
    return _onward(tip_id, _("已退回，等区县专班重新研判"))


@bp.post("/tips/<uuid:tip_id>/report")
@again_when_invalid(page_of)
def report_tip(tip_id: UUID) -> Response:
    handling.report(session(), current_person(), tip_id, request.form, now())
    return _onward(tip_id, _("结果已登记"))


@bp.post("/tips/<uuid:tip_id>/note")
@again_when_invalid(page_of)
def note_tip(tip_id: UUID) -> Response:
    triaging.remark(session(), current_person(), tip_id, request.form, now())
    return _stay(tip_id, _("已备注"))


@bp.post("/tips/<uuid:tip_id>/site")
@again_when_invalid(page_of)
def set_tip_site(tip_id: UUID) -> Response:
    siting.set_site(session(), current_person(), tip_id, request.form, now())
    return _stay(tip_id, _("涉及点位已登记"))


@bp.post("/tips/<uuid:tip_id>/merge")
@again_when_invalid(page_of)
def merge_tips(tip_id: UUID) -> Response:
    """Joins what was chosen and this one, all but the one that was named as the master, into that one."""
    require(current_person(), "tip.triage")
    chosen = [*_ids(request.form.getlist("tips")), tip_id]
    master_id = _ids([request.form.get("master_id", "")])[0]
    others = [each for each in dict.fromkeys(chosen) if each != master_id]
    merging.merge(session(), current_person(), master_id, others, now())
    return _onward(tip_id, _("已合并 %(n)s 条，随时可以拆开", n=len(others)))


@bp.post("/tips/<uuid:tip_id>/unmerge")
@again_when_invalid(page_of)
def unmerge_tip(tip_id: UUID) -> Response:
    merging.unmerge(session(), current_person(), tip_id, now())
    return _stay(tip_id, _("已拆开，恢复为单独的线索"))


@bp.post("/tips/<uuid:tip_id>/<any(key, unkey):turn>")
@again_when_invalid(page_of)
def turn_key(tip_id: UUID, turn: str) -> Response:
    change = key_cases.make_key if turn == "key" else key_cases.drop_key
    change(session(), current_person(), tip_id, request.form, now())
    return _stay(tip_id, _("已列为重点督办") if turn == "key" else _("已取消重点督办"))


@bp.post("/tips/undo")
def undo_decision() -> Response:
    made = undoing.undo(session(), current_person(), now())
    flash(_("已撤销"), "ok")
    return _back(made.tip_id)


def _ids(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts]
    except ValueError:
        raise Invalid({"tips": say("请先选择要并入的线索")}) from None


def _onward(tip_id: UUID, said: str) -> Response:
    """To the tip that comes next in the inbox the decision was made in; else the same tip again."""
    flash(said, "ok")
    return _back(request.form.get("then") or str(tip_id), tip_id)


def _stay(tip_id: UUID, said: str) -> Response:
    flash(said, "ok")
    return _back(tip_id, tip_id)


def _back(at: UUID | str, tip_id: UUID | str | None = None) -> Response:
    asked = request.form.get("inbox")
    if asked is None:
        return redirect(url_for("desk.tip_page", tip_id=tip_id or at), 303)
    # Only what a question to the list may hold: the address itself is ours
    kept = {key: values for key, values in parse_qs(asked[:1_000]).items() if key != "at"}
    return redirect(f"{url_for('desk.tips')}?{urlencode({**kept, 'at': str(at)[:36]}, doseq=True)}", 303)
