"""The schedule of a special campaign 时间安排. At `/special-campaigns/…/schedule`."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can
from inspections.special_campaigns import scheduling

from ..auth import current_person, now
from ..db import session
from . import bp
from .special_campaigns import again_when_refused, find, frame
from .words import today


def _page(
    special_id: UUID,
    line_id: UUID | None = None,
    given: Any = None,
    wrong: Any = None,
    said: str = "",
    **_names: Any,
) -> str:
    """`line_id` is the line whose form stands open, with what is wrong in it."""
    person, campaign = current_person(), find(special_id)
    return render_template(
        "desk/special/schedule.html",
        **frame(campaign),
        lines=scheduling.list_items(session(), person, campaign),
        open_line=line_id,
        now_day=today(),
        may_edit=can(person, "campaign.plan") and campaign.ended_at is None,
        given=given or {},
        usual={
            "first_day": max(today(), campaign.first_day).isoformat(),
            "last_day": campaign.last_day.isoformat(),
        },
        wrong=wrong or {},
        said=said,
    )


@bp.get("/special-campaigns/<uuid:special_id>/schedule")
def special_schedule(special_id: UUID) -> str:
    return _page(special_id)


@bp.post("/special-campaigns/<uuid:special_id>/schedule/begin")
@again_when_refused(_page)
def begin_special_schedule(special_id: UUID) -> Response:
    scheduling.begin(session(), current_person(), special_id, now())
    flash(_("已列出五项，请核对修改"), "ok")
    return _to(special_id)


@bp.post("/special-campaigns/<uuid:special_id>/schedule")
@again_when_refused(_page)
def add_special_line(special_id: UUID) -> Response:
    scheduling.save(session(), current_person(), special_id, request.form, now())
    flash(_("已保存"), "ok")
    return _to(special_id)


@bp.post("/special-campaigns/<uuid:special_id>/schedule/<uuid:line_id>")
@again_when_refused(_page)
def edit_special_line(special_id: UUID, line_id: UUID) -> Response:
    scheduling.save(session(), current_person(), special_id, request.form, now(), line_id)
    flash(_("已保存"), "ok")
    return _to(special_id)


@bp.post("/special-campaigns/<uuid:special_id>/schedule/<uuid:line_id>/done")
@again_when_refused(_page)
def finish_special_line(special_id: UUID, line_id: UUID) -> Response:
    item = scheduling.mark_done(session(), current_person(), special_id, line_id, request.form, today())
    flash(_("已记为完成") if item.done_on else _("已改回未完成"), "ok")
    return _to(special_id)


@bp.post("/special-campaigns/<uuid:special_id>/schedule/<uuid:line_id>/remove")
@again_when_refused(_page)
def remove_special_line(special_id: UUID, line_id: UUID) -> Response:
    scheduling.remove(session(), current_person(), special_id, line_id)
    flash(_("已删除"), "ok")
    return _to(special_id)


def _to(special_id: UUID) -> Response:
    return redirect(url_for("desk.special_schedule", special_id=special_id), 303)
