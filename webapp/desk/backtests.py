"""Back-tests: what past visits would have found in another order, how well hot cells foretold. At `/backtest`."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.reporting.figures.periods import period_of
from inspections.targeting.backtests import backtests as kept
from inspections.targeting.backtests import (
    computing,  # noqa: F401 - it registers the handler of the job that is ordered here
    verdicts,
)
from inspections.targeting.backtests.backtests import Backtest, BacktestState

from ..auth import current_person, now
from ..db import session
from . import bp
from .curves import curve_picture
from .sites import again_when_invalid
from .words import today


def _list_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    rows = kept.list_backtests(session(), person)
    last = today() - timedelta(days=1)
    return render_template(
        "desk/backtests/list.html",
        rows=rows,
        quarters=[row for row in rows if row.quarter],
        others=[row for row in rows if not row.quarter],
        quarter_of=lambda row: period_of(row.quarter or ""),
        verdict=lambda row: verdicts.of_visits(row.result)[-1] if row.result else None,
        may_run=can(person, "backtest.run"),
        given=given or {"first": (last - timedelta(days=89)).isoformat(), "last": last.isoformat()},
        wrong=wrong or {},
        said=said,
    )


@bp.get("/backtest")
def backtests() -> str:
    return _list_page()


@bp.post("/backtest")
@again_when_invalid(_list_page)
def order_backtest() -> Response:
    form = request.form
    row = kept.order_backtest(session(), current_person(), form.get("first", ""), form.get("last", ""), now())
    return redirect(url_for("desk.backtest_page", backtest_id=row.id), 303)


@bp.get("/backtest/<uuid:backtest_id>")
def backtest_page(backtest_id: UUID) -> str:
    person = current_person()
    require(person, "backtest.see")
    row = get(session(), person, Backtest, backtest_id)
    result = row.result
    return render_template(
        "desk/backtests/backtest.html",
        row=row,
        result=result,
        quarter=period_of(row.quarter) if row.quarter else None,
        picture=curve_picture(result["visits"]) if result else None,
        on_visits=verdicts.of_visits(result) if result else [],
        on_cells=verdicts.of_cells(result) if result else [],
    )


@bp.get("/backtest/<uuid:backtest_id>/progress")
def backtest_progress(backtest_id: UUID) -> Response:
    """What the page asks while a job computes; htmx reloads the page once it is done."""
    person = current_person()
    require(person, "backtest.see")
    row = get(session(), person, Backtest, backtest_id)
    response = make_response(render_template("desk/backtests/progress.html", row=row))
    if row.state in {BacktestState.DONE, BacktestState.FAILED}:
        response.headers["HX-Redirect"] = url_for("desk.backtest_page", backtest_id=row.id)
    return response
