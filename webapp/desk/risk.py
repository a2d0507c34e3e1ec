"""Risk of each site: the model in force, how good it is, and who put it in force. At `/risk`."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, require
from inspections.errors import NotFound
from inspections.targeting.risk import models, rescoring, training  # noqa: F401 - orders need their handlers
from inspections.targeting.risk.drift import GREAT, SLIGHT
from inspections.targeting.risk.models import RiskModelState
from inspections.targeting.risk.overview import read_overview

from ..auth import current_person, now
from ..db import session
from . import bp
from .sites import again_when_invalid


def _page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    overview = read_overview(session(), person, now())
    score_drift = overview.scoring.drift.get("score") if overview.scoring else None
    return render_template(
        "desk/risk/overview.html",
        overview=overview,
        model=overview.model,
        quality=overview.model.quality if overview.model else None,
        ready=[each for each in overview.models if each.state is RiskModelState.READY],
        is_waiting=any(each.state is RiskModelState.WAITING for each in overview.models),
        score_drift=score_drift,
        slight=SLIGHT,
        great=GREAT,
        may_train=can(person, "risk.train"),
        may_activate=can(person, "risk.activate"),
        given=given or {},
        wrong=wrong or {},
        said=said,
    )


@bp.get("/risk")
def risk_page() -> str:
    require(current_person(), "hotspot.see")
    return _page()


@bp.post("/risk/train")
def train_risk() -> Response:
    require(current_person(), "risk.train")
    models.order_training(session(), current_person(), now())
    flash(_("已开始训练，通常几秒钟完成，刷新本页查看"), "ok")
    return redirect(url_for("desk.risk_page"))


@bp.post("/risk/in-force")
@again_when_invalid(_page)
def put_risk_in_force() -> Response:
    require(current_person(), "risk.activate")
    chosen = request.form.get("model", "")
    models.put_in_force(session(), current_person(), _id(chosen), request.form.get("reason", ""), now())
    flash(_("已按新的依据重新打分"), "ok")
    return redirect(url_for("desk.risk_page"))


def _id(text: str) -> UUID | None:
    """Empty means the rules."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None
