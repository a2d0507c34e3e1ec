"""One check's file, and the officer's word on what it proposes."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can
from inspections.casework import confirming
from inspections.casework.findings import Finding
from inspections.casework.order_file import may_be_named, orders_of_check
from inspections.casework.recheck_file import rechecks_of_check
from inspections.errors import Invalid, say
from inspections.field.check_file import PhotoRow, read_check_file
from inspections.rules.proposals import rules_behind
from inspections.selfcheck.comparing import compare_check

from ..auth import current_person, now
from ..db import session
from . import bp
from .facts import observations_of, subjects_for, unread_of
from .flags import flag_in_words
from .panels import in_panel
from .words import today


@bp.get("/checks/<uuid:check_id>")
def check_page(check_id: UUID) -> str:
    person = current_person()
    file = read_check_file(session(), person, check_id)
    found = {each.id for each in file.findings}
    return render_template(
        "desk/check.html",
        file=file,
        in_panel=in_panel(),
        check=file.check,
        flags=[flag_in_words(code) for code in file.check.flags],
        photos=[_photo(row) for row in file.photos],
        rechecks=rechecks_of_check(session(), person, file.check),
        may_confirm=can(person, "finding.confirm"),
        may_draft=can(person, "order.draft"),
        orders=orders_of_check(session(), person, check_id),
        nameable={
            kind: [each for each in able if each.id in found]
            for kind, able in may_be_named(session(), person, file.site).items()
        },
        comparison=compare_check(session(), person, file.check),
        may_record=can(person, "fact.record"),
        observations=observations_of(file.check),
        unread=unread_of(file.check, file.site),
        subjects=subjects_for(file.site),
        rules=rules_behind(session(), person, file.findings),
        decided=confirming.reasons_given(session(), person, file.findings),
    )


def _photo(row: PhotoRow) -> dict[str, Any]:
    photo = row.photo
    return {
        "row": row,
        "photo": photo,
        "flags": [flag_in_words(flag) for flag in photo.flags],
        "is_shown": photo.state.value == "received",
    }


@bp.post("/findings/<uuid:finding_id>/confirm")
def confirm_finding(finding_id: UUID) -> Response:
    finding = confirming.confirm(
        session(),
        current_person(),
        finding_id,
        now(),
        today=today(),
        due_on=_due(request.form.get("due_on", "")),
        reason=request.form.get("reason", ""),
    )
    flash(_("问题已确认，整改期限 %(day)s", day=finding.due_on.isoformat() if finding.due_on else "—"), "ok")
    return _back(finding)


@bp.post("/findings/<uuid:finding_id>/reject")
def reject_finding(finding_id: UUID) -> Response:
    finding = confirming.reject(session(), current_person(), finding_id, request.form.get("reason", ""))
    flash(_("已记为不成立"), "ok")
    return _back(finding)


def _due(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({"due_on": say("请填写日期，例如 2026-03-09")}) from None


def _back(finding: Finding) -> Response:
    """To the page that the button stood on."""
    if request.form.get("page") == "finding":
        return redirect(url_for("desk.finding_page", finding_id=finding.id), 303)
    check = request.form.get("check", "")
    page = "desk.joint_sheet" if request.form.get("page") == "joint" else "desk.check_page"
    try:
        return redirect(url_for(page, check_id=UUID(check)), 303)
    except ValueError:
        return redirect(url_for("desk.site_page", site_id=finding.site_id), 303)
