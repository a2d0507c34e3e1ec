"""Early warnings 预警: the list, one with its evidence and what is done about it. At `/warnings`."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, require
from inspections.listing.warnings import WARNINGS
from inspections.targeting.warnings import handling, sending
from inspections.targeting.warnings.warning_file import WarningFile, read_warning_file, title_of
from inspections.targeting.warnings.warnings import WarningState

from ..auth import current_person, now
from ..db import session
from . import bp
from .curves import series_picture
from .lists import list_page
from .sites import again_when_invalid


@bp.get("/warnings")
def warnings() -> str:
    person = current_person()
    require(person, "warning.see")
    return list_page(
        WARNINGS,
        "desk/warnings/list.html",
        may_set=can(person, "warning.set"),
        has_tabs=can(person, "hotspot.see"),
    )


def _page(warning_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    file = read_warning_file(session(), person, warning_id)
    row = file.warning
    acts = row.is_open and can(person, "warning.handle")
    return render_template(
        "desk/warnings/warning.html",
        file=file,
        row=row,
        is_late=row.is_late(now()),
        picture=series_picture(file.steps),
        may_act=acts,
        may_send=can(person, "warning.send") and row.sent_at is None and row.is_open,
        usual=sending.usual_words(session(), row),
        addressees=handling.addressees(session(), person) if acts else [],
        others=[(str(each.id), title_of(each)) for each in handling.mergeable(session(), person, row)]
        if acts
        else [],
        form=request.path.rsplit("/", 1)[-1] if given is not None else "",
        given=given or {},
        wrong=wrong or {},
        said=said,
        **_shares(file),
    )


def _shares(file: WarningFile) -> dict[str, Any]:
    low, high = file.rate.interval
    return {"low": round(low * 100), "high": round(high * 100)}


@bp.get("/warnings/<uuid:warning_id>")
def warning_page(warning_id: UUID) -> str:
    return _page(warning_id)


@bp.post("/warnings/<uuid:warning_id>/acknowledge")
def acknowledge_warning(warning_id: UUID) -> Response:
    handling.acknowledge(session(), current_person(), warning_id)
    flash(_("已签收"), "ok")
    return _to(warning_id)


@bp.post("/warnings/<uuid:warning_id>/take-up")
@again_when_invalid(_page)
def take_up_warning(warning_id: UUID) -> Response:
    handling.take_up(session(), current_person(), warning_id, request.form)
    flash(_("已登记，正在处置"), "ok")
    return _to(warning_id)


@bp.post("/warnings/<uuid:warning_id>/pass-on")
@again_when_invalid(_page)
def pass_on_warning(warning_id: UUID) -> Response:
    """Who passes it on may lose sight of it."""
    handling.pass_on(session(), current_person(), warning_id, request.form)
    flash(_("已转交"), "ok")
    return redirect(url_for("desk.warnings"), 303)


@bp.post("/warnings/<uuid:warning_id>/close")
@again_when_invalid(_page)
def close_warning(warning_id: UUID) -> Response:
    row = handling.close(session(), current_person(), warning_id, request.form, now())
    flash(_("已办结：属实") if row.state is WarningState.CONFIRMED else _("已办结：误报"), "ok")
    return _to(warning_id)


@bp.post("/warnings/<uuid:warning_id>/merge")
@again_when_invalid(_page)
def merge_warning(warning_id: UUID) -> Response:
    row = handling.merge(session(), current_person(), warning_id, request.form, now())
    flash(_("已并入"), "ok")
    return _to(row.merged_into_id or warning_id)


@bp.post("/warnings/<uuid:warning_id>/send")
@again_when_invalid(_page)
def send_warning(warning_id: UUID) -> Response:
    sending.send(session(), current_person(), warning_id, request.form, now())
    flash(_("预警通报已发出，可以下载 Word"), "ok")
    return _to(warning_id)


def _to(warning_id: UUID) -> Response:
    return redirect(url_for("desk.warning_page", warning_id=warning_id), 303)
