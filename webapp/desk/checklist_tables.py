"""Checklists out to workbooks, and in from them: looked at row by row first, stored as a draft."""

from typing import Any
from urllib.parse import quote

from flask import flash, json, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import require
from inspections.errors import Invalid, TooLarge, say
from inspections.field import checklist_drafts, checklist_sheets
from inspections.field.checklist_content import LONGEST, Content
from inspections.field.checklist_drafts import versions_of
from inspections.field.checklist_sheets import MOST_BYTES, Reading, Sheet, open_sheet, read_items, sheet_of
from inspections.field.checklist_shelf import shelf
from inspections.registry.imports.columns import CHECKLIST_FIELDS
from inspections.registry.imports.problems import Severity

from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from . import bp
from .checklist_editing import MOST_FORM_BYTES
from .checklists import to_list, version_of
from .imports import FORMS, MEDIA_TYPES
from .lists import XLSX
from .sites import again_when_invalid
from .words import today, word

MOST_SHOWN = 200  # problems and items on the page; the file has all of them


@bp.get("/checklists/<code>/<int:version>.xlsx")
def export_checklist(code: str, version: int) -> Response:
    checklist = version_of(versions_of(session(), current_person(), code), version)
    body = checklist_sheets.as_xlsx(Content.of(checklist), translated)
    return _file(body, XLSX, f"{checklist.code}-{version}.xlsx", f"{checklist.title}-{version}.xlsx")


@bp.get("/checklists/template.xlsx")
def checklist_template() -> Response:
    body = checklist_sheets.template(translated)
    return _file(body, XLSX, "checklist-template.xlsx", _("检查清单模板") + ".xlsx")


def _upload_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    return render_template(
        "desk/checklists/import.html", wrong=wrong or {}, said=said, most_mb=MOST_BYTES // 2**20, given=given or {}
    )


@bp.get("/checklists/import")
def import_checklist_page() -> str:
    require(current_person(), "checklist.edit")
    return _upload_page()


@bp.post("/checklists/import")
@again_when_invalid(_upload_page)
def import_checklist() -> str:
    """The file is read and shown; nothing is stored."""
    require(current_person(), "checklist.edit")  # before a long body is read
    request.max_content_length = MOST_BYTES + 2**20
    if (request.content_length or 0) > request.max_content_length:
        raise TooLarge(say("文件超过 {n} MB；一份清单不会这么大，请检查是不是选错了文件", n=MOST_BYTES // 2**20))
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid({"file": say("请先选择文件")})
    with file.stream as stream:
        sheet = open_sheet(file.filename, stream.read(), request.form.get("layer", "").strip())
    title = file.filename.rsplit(".", 1)[0]
    return _look(sheet, {}, {"title": title[: LONGEST["title"]]})


@bp.post("/checklists/import/look")
def look_at_checklist() -> str:
    """The same with other columns."""
    require(current_person(), "checklist.edit")
    return _look(_sheet(), _chosen(), request.form)


@bp.post("/checklists/import/problems.<any(csv, xlsx):form>")
def checklist_problems(form: str) -> Response:
    require(current_person(), "checklist.edit")
    body = FORMS[form](read_items(_sheet(), _chosen()).problems, translated)
    return _file(body, MEDIA_TYPES[form], f"checklist-problems.{form}", f"{_('问题清单')}.{form}")


def _save_again(given: Any = None, wrong: Any = None, said: str = "") -> str:
    return _look(_sheet(), _chosen(), given or {}, wrong, said)


@bp.post("/checklists/import/save")
@again_when_invalid(_save_again)
def save_imported_checklist() -> Response:
    require(current_person(), "checklist.edit")
    sheet, form = _sheet(), request.form
    reading = read_items(sheet, _chosen())
    if reading.errors:
        raise Invalid(message=say("有 {n} 处错误，没有保存；请改好文件重新上传", n=len(reading.errors)))
    if into := form.get("into", ""):
        draft = checklist_drafts.import_items(session(), current_person(), into, reading.items, now())
    else:
        content = Content.read({"title": form.get("title", "")}, []).with_items(reading.items)
        short_code = form.get("short_code", "").strip()
        draft = checklist_drafts.begin_list(session(), current_person(), short_code, content, now())
    flash(_("已导入 %(n)s 条，存为草稿", n=len(reading.items)), "ok")
    return to_list(draft.code)


def _look(sheet: Sheet, chosen: dict[str, str], given: Any, wrong: Any = None, said: str = "") -> str:
    try:
        reading: Reading | None = read_items(sheet, chosen)
        lacks: list[str] = []
    except Invalid as error:
        reading = None
        lacks = [translated(message) for message in error.fields.values()] or [translated(error.message)]
    lists = [each for each in shelf(session(), current_person(), "", today()) if not each.shown.is_national]
    field_of = {column: name for name, column in reading.columns.columns.items()} if reading else chosen
    return render_template(
        "desk/checklists/look.html",
        sheet=sheet,
        table=json.dumps(sheet.as_json()),
        notes=[translated(note) for note in sheet.notes],
        reading=reading,
        lacks=lacks,
        problems=reading.problems[:MOST_SHOWN] if reading else [],
        warnings=sum(each.severity is Severity.WARNING for each in reading.problems) if reading else 0,
        items=reading.items[:MOST_SHOWN] if reading else [],
        columns=[
            (name, field_of.get(name, ""), " · ".join(some)) for name, some in checklist_sheets.samples(sheet)
        ],
        fields=[(each.name, word(each.label)) for each in CHECKLIST_FIELDS],
        lists=[("", _("新建一份清单"))] + [(each.shown.code, each.shown.title) for each in lists],
        given=given,
        wrong=wrong or {},
        said=said,
        longest=LONGEST,
    )


def _sheet() -> Sheet:
    request.max_form_memory_size = MOST_FORM_BYTES
    try:
        return sheet_of(json.loads(request.form.get("table", "")))
    except ValueError:
        raise Invalid(message=say("上传的内容没有完整送回来，请重新选择文件")) from None


def _chosen() -> dict[str, str]:
    """Column → field, as the person says; of a column that was not asked about nothing is said."""
    names = _sheet().columns
    given = {name: request.form.get(f"column-{place}") for place, name in enumerate(names)}
    return {name: field for name, field in given.items() if field is not None}


def _file(body: bytes, media_type: str, plain: str, name: str) -> Response:
    response = Response(body, mimetype=media_type)
    # A header is ASCII: a server refuses any other (RFC 6266 names the file twice)
    response.headers["Content-Disposition"] = (
        f"attachment; filename={plain}; filename*=UTF-8''{quote(name, safe='')}"
    )
    response.headers["Cache-Control"] = "no-store"
    return response
