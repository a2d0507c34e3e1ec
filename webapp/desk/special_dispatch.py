"""The daily dispatch 日调度 of a special campaign. At `/special-campaigns/…/dispatch`."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can
from inspections.errors import Message, NotFound
from inspections.registry.imports.previews import message_from_json
from inspections.special_campaigns import dispatching, instructions, lagging
from inspections.special_campaigns.addressing import addressees
from inspections.special_campaigns.dispatches import ReceiptKind
from inspections.sweeps.campaigns import SpecialCampaign

from ..auth import current_person, now
from ..db import session
from . import bp
from .special_campaigns import again_when_refused, find, frame, sweep_href
from .words import today


def _page(special_id: UUID, given: Any = None, wrong: Any = None, said: str = "", **_names: Any) -> str:
    person, campaign = current_person(), find(special_id)
    held = instructions.list_dispatches(session(), person, campaign)
    day = _day(campaign)
    dispatch = next((each for each in held if each.day == day), None)
    is_today = day == today()
    plans = can(person, "campaign.plan") and campaign.ended_at is None and is_today
    behind, due = _lists(campaign, dispatch, day)
    return render_template(
        "desk/special/dispatch.html",
        **frame(campaign),
        day=day,
        is_today=is_today,
        dispatch=dispatch,
        held=held,
        behind=behind,
        due=due,
        coming=instructions.tomorrow_of(session(), person, campaign, day + timedelta(days=1)) if is_today else [],
        told=instructions.instructions_of(session(), person, dispatch) if dispatch else [],
        earlier=instructions.open_before(session(), person, campaign, day),
        addressees=addressees(session(), person) if plans else [],
        plans=plans,
        may_answer=can(person, "campaign.plan"),
        sweep_href=sweep_href,
        given=given or {"to": request.args.get("to", ""), "text": request.args.get("text", "")},
        tomorrow=today() + timedelta(days=1),
        form=request.path.rsplit("/", 1)[-1] if given is not None else "",
        wrong=wrong or {},
        said=said,
    )


def _day(campaign: SpecialCampaign) -> date:
    """The day that is asked for, else today, or the last one. Raises NotFound for a day that never was."""
    text = request.args.get("day", "")
    last = min(today(), campaign.last_day) if campaign.ended_at is None else today()
    if not text:
        return today() if campaign.ended_at is None else last
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
    if not campaign.first_day <= day <= today():
        raise NotFound
    return day


def _lists(campaign: SpecialCampaign, dispatch: Any, day: date) -> tuple[list[Any], list[Any]]:
    """What is behind and falls due: as it is now on the day itself, as it was kept on others."""
    if day == today() and campaign.ended_at is None:
        person = current_person()
        tomorrow = day + timedelta(days=1)
        return (
            lagging.behind(session(), person, campaign, now()),
            lagging.due_on(session(), person, campaign, tomorrow),
        )
    kept = dispatch.content if dispatch else {"behind": [], "due": []}
    return [_kept(each) for each in kept["behind"]], [_kept(each) for each in kept["due"]]


def _kept(written: dict[str, Any]) -> lagging.Lag:
    said: Message = message_from_json(written["said"])
    return lagging.Lag(written["kind"], written["who"], said)


@bp.get("/special-campaigns/<uuid:special_id>/dispatch")
def special_dispatch(special_id: UUID) -> str:
    return _page(special_id)


@bp.post("/special-campaigns/<uuid:special_id>/dispatch")
@again_when_refused(_page)
def hold_special_dispatch(special_id: UUID) -> Response:
    dispatching.hold(session(), current_person(), special_id, request.form, now())
    flash(_("调度记录已存"), "ok")
    return _to(special_id)


@bp.post("/special-campaigns/<uuid:special_id>/dispatch/instructions")
@again_when_refused(_page)
def give_instruction(special_id: UUID) -> Response:
    dispatching.instruct(session(), current_person(), special_id, request.form, now())
    flash(_("指令已下达，等待签收"), "ok")
    return _to(special_id)


@bp.post("/special-campaigns/<uuid:special_id>/dispatch/instructions/<uuid:instruction_id>")
@again_when_refused(_page)
def note_instruction(special_id: UUID, instruction_id: UUID) -> Response:
    """What the office writes down of an instruction: an answer by telephone, sent back, withdrawn."""
    find(special_id)
    kind = next((each for each in ReceiptKind if each == request.form.get("kind")), None)
    if kind is None:
        raise NotFound
    dispatching.answer(session(), current_person(), instruction_id, kind, request.form, now())
    flash(_("已登记"), "ok")
    return _to(special_id)


def _to(special_id: UUID) -> Response:
    return redirect(url_for("desk.special_dispatch", special_id=special_id), 303)
