"""The frame of the phone app, the same for every screen.

What stands in it comes from the phone's own store, so that a frame kept on the phone (`kept.py`) is as good as a
fresh one; an address that the phone doesn't know is still a 404.
"""

from uuid import UUID

from flask import Response, render_template
from flask_babel import lazy_gettext as _

from ..answers import pressed
from ..at_work import tell
from . import bp
from .kept import with_version


@bp.get("")
def today() -> Response:
    return _shell(_("今日"))


@bp.get("/nearby")
def nearby() -> Response:
    return _shell(_("附近"))


@bp.get("/checks")
def checks() -> Response:
    return _shell(_("检查"))


@bp.get("/checks/<uuid:check_id>")
def sent_check(check_id: UUID) -> Response:
    return _shell(_("检查"))


@bp.get("/check/<uuid:draft_id>")
def draft(draft_id: UUID) -> Response:
    return _shell(_("检查"))


@bp.get("/sites/<uuid:site_id>")
def site(site_id: UUID) -> Response:
    return _shell(_("点位"))


@bp.get("/sites/new")
def new_site() -> Response:
    return _shell(_("登记疑似点"))


@bp.get("/cells")
def cells() -> Response:
    return _shell(_("我的网格"))


@bp.get("/cells/<uuid:cell_id>")
def cell(cell_id: UUID) -> Response:
    return _shell(_("网格"))


@bp.get("/visit/<uuid:draft_id>")
def visit(draft_id: UUID) -> Response:
    return _shell(_("走访"))


@bp.get("/night/<uuid:sweep_id>")
def night(sweep_id: UUID) -> Response:
    return _shell(_("联合行动"))


@bp.get("/stop/<uuid:stop_id>")
def stop(stop_id: UUID) -> Response:
    return _shell(_("点位"))


@bp.get("/sweeps")
def sweeps() -> Response:
    return _shell(_("联合行动"))


@bp.get("/sweeps/<uuid:sweep_id>")
def sweep(sweep_id: UUID) -> Response:
    return _shell(_("联合行动"))


@bp.get("/tips")
def tips() -> Response:
    return _shell(_("我反映的线索"))


@bp.get("/tips/new")
def new_tip() -> Response:
    return _shell(_("反映线索"))


@bp.get("/outbox")
def outbox() -> Response:
    return _shell(_("待传"))


@bp.get("/problems")
def problems() -> Response:
    return _shell(_("我的问题"))


@bp.get("/rules")
def rules() -> Response:
    return _shell(_("规则"))


@bp.get("/me")
def me() -> Response:
    return _shell(_("我的"))


def _shell(title: str) -> Response:
    page = render_template("field/shell.html", **with_version({"title": title}))
    response = pressed(page.encode(), "text/html")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Mingcha"] = "1"
    tell(response)
    return response
