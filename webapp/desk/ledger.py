"""The ledger 问题台账: list, groups with subtotals, views kept under a name, a printed workbook. At `/ledger`."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from inspections import listing
from inspections.access import can
from inspections.errors import InspectionError, Invalid
from inspections.ledger import exporting, saved_views
from inspections.ledger.tally import NOTHING
from inspections.listing import Question
from inspections.listing.asking import conditions
from inspections.listing.ledger import LEDGER
from inspections.listing.ledger_groups import FIGURES, GROUPS, grouped

from ..auth import current_person, now
from ..db import session
from ..i18n import language, translated
from . import bp
from .ledger_runs import deeds_of, workbook_answer
from .lists import Addresses, chips_of, file_of, head_of, summary_of

KNOWN = [each.key for each in LEDGER.filters]
# Beside the search; the others wait behind 更多条件
FIRST = ("township", "department", "lead", "state")
CHIPS = {each.key for each in LEDGER.filters if each.as_chips}
DAYS = [each for each in LEDGER.filters if each.key.endswith(("_from", "_to"))]


def asked(args: MultiDict[str, str]) -> dict[str, list[str]]:
    """What an address asks of the ledger: all that is open, unless it says otherwise."""
    given = {key: values for key, values in args.to_dict(flat=False).items() if any(values)}
    return {"show": ["open"]} | given


@bp.get("/ledger")
def ledger() -> BaseResponse | str:
    person = current_person()
    if not request.args and (view := saved_views.default_view(session(), person)):
        return redirect(url_for("desk.open_ledger_view", view_id=view.id))
    given = asked(request.args)
    question = Question.of(LEDGER, given)
    addresses = Addresses("desk.ledger", given)
    page = listing.read(session(), person, LEDGER, question)
    key = request.args.get("group", "")
    return render_template(
        "desk/ledger.html",
        listing=LEDGER,
        page=page,
        columns=[head_of(LEDGER, page, addresses, column) for column in LEDGER.columns if column.on_screen],
        shown=[column for column in LEDGER.columns if column.on_screen],
        chips=[chips_of(each, page, addresses) for each in LEDGER.filters if each.key in CHIPS - {"show"}],
        first=[each for each in LEDGER.filters if each.key in FIRST],
        more=[
            each for each in LEDGER.filters if not each.as_chips and each.key in page.facets.keys() - set(FIRST)
        ],
        days=DAYS,
        said=[
            each for each in conditions(session(), person, LEDGER, question) if each.key not in {"show", "urgency"}
        ],
        groups=[(key, _filter(key).label) for key in GROUPS],
        grouped=grouped(session(), person, question, key) if key in GROUPS else None,
        addresses=addresses,
        named=_named,
        figure_address=lambda key, value, name: addresses.with_(
            group="", **({key: value} if value else {}), **FIGURES[name]
        ),
        file_of=lambda row: file_of(LEDGER, row),
        kept=[(key, value) for key, values in given.items() for value in values if key not in {"q", "page"}],
        summary=summary_of(page),
        deeds=deeds_of(person),
        views=saved_views.list_views(session(), person),
        view_id=request.args.get("view", type=UUID),
        may_share=can(person, "view.share"),
    )


def _named(key: str, value: str, label: Any) -> str:
    """A choice in the reader's language; what has its words in Chinese alone goes by its code."""
    is_code = key in {"item", "rule"} and value != NOTHING and language() != "zh"
    return value if is_code else translated(label)


def _filter(key: str) -> Any:
    return next(each for each in LEDGER.filters if each.key == key)


@bp.get("/ledger.xlsx")
def ledger_workbook() -> BaseResponse:
    """Every row that the same address without the ending would page through, in the printed layout.

    A long one is made by a job, whose page has the file.
    """
    person, given = current_person(), asked(request.args)
    question = Question.of(LEDGER, given)
    total = listing.count(session(), person, LEDGER, question)
    if total > exporting.AT_ONCE:
        run = exporting.begin_export(session(), person, given, total)
        return redirect(url_for("desk.ledger_run", run_id=run.id))
    return workbook_answer(exporting.workbook(session(), person, question, now()), now())


@bp.get("/ledger/views/<uuid:view_id>")
def open_ledger_view(view_id: UUID) -> BaseResponse:
    """The list as a view asks for it. What it asks and nobody knows any more is left out, and said."""
    opened = saved_views.open_view(session(), current_person(), view_id, KNOWN)
    if opened.unknown:
        names = _("、").join(opened.unknown)
        flash(
            _("视图“%(view)s”用到的条件现在没有了，已略去：%(names)s", view=opened.view.name, names=names), "due"
        )
    query = urlencode({**opened.question, "view": str(view_id)}, doseq=True)
    return redirect(f"{url_for('desk.ledger')}?{query}")


@bp.post("/ledger/views")
def save_ledger_view() -> BaseResponse:
    """Keep the question that the form carries in its own fields."""
    given = {key.removeprefix("ask-"): request.form.getlist(key) for key in request.form if key.startswith("ask-")}
    is_shared = bool(request.form.get("is_shared"))
    try:
        view = saved_views.save_view(
            session(), current_person(), request.form.get("name", ""), given, KNOWN, is_shared=is_shared
        )
        if request.form.get("is_default") and not is_shared:
            saved_views.begin_with(session(), current_person(), view.id)
    except Invalid as error:
        return _refused(error, given)
    flash(_("视图“%(view)s”已保存", view=view.name), "ok")
    return redirect(url_for("desk.open_ledger_view", view_id=view.id), 303)


def _refused(error: InspectionError, given: dict[str, list[str]]) -> BaseResponse:
    flash(translated(error.message), "problem")
    return redirect(f"{url_for('desk.ledger')}?{urlencode(given, doseq=True)}", 303)


@bp.post("/ledger/views/<uuid:view_id>")
def change_ledger_view(view_id: UUID) -> BaseResponse:
    """Rename, begin with it or not, remove, restore: by the button that was pressed."""
    person, deed = current_person(), request.form.get("deed", "")
    if deed != "restore":
        saved_views.open_view(session(), person, view_id, KNOWN)
    back = url_for("desk.open_ledger_view", view_id=view_id)
    match deed:
        case "rename":
            try:
                saved_views.rename_view(session(), person, view_id, request.form.get("name", ""))
            except Invalid as error:
                flash(translated(error.message), "problem")
        case "default" | "no_default":
            saved_views.begin_with(session(), person, view_id if deed == "default" else None)
            flash(_("以后打开台账先看这个视图") if deed == "default" else _("以后打开台账先看全部未销号"), "ok")
        case "remove":
            saved_views.remove_view(session(), person, view_id, now())
            back = url_for("desk.ledger", show="open", removed=str(view_id))
        case "restore":
            saved_views.restore_view(session(), person, view_id)
    return redirect(back, 303)
