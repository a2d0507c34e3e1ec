"""What else is done to an order: its legal review, the photo of its receipt, the correction of its service."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import get
from inspections.casework import correcting, legal_reviewing
from inspections.casework.legal_reviews import LegalReview

from ..auth import current_person, now
from ..db import session
from . import bp
from .orders import order_page_again, receipt
from .sites import again_when_invalid
from .words import today


def _of_review(review_id: UUID, **shown: Any) -> str:
    return order_page_again(get(session(), current_person(), LegalReview, review_id).order_id, **shown)


@bp.post("/orders/<uuid:order_id>/review")
def ask_review(order_id: UUID) -> Response:
    legal_reviewing.ask_review(session(), current_person(), order_id, now())
    flash(_("已送法制审核"), "ok")
    return _to(order_id)


@bp.post("/reviews/<uuid:review_id>/<any(grant, refuse):answer>")
@again_when_invalid(lambda review_id, answer, **shown: _of_review(review_id, **shown))
def decide_review(review_id: UUID, answer: str) -> Response:
    opinion = request.form.get("opinion", "")
    review = legal_reviewing.decide_review(
        session(), current_person(), review_id, answer == "grant", opinion, now()
    )
    flash(_("审核通过") if answer == "grant" else _("已退回修改"), "ok")
    return _to(review.order_id)


@bp.post("/orders/<uuid:order_id>/service")
@again_when_invalid(order_page_again)
def correct_service(order_id: UUID) -> Response:
    form = request.form
    correcting.correct_service(session(), current_person(), order_id, form, now(), today(), receipt())
    flash(_("已更正，原记录保留；期限按更正后的送达日重新计算"), "ok")
    return _to(order_id)


def _to(order_id: UUID) -> Response:
    return redirect(url_for("desk.order_page", order_id=order_id), 303)
