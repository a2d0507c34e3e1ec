"""The frame of the phone app, the same for every screen.

What stands in it comes from the phone's own store, so that a frame kept on the phone is as good as a fresh one; an
address that the phone doesn't know is still a 404.
"""

from uuid import UUID

from flask import render_template
from flask_babel import lazy_gettext as _

from . import bp


@bp.get("")
def today() -> str:
    return _shell(_("今日"))


@bp.get("/nearby")
def nearby() -> str:
    return _shell(_("附近"))


@bp.get("/checks")
def checks() -> str:
    return _shell(_("检查"))


@bp.get("/checks/<uuid:check_id>")
def sent_check(check_id: UUID) -> str:
    return _shell(_("检查"))


@bp.get("/check/<uuid:draft_id>")
def draft(draft_id: UUID) -> str:
    return _shell(_("检查"))


@bp.get("/sites/<uuid:site_id>")
def site(site_id: UUID) -> str:
    return _shell(_("点位"))


@bp.get("/sites/new")
def new_site() -> str:
    return _shell(_("登记疑似点"))


@bp.get("/outbox")
def outbox() -> str:
    return _shell(_("待传"))


@bp.get("/me")
def me() -> str:
    return _shell(_("我的"))


def _shell(title: str) -> str:
    return render_template("field/shell.html", title=title)
