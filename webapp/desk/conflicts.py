"""What two people recorded differently: both versions side by side, and a person's choice."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can
from inspections.field import check_conflicts
from inspections.field.check_conflicts import read_check_conflict
from inspections.field.checks import Version
from inspections.registry import site_conflicts
from inspections.registry.site_conflicts import Settlement, SiteConflict, read_conflict
from inspections.registry.site_facts import CHOICES

from ..auth import current_person, now
from ..db import session
from . import bp
from .panels import in_panel
from .sites import again_when_invalid
from .words import option, word


def _site_conflict(conflict_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    page = read_conflict(session(), current_person(), conflict_id)
    conflict = page.conflict
    return render_template(
        "desk/site_conflict.html",
        page=page,
        conflict=conflict,
        shown={name: _in_words(conflict, getattr(conflict, name)) for name in ("base", "current", "offered")}
        | {"now": _in_words(conflict, page.now), "settled": _in_words(conflict, conflict.settled_value)},
        choices=[option(each) for each in Settlement],
        may_decide=can(current_person(), "conflict.decide") and conflict.settlement is None,
        given=given or {},
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
    )


def _in_words(conflict: SiteConflict, value: str | None) -> str:
    """A value as it is read: a word of a closed list by its name, an empty one as such."""
    if value is None:
        return _("没有说")
    words = CHOICES.get(conflict.field.value, ())
    return next((word(each) for each in words if each == value), value) or _("空白")


@bp.get("/conflicts/<uuid:conflict_id>")
def site_conflict_page(conflict_id: UUID) -> str:
    return _site_conflict(conflict_id)


@bp.post("/conflicts/<uuid:conflict_id>")
@again_when_invalid(_site_conflict)
def settle_site_conflict(conflict_id: UUID) -> Response:
    form = request.form
    site_conflicts.settle(
        session(),
        current_person(),
        conflict_id,
        form.get("settlement", ""),
        seen=form.get("seen", ""),
        value=form.get("value", ""),
        reason=form.get("reason", ""),
        now=now(),
    )
    flash(_("已决定，两个值都留在历史里"), "ok")
    return redirect(url_for("desk.site_conflict_page", conflict_id=conflict_id), 303)


def _check_conflict(conflict_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    page = read_check_conflict(session(), current_person(), conflict_id)
    return render_template(
        "desk/check_conflict.html",
        page=page,
        conflict=page.conflict,
        choices=[option(each) for each in Version],
        may_decide=can(current_person(), "conflict.decide") and page.conflict.stands is None,
        given=given or {},
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
    )


@bp.get("/check-conflicts/<uuid:conflict_id>")
def check_conflict_page(conflict_id: UUID) -> str:
    return _check_conflict(conflict_id)


@bp.post("/check-conflicts/<uuid:conflict_id>")
@again_when_invalid(_check_conflict)
def settle_check_conflict(conflict_id: UUID) -> Response:
    form = request.form
    check_conflicts.choose(
        session(), current_person(), conflict_id, form.get("version", ""), form.get("reason", ""), now()
    )
    flash(_("已决定，两份记录都仍保留"), "ok")
    return redirect(url_for("desk.check_conflict_page", conflict_id=conflict_id), 303)
