"""Documents of a record: download the Word file, have a PDF or a case file made, see how far it is."""

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.casework.orders import OrderKind
from inspections.errors import Invalid, NotFound, say
from inspections.registry.imports.previews import message_from_json
from inspections.reporting.casefile.composing import CASE_FILE
from inspections.reporting.casefile.related import related
from inspections.reporting.documents import files
from inspections.reporting.documents.kinds import kind_of
from inspections.reporting.documents.making import Document, DocumentFormat, DocumentState

from ..auth import current_person, now
from ..db import session
from ..downloads import as_download
from ..i18n import translated
from . import bp
from .panels import in_panel

STATES = {DocumentState.DONE: "ok", DocumentState.FAILED: "problem"}


@bp.get("/documents/<kind>/<uuid:subject_id>")
def documents_page(kind: str, subject_id: UUID) -> str:
    """What was made of a record, and the buttons to make more."""
    person = current_person()
    words = files.frozen(session(), person, kind, subject_id)
    found = kind_of(kind)
    made = files.documents_of(session(), person, kind, subject_id)
    is_kept = not found.is_composed or files.kept_words(session(), person.county, kind, subject_id) is not None
    return render_template(
        "desk/documents/record.html",
        kind=found,
        words=words,
        subject_id=subject_id,
        made=[_row(each) for each in made],
        busy=any(each.is_busy for each in made),
        is_kept=is_kept,
        has_word=not found.is_slow and is_kept,
        may_convert=not found.is_slow or any(each.sha256 for each in made),
        has_office=files.has_office(),
        is_order=kind in set(OrderKind),
        related=related(session(), person, subject_id) if found is CASE_FILE else [],
        in_panel=in_panel(),
    )


def _row(document: Document) -> dict[str, Any]:
    failed = files.why_failed(document)
    return {
        "document": document,
        "kind": STATES.get(document.state, "due"),
        "template": files.template_of(session(), document),
        "step": _step(document),
        "failed": translated(failed) if failed else "",
    }


def _step(document: Document) -> str:
    written = document.progress.get("step")
    return translated(message_from_json(written)) if written else ""


@bp.get("/documents/<kind>/<uuid:subject_id>/rows")
def document_rows(kind: str, subject_id: UUID) -> str:
    """What the page asks for while a job works."""
    made = files.documents_of(session(), current_person(), kind, subject_id)
    return render_template(
        "desk/documents/rows.html",
        kind=kind_of(kind),
        subject_id=subject_id,
        made=[_row(each) for each in made],
        busy=any(each.is_busy for each in made),
    )


@bp.get("/documents/<kind>/<uuid:subject_id>/word")
def document_word(kind: str, subject_id: UUID) -> Response:
    """The Word file of frozen words, as often as it is asked for; that of an order has its code to scan."""
    if kind in set(OrderKind):
        files.frozen(session(), current_person(), kind, subject_id)  # who may not see the record learns no more
        return redirect(url_for("desk.order_paper", order_id=subject_id), 303)
    words, body = files.word_of(session(), current_person(), kind, subject_id)
    return as_download(body, words.name, "docx")


@bp.post("/documents/<kind>/<uuid:subject_id>")
def make_document(kind: str, subject_id: UUID) -> Response:
    """Freeze the words of a composed document, or have a job make a file."""
    files.frozen(session(), current_person(), kind, subject_id)  # who may not see the record learns no more
    found, wanted = kind_of(kind), _format()
    if found.is_composed and wanted is DocumentFormat.DOCX:
        files.freeze(session(), current_person(), kind, subject_id, now())
        flash(_("文书已制作，可以下载"), "ok")
    elif wanted is DocumentFormat.PDF or found.is_slow:
        files.ask(session(), current_person(), kind, subject_id, wanted, now())
    else:
        raise NotFound
    return redirect(url_for("desk.documents_page", kind=kind, subject_id=subject_id), 303)


@bp.get("/documents/<uuid:document_id>/file")
def document_file(document_id: UUID) -> Response:
    store = current_app.extensions["store"]
    document, file = files.open_file(session(), store, current_person(), document_id)
    with file:
        return as_download(file, document.name, document.format.value)


def _format() -> DocumentFormat:
    wanted = next((each for each in DocumentFormat if each == request.form.get("format")), None)
    if wanted is None:
        raise Invalid({"format": say("请选择 Word 或 PDF")})
    return wanted
