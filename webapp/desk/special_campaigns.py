"""Special campaigns 专项行动: the list, one with goals and parts, planned and ended. At `/special-campaigns`."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.errors import Conflict, Invalid, Message, say
from inspections.listing.campaigns import CampaignState
from inspections.listing.special_campaigns import SPECIAL_CAMPAIGNS
from inspections.reporting.figures import Selection
from inspections.special_campaigns import planning, progress
from inspections.special_campaigns.figures import cells_of, label_of
from inspections.sweeps.campaigns import SpecialCampaign
from inspections.sweeps.sweeps import Sweep

from ..auth import current_person, now
from ..db import session
from ..errors import status_of
from ..i18n import translated
from . import bp
from .lists import list_page
from .sites import again_when_invalid
from .words import today

PUT, TAKE = "put", "take"


def again_when_refused(page: Callable[..., Any]) -> Callable[..., Any]:
    """As `again_when_invalid`, for Conflict too: what was typed stands beside what is there now."""

    def around(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(**names: Any) -> Any:
            try:
                return again_when_invalid(page)(view)(**names)
            except Conflict as error:
                session().rollback()
                said = translated(error.message)
                return make_response(page(**names, given=request.form, said=said), status_of(error))

        return guarded

    return around


@bp.get("/special-campaigns")
def special_campaigns() -> str:
    person = current_person()
    require(person, "campaign.see")
    return list_page(SPECIAL_CAMPAIGNS, "desk/special/list.html", may_plan=can(person, "campaign.plan"))


def _form_page(special_id: UUID | None = None, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "campaign.plan")
    campaign = get(session(), person, SpecialCampaign, special_id) if special_id else None
    return render_template(
        "desk/special/form.html",
        campaign=campaign,
        seen=planning.mark_of(campaign) if campaign else "",
        given=given or _as_form(campaign),
        figures=[(planning.GOAL + key, label_of(cell), cell.figure.unit) for key, cell in _cells().items()],
        now_=_as_form(campaign) if said and campaign else {},
        wrong=wrong or {},
        said=said,
    )


def _cells() -> Any:
    return cells_of(planning.ANY)


def _as_form(campaign: SpecialCampaign | None) -> dict[str, Any]:
    if campaign is None:
        return {"first_day": today().isoformat()}
    goals = {planning.GOAL + key: n for key, n in campaign.goals.items()}
    return {
        "name": campaign.name,
        "purpose": campaign.purpose,
        "first_day": campaign.first_day.isoformat(),
        "last_day": campaign.last_day.isoformat(),
        **goals,
    }


@bp.get("/special-campaigns/new")
def new_special_campaign_page() -> str:
    return _form_page()


@bp.post("/special-campaigns/new")
@again_when_invalid(_form_page)
def begin_special_campaign() -> Response:
    campaign = planning.begin(session(), current_person(), request.form)
    flash(_("专项行动已发起，接着排时间、归入排查和联合执法"), "ok")
    return to_campaign(campaign.id)


@bp.get("/special-campaigns/<uuid:special_id>/change")
def change_special_campaign_page(special_id: UUID) -> str:
    return _form_page(special_id)


@bp.post("/special-campaigns/<uuid:special_id>/change")
@again_when_refused(_form_page)
def change_special_campaign(special_id: UUID) -> Response:
    planning.change(session(), current_person(), special_id, request.form)
    flash(_("已保存"), "ok")
    return to_campaign(special_id)


def _campaign_page(special_id: UUID, given: Any = None, wrong: Any = None, said: str = "", **_names: Any) -> str:
    person = current_person()
    campaign = find(special_id)
    may_plan = can(person, "campaign.plan") and campaign.ended_at is None
    selection = progress.selection_of(campaign, now())
    return render_template(
        "desk/special/campaign.html",
        **frame(campaign),
        goals=progress.goals_of(session(), person, campaign, now()),
        elapsed=round(100 * progress.elapsed(campaign, today())),
        sweeps=progress.sweeps_of(session(), person, campaign),
        canvasses=progress.canvasses_of(session(), person, campaign),
        free_sweeps=progress.free_sweeps(session(), person, campaign) if may_plan else [],
        free_canvasses=progress.free_canvasses(session(), person, campaign) if may_plan else [],
        records_at=records_at(campaign, selection),
        label_of=label_of,
        sweep_href=sweep_href,
        may_plan=may_plan,
        wrong=wrong or {},
        said=said,
    )


@bp.get("/special-campaigns/<uuid:special_id>")
def special_campaign_page(special_id: UUID) -> str:
    return _campaign_page(special_id)


@bp.post("/special-campaigns/<uuid:special_id>/end")
@again_when_refused(_campaign_page)
def end_special_campaign(special_id: UUID) -> Response:
    planning.end(session(), current_person(), special_id, now())
    flash(_("专项行动已结束，日报告和调度记录都保留"), "ok")
    return to_campaign(special_id)


@bp.post("/special-campaigns/<uuid:special_id>/<any(canvass, sweep):part>")
@again_when_refused(_campaign_page)
def put_in_campaign(special_id: UUID, part: str) -> Response:
    """Put a canvass or a sweep under the campaign, or take it out. Its id is in the form, not in an address."""
    require(current_person(), "campaign.plan")
    find(special_id)
    row = request.form.get("id", type=UUID)
    if row is None:
        raise Invalid({part: _choose(part)})
    takes = request.form.get("deed") == TAKE
    deeds = {
        ("canvass", False): planning.put_canvass,
        ("canvass", True): planning.take_canvass,
        ("sweep", False): planning.put_sweep,
        ("sweep", True): planning.take_sweep,
    }
    deeds[part, takes](session(), current_person(), special_id, row)
    flash(_("已移出") if takes else _("已归入本次专项行动"), "ok")
    return to_campaign(special_id)


def _choose(part: str) -> Message:
    return say("请选择排查行动") if part == "canvass" else say("请选择联合执法")


def find(special_id: UUID) -> SpecialCampaign:
    """Raises NotFound, and Forbidden for who has no business with campaigns."""
    require(current_person(), "campaign.see")
    return get(session(), current_person(), SpecialCampaign, special_id)


def frame(campaign: SpecialCampaign) -> dict[str, Any]:
    """What the head of each page of a campaign shows."""
    return {"campaign": campaign, "state_word": state_of(campaign), "day_number": _day_number(campaign)}


def state_of(campaign: SpecialCampaign) -> CampaignState:
    if campaign.ended_at is not None:
        return CampaignState.CLOSED
    if campaign.first_day > today():
        return CampaignState.COMING
    return CampaignState.OVER if campaign.last_day < today() else CampaignState.RUNNING


def _day_number(campaign: SpecialCampaign) -> int:
    """Which of its days it is; 0 outside of them."""
    return (today() - campaign.first_day).days + 1 if campaign.first_day <= today() <= campaign.last_day else 0


def records_at(campaign: SpecialCampaign, selection: Selection | None) -> Any:
    """Where the records behind a cell are listed; empty where nothing is counted yet."""

    def href(key: str) -> str:
        if selection is None:
            return ""
        return url_for("desk.special_records", special_id=campaign.id, cell=key, of=selection.as_text())

    return href


def sweep_href(sweep: Sweep) -> str:
    return url_for("desk.sweep_page", sweep_id=sweep.id) if "desk.sweep_page" in current_app.view_functions else ""


def to_campaign(special_id: UUID) -> Response:
    return redirect(url_for("desk.special_campaign_page", special_id=special_id), 303)
