"""Canvass campaigns: planned, given to walkers, watched, closed, copied. At `/canvass`."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.canvass import planning
from inspections.canvass.campaign_sheet import campaign_workbook
from inspections.canvass.campaigns import CanvassCampaign
from inspections.canvass.progress import CellProgress, Progress, read_progress
from inspections.listing.campaigns import CAMPAIGNS, CampaignState
from inspections.registry.grid import board
from inspections.registry.grid.giving import workers_for
from inspections.registry.grid.land import townships_to_divide
from inspections.registry.map_layers import county_box
from inspections.registry.time_bands import TimeBand

from ..auth import current_person, now
from ..db import session
from ..downloads import as_download
from ..i18n import translated
from . import bp
from .cells import map_settings
from .lists import list_page
from .sites import again_when_invalid
from .words import option, today

SHOWN_CELLS = 500
# When hidden teaching goes on
USUAL_BANDS = [TimeBand.EVENING.value, TimeBand.WEEKEND.value]


@bp.get("/canvass")
def canvass() -> str:
    require(current_person(), "coverage.see")
    return list_page(CAMPAIGNS, "desk/canvass/list.html", may_plan=can(current_person(), "canvass.plan"))


def _form_page(campaign_id: UUID | None = None, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "canvass.plan")
    campaign = planning.to_plan(session(), person, campaign_id) if campaign_id else None
    cells = given.getlist("cells") if given else []
    if campaign and not given:
        cells = [str(each.id) for each in read_progress(session(), person, campaign).cells]
    areas = [
        (str(each.id), each.name, board.count_of(session(), person.county, each.id)[0])
        for each in townships_to_divide(session(), person)
    ]
    box = county_box(session(), person)
    return render_template(
        "desk/canvass/form.html",
        campaign=campaign,
        given=given or _as_form(campaign),
        bands=[option(each) for each in TimeBand],
        chosen_bands=given.getlist("bands")
        if given
        else list(campaign.bands)
        if campaign
        else ["evening", "weekend"],
        townships=areas,
        cells=cells,
        settings=map_settings(
            box.as_tuple() if box else board.NOWHERE, cells=url_for("desk.cells_geojson"), chosen=cells
        ),
        wrong=wrong or {},
        said=said,
    )


def _as_form(campaign: CanvassCampaign | None) -> dict[str, str]:
    if campaign is None:
        return {"starts_on": today().isoformat()}
    return {
        "name": campaign.name,
        "starts_on": campaign.starts_on.isoformat(),
        "ends_on": campaign.ends_on.isoformat(),
    }


@bp.get("/canvass/new")
def new_campaign_page() -> str:
    return _form_page()


@bp.post("/canvass/new")
@again_when_invalid(_form_page)
def begin_campaign() -> Response:
    form = request.form
    campaign = planning.begin(session(), current_person(), form, form.getlist("bands"), form.getlist("cells"))
    flash(_("排查行动已发起"), "ok")
    return _to(campaign.id)


@bp.get("/canvass/<uuid:campaign_id>/change")
def change_campaign_page(campaign_id: UUID) -> str:
    return _form_page(campaign_id)


@bp.post("/canvass/<uuid:campaign_id>/change")
@again_when_invalid(_form_page)
def change_campaign(campaign_id: UUID) -> Response:
    form = request.form
    planning.change(session(), current_person(), campaign_id, form, form.getlist("bands"), form.getlist("cells"))
    flash(_("已保存"), "ok")
    return _to(campaign_id)


def _campaign_page(campaign_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "coverage.see")
    campaign = get(session(), person, CanvassCampaign, campaign_id)
    progress = read_progress(session(), person, campaign)
    may_change = campaign.closed_at is None and can(person, "canvass.plan") and planning.may_plan(person, campaign)
    cells = _asked_for(progress)
    return render_template(
        "desk/canvass/campaign.html",
        campaign=campaign,
        state_word=_state(campaign),
        progress=progress,
        cells=cells[:SHOWN_CELLS],
        left=len(cells) - SHOWN_CELLS,
        words=request.args.get("q", ""),
        show=request.args.get("show", "left"),
        settings=map_settings(
            board.box_of_cells(session(), person.county, [each.id for each in progress.cells]),
            cells=url_for("desk.cells_geojson", township=campaign.township_id),
            marks={str(each.id): _mark(each) for each in progress.cells},
        ),
        workers=workers_for(session(), person, campaign.township_id),
        may_change=may_change,
        may_copy=can(person, "canvass.plan") and planning.may_plan(person, campaign),
        wrong=wrong or {},
        said=said,
    )


def _asked_for(progress: Progress) -> list[CellProgress]:
    """The cells that the page lists: those that are not done yet, or all; by words of code, name or walker."""
    words = request.args.get("q", "").strip()[:40]
    show = request.args.get("show", "left")
    return [
        each
        for each in progress.cells
        if (show == "all" or not each.is_done)
        and (not words or any(words in text for text in (each.code, each.name, each.worker, each.township)))
    ]


def _mark(cell: CellProgress) -> dict[str, str]:
    look = "done" if cell.is_done else "part" if cell.done else "none"
    return {"look": f"canvass-{look}", "label": f"{cell.done}/{len(cell.bands)}"}


def _state(campaign: CanvassCampaign) -> CampaignState:
    if campaign.closed_at is not None:
        return CampaignState.CLOSED
    if campaign.starts_on > today():
        return CampaignState.COMING
    return CampaignState.OVER if campaign.ends_on < today() else CampaignState.RUNNING


@bp.get("/canvass/<uuid:campaign_id>")
def campaign_page(campaign_id: UUID) -> str:
    return _campaign_page(campaign_id)


@bp.post("/canvass/<uuid:campaign_id>/assign")
@again_when_invalid(_campaign_page)
def assign_campaign(campaign_id: UUID) -> Response:
    form = request.form
    n = planning.assign(
        session(), current_person(), campaign_id, form.getlist("cells", type=UUID), form.get("worker", type=UUID)
    )
    flash(_("%(n)s 个网格已调整", n=n), "ok")
    return _to(campaign_id)


@bp.post("/canvass/<uuid:campaign_id>/close")
def close_campaign(campaign_id: UUID) -> Response:
    planning.close(session(), current_person(), campaign_id, now())
    flash(_("排查行动已结束"), "ok")
    return _to(campaign_id)


@bp.post("/canvass/<uuid:campaign_id>/copy")
def copy_campaign(campaign_id: UUID) -> Response:
    campaign = planning.copy(session(), current_person(), campaign_id, today())
    flash(_("已复制一份，从明天开始；请核对名称和日期"), "ok")
    return redirect(url_for("desk.change_campaign_page", campaign_id=campaign.id), 303)


@bp.get("/canvass/<uuid:campaign_id>/progress.xlsx")
def campaign_sheet(campaign_id: UUID) -> Response:
    person = current_person()
    require(person, "coverage.see")
    campaign = get(session(), person, CanvassCampaign, campaign_id)
    progress = read_progress(session(), person, campaign)
    return as_download(campaign_workbook(campaign, progress, translated), campaign.name, "xlsx")


def _to(campaign_id: UUID) -> Response:
    return redirect(url_for("desk.campaign_page", campaign_id=campaign_id), 303)
