"""Calls 部门报到: what a department reads of a whistle on its phone, and its answer. At `/calls`."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.errors import Conflict, Invalid
from inspections.intake import whistling
from inspections.intake.whistle_file import own_calls

from .auth import current_person, now, require_verb
from .db import session
from .errors import status_of
from .i18n import translated

bp = Blueprint("calls", __name__, url_prefix="/calls")
bp.before_request(require_verb("whistle.answer"))


@bp.get("")
def calls() -> str:
    return _page()


def _page(at: UUID | None = None, given: Any = None, wrong: dict[str, str] | None = None, said: str = "") -> str:
    return render_template(
        "calls.html",
        calls=own_calls(session(), current_person(), now()),
        at=at,
        given=given or {},
        wrong=wrong or {},
        said=said,
    )


@bp.post("/<uuid:call_id>/<any(accept, refuse, arrive):reply>")
def answer_call(call_id: UUID, reply: str) -> Response:
    person, form = current_person(), request.form
    try:
        match reply:
            case "accept":
                whistling.accept(session(), person, call_id, form, now())
            case "refuse":
                whistling.refuse(session(), person, call_id, form, now())
            case _:
                whistling.arrive(session(), person, call_id, now())
    except (Invalid, Conflict) as error:
        session().rollback()
        fields = error.fields if isinstance(error, Invalid) else {}
        wrong = {name: translated(message) for name, message in fields.items()}
        page = _page(call_id, form, wrong, "" if wrong else translated(error.message))
        return make_response(page, status_of(error))
    said = {
        "accept": _("已接受，请按时到集合地点"),
        "refuse": _("已答复不能到场"),
        "arrive": _("已报到，目标点位已下发到手机任务"),
    }
    flash(said[reply], "ok")
    return redirect(url_for("calls.calls"), 303)
