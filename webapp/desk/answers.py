"""Reports on orders are returned or accepted, and links for them are made and ended."""

from urllib.parse import quote
from uuid import UUID

from flask import flash, redirect, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import get
from inspections.casework import inviting, reviewing
from inspections.casework.invitations import Invitation
from inspections.casework.proofs import Proof
from inspections.casework.responses import Response as Report

from ..api.files import store
from ..auth import current_person, now
from ..db import session
from ..keys import key_ring
from . import bp
from .orders import again_with_order
from .words import today


@bp.post("/orders/<uuid:order_id>/link")
def make_link(order_id: UUID) -> Response:
    inviting.invite(session(), current_person(), order_id, key_ring().link, now())
    flash(_("新的回复链接已做好，旧链接已停用。请重新打印文书，或把链接发给对方"), "ok")
    return _to(order_id)


@bp.post("/links/<uuid:link_id>/revoke")
@again_with_order(Invitation, "link_id")
def revoke_link(link_id: UUID) -> Response:
    ended = inviting.revoke(session(), current_person(), link_id, request.form.get("link_reason", ""), now())
    flash(_("链接已停用，扫码的人会看到请打电话的提示"), "ok")
    assert ended.order_id is not None
    return _to(ended.order_id)


@bp.post("/responses/<uuid:response_id>/accept")
@again_with_order(Report, "response_id")
def accept_response(response_id: UUID) -> Response:
    response = reviewing.accept(session(), current_person(), response_id, request.form, now(), today())
    flash(_("报告已接收，复查任务已派出。问题要等复查以后才能销号"), "ok")
    return _to(response.order_id)


@bp.post("/responses/<uuid:response_id>/return")
@again_with_order(Report, "response_id")
def return_response(response_id: UUID) -> Response:
    reason = request.form.get("return_reason", "")
    response = reviewing.send_back(session(), current_person(), response_id, reason, now())
    flash(_("报告已退回，对方打开链接或登录就能看到原因"), "ok")
    return _to(response.order_id)


@bp.get("/proofs/<uuid:proof_id>")
def proof_file(proof_id: UUID) -> Response:
    """Never opened in the browser: what a stranger's file does there is for it to say."""
    proof = get(session(), current_person(), Proof, proof_id)
    response = send_file(
        store().open(proof.sha256), mimetype="application/octet-stream", as_attachment=True, download_name="proof"
    )
    # A header is ASCII: a server refuses any other (RFC 6266 names the file twice)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=proof; filename*=UTF-8''{quote(proof.name, safe='')}"
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "no-store"
    return response


def _to(order_id: UUID) -> Response:
    return redirect(url_for("desk.order_page", order_id=order_id, _anchor="answers"), 303)
