"""Who complained: a pseudonym on the desk, and the way to read who it is; what the auditor sees of it."""

from typing import Any
from uuid import UUID

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.errors import Conflict, Forbidden, Invalid, NotFound, say
from inspections.intake import opening as openings
from inspections.intake import retention
from inspections.intake.complainants import (
    Complainant,
    ComplainantOpening,
    count_from_phone,
    find_complainant,
)
from inspections.intake.tips import Tip
from inspections.listing.openings import OPENINGS
from inspections.registry.people import Person

from ..auth import current_person, now
from ..db import session
from ..errors import response_to
from ..keys import key_ring
from . import bp
from .lists import list_page
from .panels import in_panel
from .sites import again_when_invalid


def about_complainant(tip: Tip) -> dict[str, Any]:
    """What `desk/tips/complainant.html` shows beside a tip: a pseudonym, and who read what is behind it."""
    complainant = find_complainant(session(), tip)
    if complainant is None:
        return {"complainant": None}
    person = current_person()
    may_audit = can(person, "complainant.audit")
    return {
        "complainant": complainant,
        "from_phone": count_from_phone(session(), complainant),
        "read_by": [
            (opening, name, openings.state_of(opening, now()))
            for opening, name in openings.openings_of(session(), person, complainant)
            if may_audit or opening.asked_by_id == person.id
        ],
        "needs_approval": complainant.is_minor or tip.names_minor,
        "may_open": can(person, "complainant.open"),
        "still_needed": retention.needed_for(session(), complainant),
    }


def _page(complainant_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    complainant = get(session(), current_person(), Complainant, complainant_id)
    tip = session().get_one(Tip, (complainant.county, complainant.tip_id))
    return render_template(
        "desk/complainant.html",
        tip=tip,
        **about_complainant(tip),
        complainant_given=given,
        complainant_wrong=wrong,
        complainant_said=said,
        in_panel=in_panel(),
    )


@bp.get("/complainants/<uuid:complainant_id>")
def complainant_page(complainant_id: UUID) -> str:
    return _page(complainant_id)


@bp.post("/complainants/<uuid:complainant_id>/open")
@again_when_invalid(_page)
def ask_to_open(complainant_id: UUID) -> Response:
    person, reason = current_person(), request.form.get("reason", "")
    if not can(person, "complainant.open"):
        openings.bar(session(), person, complainant_id, reason)
        return response_to(Forbidden())  # not raised: the attempt is to stay written down
    opening = openings.ask_to_open(session(), person, complainant_id, reason, now())
    return redirect(url_for("desk.opening_page", opening_id=opening.id), 303)


@bp.post("/complainants/<uuid:complainant_id>/forget")
@again_when_invalid(_page)
def forget_complainant(complainant_id: UUID) -> Response:
    retention.forget_on_request(session(), current_person(), complainant_id, request.form.get("why", ""))
    flash(_("身份信息已删除，代号保留"), "ok")
    return redirect(url_for("desk.complainant_page", complainant_id=complainant_id), 303)


def _opening_page(opening_id: UUID, given: Any = None, wrong: Any = None, said: str = "", **more: Any) -> Response:
    person = current_person()
    opening = get(session(), person, ComplainantOpening, opening_id)
    if opening.asked_by_id != person.id and not can(person, "complainant.audit"):
        raise NotFound
    complainant = get(session(), person, Complainant, opening.complainant_id)
    state = openings.state_of(opening, now())
    page = render_template(
        "desk/opening.html",
        opening=opening,
        complainant=complainant,
        tip=session().get_one(Tip, (complainant.county, complainant.tip_id)),
        state_now=state,
        asker=session().get_one(Person, (opening.county, opening.asked_by_id)),
        decider=opening.decided_by_id and session().get_one(Person, (opening.county, opening.decided_by_id)),
        may_decide=state is openings.OpeningState.WAITING
        and can(person, "complainant.approve")
        and opening.asked_by_id != person.id,
        may_read=state is openings.OpeningState.READY and opening.asked_by_id == person.id,
        given=given or {},
        wrong=wrong or {},
        said=said,
        in_panel=False,
        **more,
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/openings/<uuid:opening_id>")
def opening_page(opening_id: UUID) -> Response:
    return _opening_page(opening_id)


@bp.post("/openings/<uuid:opening_id>/decide")
@again_when_invalid(_opening_page)
def decide_opening(opening_id: UUID) -> Response:
    decision = request.form.get("decision")
    if decision not in {"grant", "deny"}:
        require(current_person(), "complainant.approve")
        raise Invalid({"decision": say("请选择同意还是不同意")})
    reason = request.form.get("reason", "")
    openings.decide(session(), current_person(), opening_id, decision == "grant", reason, now())
    flash(_("已同意，申请人 24 小时内可以查看一次") if decision == "grant" else _("已记为不同意"), "ok")
    return redirect(url_for("desk.opening_page", opening_id=opening_id), 303)


@bp.post("/openings/<uuid:opening_id>/read")
def read_opening(opening_id: UUID) -> Response:
    """The one answer that holds an identity. It is not redirected to: an address could be opened twice."""
    identity = openings.open_identity(session(), current_person(), key_ring().identity, opening_id)
    if identity is None:  # returned, not raised: the attempt is to stay written down
        return response_to(
            Conflict(say("现在不能查看：要由申请的本人看，只能看一次；过期的请重新申请。这次尝试已记录"))
        )
    return _opening_page(opening_id, identity=identity)


def _list(given: Any = None, wrong: Any = None, said: str = "") -> str:
    require(current_person(), "complainant.audit")
    term = retention.current_term(session(), current_person().county)
    return list_page(
        OPENINGS,
        "desk/openings.html",
        term=term,
        term_days=term.days if term else retention.DAYS,
        term_by=term and session().get_one(Person, (term.county, term.set_by_id)),
        may_set=can(current_person(), "complainant.approve"),
        given=given or {},
        wrong=wrong or {},
        said=said,
    )


@bp.get("/openings", endpoint="openings")
def openings_page() -> str:
    return _list()


@bp.post("/openings/term")
@again_when_invalid(_list)
def set_complainant_term() -> Response:
    form = request.form
    retention.set_term(session(), current_person(), form.get("days", ""), form.get("term_reason", ""), now())
    flash(_("保存期限已改，从现在起收到的线索适用"), "ok")
    return redirect(url_for("desk.openings"), 303)
