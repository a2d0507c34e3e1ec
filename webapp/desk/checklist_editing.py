"""Writing a checklist: anew, from another as a first draft, or as the next version of one."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from inspections.access import require
from inspections.errors import Conflict
from inspections.field import checklist_drafts
from inspections.field.checklist_content import LONGEST, MOST_ITEMS, Content, ItemContent
from inspections.field.checklist_drafts import mark_of, versions_of
from inspections.field.checks import CheckKind
from inspections.registry.departments import DepartmentKind
from inspections.registry.sites import SiteKind

from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from . import bp
from .checklists import to_list, version_of
from .sites import again_when_invalid
from .words import option

MOST_FORM_BYTES = 8 * 2**20  # 200 items with all their words, each character nine bytes in a form
TEXTS = ("code", "section", "text", "proof", "source", "section_en", "text_en", "proof_en")


def _editor(code: str, content: Content, wrong: Any, said: str, **more: Any) -> str:
    return render_template(
        "desk/checklists/edit.html",
        code=code,
        content=content,
        wrong=wrong or {},
        said=said,
        longest=LONGEST,
        most=MOST_ITEMS,
        site_kinds=[option(each) for each in SiteKind],
        check_kinds=[option(each) for each in CheckKind],
        departments=[("", _("不分部门")), *(option(each) for each in DepartmentKind)],
        **more,
    )


def _new_page(given: Any = None, wrong: Any = None, said: str = "") -> str:
    content = _content(given) if given else Content("", (ItemContent("", "", ""),))
    return _editor("", content, wrong, said, mark="", short_code=(given or {}).get("short_code", ""))


@bp.get("/checklists/new")
def new_checklist_page() -> str:
    require(current_person(), "checklist.edit")
    return _new_page()


@bp.post("/checklists/new")
@again_when_invalid(_new_page)
def new_checklist() -> Response:
    require(current_person(), "checklist.edit")
    form = _form()
    draft = checklist_drafts.begin_list(
        session(), current_person(), form.get("short_code", "").strip(), _content(form), now()
    )
    flash(_("草稿已保存；由领导发布后，手机上才会用它"), "ok")
    return to_list(draft.code)


def _edit_page(code: str, given: Any = None, wrong: Any = None, said: str = "") -> str:
    draft = checklist_drafts.draft_of(session(), current_person(), code)
    content = _content(given) if given else Content.of(draft)
    return _editor(code, content, wrong, said, mark=mark_of(draft), draft=draft)


@bp.get("/checklists/<code>/edit")
def edit_checklist_page(code: str) -> str:
    require(current_person(), "checklist.edit")
    return _edit_page(code)


@bp.post("/checklists/<code>/edit")
@again_when_invalid(_edit_page)
def edit_checklist(code: str) -> Response:
    require(current_person(), "checklist.edit")
    form = _form()
    checklist_drafts.save_draft(
        session(), current_person(), code, _content(form), seen=form.get("seen", ""), now=now()
    )
    flash(_("草稿已保存；由领导发布后，手机上才会用它"), "ok")
    return to_list(code)


@bp.post("/checklists/<code>/revise")
def revise_checklist(code: str) -> Response:
    checklist_drafts.revise(session(), current_person(), code, now())
    return redirect(url_for("desk.edit_checklist_page", code=code), 303)


@bp.post("/checklists/<code>/give-up")
def give_up_checklist(code: str) -> Response:
    checklist_drafts.give_up(session(), current_person(), code, now())
    flash(_("草稿已放弃，还可以取回"), "ok")
    return to_list(code)


@bp.post("/checklists/<code>/fetch-back")
def fetch_back_checklist(code: str) -> Response:
    try:
        checklist_drafts.fetch_back(session(), current_person(), code, now())
    except Conflict as error:
        flash(translated(error.message), "problem")
        return to_list(code)
    flash(_("草稿已取回"), "ok")
    return to_list(code)


def _copy_page(code: str, version: int, given: Any = None, wrong: Any = None, said: str = "") -> str:
    source = version_of(versions_of(session(), current_person(), code), version)
    return render_template(
        "desk/checklists/copy.html",
        source=source,
        given=given or {"title": source.title, "short_code": ""},
        wrong=wrong or {},
        said=said,
        longest=LONGEST,
    )


@bp.get("/checklists/<code>/<int:version>/copy")
def copy_checklist_page(code: str, version: int) -> str:
    require(current_person(), "checklist.edit")
    return _copy_page(code, version)


@bp.post("/checklists/<code>/<int:version>/copy")
@again_when_invalid(_copy_page)
def copy_checklist(code: str, version: int) -> Response:
    form = request.form
    draft = checklist_drafts.copy_list(
        session(),
        current_person(),
        code,
        version,
        form.get("short_code", "").strip(),
        form.get("title", ""),
        now(),
    )
    return redirect(url_for("desk.edit_checklist_page", code=draft.code), 303)


def _form() -> MultiDict[str, str]:
    request.max_form_memory_size = MOST_FORM_BYTES
    return request.form


def _content(form: Any) -> Content:
    """The rows of the form in the order in which they stand; one that was left all empty is none."""
    given = {name: form.get(name, "") for name in ("title", "title_en", "source")}
    given |= {name: form.getlist(name) for name in ("site_kinds", "check_kinds")}
    rows = [
        {name: form.get(f"{key}-{name}", "") for name in TEXTS}
        | {"kinds": form.getlist(f"{key}-kinds"), "department": form.get(f"{key}-department", "")}
        for key in form.getlist("row")
    ]
    return Content.read(given, [row for row in rows if any(row[name].strip() for name in TEXTS)])
