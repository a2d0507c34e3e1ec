"""The score of townships: the table with its formulas, the weights, and the records behind each number."""

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, require
from inspections.errors import Invalid
from inspections.reporting.bulletins.book import Sheet, book_of
from inspections.reporting.figures import Selection, of_days, periods
from inspections.reporting.figures.asking import read_selection
from inspections.reporting.figures.terms import list_periods
from inspections.reporting.scores import scores as scoring
from inspections.reporting.scores import weights as weighing
from inspections.reporting.scores.records import read_records
from inspections.reporting.scores.scores import FORMULAS, Board, read_board
from inspections.reporting.scores.weights import Component

from ..auth import current_person, now
from ..db import session
from ..downloads import as_download
from ..i18n import translated
from . import bp
from .sites import again_when_invalid
from .words import today


def _selection() -> Selection:
    """What is asked for: by default the quarter it is."""
    asked = {key: request.args[key] for key in ("period", "from", "to", "as_of") if request.args.get(key)}
    day = today()
    usual = {"period": f"{day.year}-Q{(day.month + 2) // 3}"}
    found = read_selection(session(), current_person(), asked or usual, now())
    return replace(found, township_id=None, zone_id=None)


@bp.get("/scores")
def scores() -> str:
    person = current_person()
    wrong: dict[str, str] = {}
    try:
        selection = _selection()
    except Invalid as error:
        wrong = {name: translated(message) for name, message in error.fields.items()}
        now_ = periods.quarter(today().year, (today().month + 2) // 3)
        selection = of_days(person.county, now_.first, now_.last, now())
    board = read_board(session(), person, selection)
    return render_template(
        "desk/scores/scores.html",
        board=board,
        scored=board.table,
        selection=selection,
        label=translated(periods.named(selection.first, selection.last)),
        formulas=FORMULAS,
        components=list(Component),
        heads=_heads(board),
        periods=[(each.key, translated(each.label)) for each in list_periods(session(), person.county, today())],
        chosen=request.args.get("period", ""),
        place_text=lambda township_id: replace(selection, township_id=township_id).as_text(),
        wrong=wrong,
        may_edit=can(person, "score.edit"),
    )


def _heads(board: Board) -> list[Any]:
    shares = board.table.weights.shares
    numbers = [_("名次"), _("总分")]
    past = [translated(label) for label, _scores in board.past]
    parts = [_("%(what)s（%(share)s%%）", what=translated(each.label), share=shares[each]) for each in Component]
    return [_("镇街"), *({"label": each, "number": True} for each in numbers), *parts,
            *({"label": each, "number": True} for each in past)]  # fmt: skip


@bp.get("/scores/table")
def score_table() -> Response:
    selection = _selection()
    board = read_board(session(), current_person(), selection)
    name = translated(periods.named(selection.first, selection.last))
    return as_download(book_of(_sheets(board, name)), _("镇街考评 %(period)s", period=name), "xlsx")


def _sheets(board: Board, name: str) -> list[Sheet]:
    table = board.table
    title = _("镇街考评 %(period)s", period=name)
    head = [_("镇街"), _("名次"), _("总分"), *(translated(each.label) for each in Component)]
    head += [translated(label) for label, _scores in board.past]
    rows = [_row(score, board) for score in table.scores]
    numbers = [
        [score.township, translated(part.component.label), part.weight, translated(number.label), number.n]
        for score in table.scores
        for part in score.parts
        for number in part.numbers
    ]
    formulas = [
        [translated(each.label), table.weights.shares[each], translated(FORMULAS[each])] for each in Component
    ]
    return [
        Sheet(_("考评"), title, head, rows),
        Sheet(_("公式和权重"), title, [_("项目"), _("权重"), _("公式")], formulas),
        Sheet(_("原始数字"), title, [_("镇街"), _("项目"), _("权重"), _("数字"), _("数")], numbers),
    ]


def _row(score: Any, board: Board) -> list[Any]:
    lacking = _("数据不够")
    row: list[Any] = [score.township, "—" if score.rank is None else score.rank]
    row.append(lacking if score.total is None else score.total)
    row += [lacking if part.points is None else part.points for part in score.parts]
    for _label, earlier in board.past:
        past = earlier.get(score.township_id)
        row.append(lacking if past is None or past.total is None else past.total)
    return row


@bp.get("/scores/records")
def score_records() -> str:
    """The records behind one number."""
    found = read_records(session(), current_person(), request.args.get("of", ""), request.args.get("cell", ""))
    figure, split = found.cell
    return render_template(
        "desk/scores/records.html",
        found=found,
        title=translated(figure.label),
        split=translated(split.label),
        unit=translated(figure.unit),
        label=translated(periods.named(found.selection.first, found.selection.last)),
        link_of=lambda row: _link(figure.listed, row),
        back=request.args.get("back", ""),
    )


def _link(listed: str, row: Any) -> str:
    match listed:
        case "checks":
            return url_for("desk.check_page", check_id=row.id)
        case "orders":
            return url_for("desk.order_page", order_id=row.id)
        case "findings":
            return url_for("desk.site_page", site_id=row.site_id, _anchor=f"finding-{row.id}")
        case _:
            return url_for("desk.site_page", site_id=row.site_id) if row.site_id else ""


def _weights_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "score.see")
    now_used = weighing.weights_on(session(), person.county, today())
    usual = {each.value: now_used.shares[each] for each in Component}
    return render_template(
        "desk/scores/weights.html",
        used=now_used,
        versions=weighing.list_weights(session(), person),
        components=list(Component),
        formulas=scoring.FORMULAS,
        given=given or {**usual, "least": now_used.least, "valid_from": today().isoformat()},
        wrong=wrong or {},
        said=said,
        may_edit=can(person, "score.edit"),
    )


@bp.get("/scores/weights")
def score_weights() -> str:
    return _weights_page()


@bp.post("/scores/weights")
@again_when_invalid(_weights_page)
def set_score_weights() -> Response:
    row = weighing.set_weights(session(), current_person(), request.form, now())
    flash(_("权重第 %(n)s 版已生效，以前的考评仍按当时的权重", n=row.version), "ok")
    return redirect(url_for("desk.score_weights"), 303)
