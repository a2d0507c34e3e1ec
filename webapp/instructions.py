"""Instructions of the daily dispatch, for whom they went to: read, signed for, answered. At `/instructions`."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from geo.times import china_day
from inspections.access import can
from inspections.errors import Conflict, Invalid
from inspections.special_campaigns.dispatches import ReceiptKind
from inspections.special_campaigns.dispatching import answer
from inspections.special_campaigns.instructions import own_instructions

from .auth import current_person, now, require_verb
from .db import session
from .errors import status_of
from .i18n import translated

bp = Blueprint("instructions", __name__, url_prefix="/instructions")
bp.before_request(require_verb("sweep.see"))


@bp.get("")
def own() -> str:
    return _page()


def _page(at: UUID | None = None, given: Any = None, wrong: dict[str, str] | None = None, said: str = "") -> str:
    return render_template(
        "instructions.html",
        told=own_instructions(session(), current_person()),
        now_day=china_day(now()),
        home="/" if can(current_person(), "desk.open") else "/m",
        at=at,
        given=given or {},
        wrong=wrong or {},
        said=said,
    )


@bp.post("/<uuid:instruction_id>/<any(received, progress, done):receipt>")
def answer_instruction(instruction_id: UUID, receipt: str) -> Response:
    try:
        kind = next(each for each in ReceiptKind if each == receipt)
        answer(session(), current_person(), instruction_id, kind, request.form, now())
    except (Invalid, Conflict) as error:
        session().rollback()
        fields = error.fields if isinstance(error, Invalid) else {}
        wrong = {name: translated(message) for name, message in fields.items()}
        page = _page(instruction_id, request.form, wrong, "" if wrong else translated(error.message))
        return make_response(page, status_of(error))
    said = {"received": _("已签收"), "progress": _("进展已报告"), "done": _("已报办结")}
    flash(said[receipt], "ok")
    return redirect(url_for("instructions.own"), 303)
