"""Checklists: which there are, what each version says, what changed, and the director's word on drafts."""

from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, require
from inspections.errors import Invalid, say
from inspections.field import checklist_drafts, checklist_publishing
from inspections.field.checklist_content import Content
from inspections.field.checklist_difference import Difference, compare
from inspections.field.checklist_drafts import mark_of, versions_of
from inspections.field.checklist_publishing import history_of
from inspections.field.checklist_shelf import Shelved, shelf, shelved
from inspections.field.checklists import Checklist
from inspections.field.checks import CheckKind
from inspections.registry.sites import SiteKind

from ..auth import current_person, now
from ..db import session
from ..i18n import translated
from . import bp
from .sites import again_when_invalid
from .words import today, word

LONGEST_SEARCH = 100
DEEDS = {
    "create": say("新建"),
    "copy": say("以另一份为底稿"),
    "revise": say("开始修订"),
    "edit": say("改草稿"),
    "import": say("导入"),
    "give_up": say("放弃草稿"),
    "fetch_back": say("取回草稿"),
    "publish": say("发布"),
    "withdraw": say("停用"),
}


@bp.get("/checklists")
def checklists() -> str:
    words = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    return render_template(
        "desk/checklists/shelf.html",
        lists=shelf(session(), current_person(), words, today()),
        words=words,
        standing=standing,
        may_edit=can(current_person(), "checklist.edit"),
    )


@bp.get("/checklists/<code>")
def checklist_page(code: str) -> str:
    person = current_person()
    versions = versions_of(session(), person, code)
    one = shelved(versions, today())
    wanted = request.args.get("version", type=int)
    shown = version_of(versions, wanted) if wanted else one.shown
    return render_template(
        "desk/checklists/list.html",
        one=one,
        shown=shown,
        sections=_sections(shown),
        standing=standing,
        kinds_of=kinds_of,
        versions=[each for each in versions if each is not one.given_up],
        history=[_deed(event, name) for event, name in history_of(session(), person, shown)],
        may_edit=can(person, "checklist.edit") and not shown.is_national,
        may_copy=can(person, "checklist.edit"),
        may_publish=can(person, "checklist.publish") and not shown.is_national,
        now_mark=mark_of(one.draft) if one.draft else "",
    )


@bp.get("/checklists/<code>/difference")
def checklist_difference(code: str) -> str:
    versions = versions_of(session(), current_person(), code)
    before, after = (version_of(versions, request.args.get(name, 0, type=int)) for name in ("from", "to"))
    return render_template(
        "desk/checklists/difference.html",
        versions=versions,
        before=before,
        after=after,
        difference=_difference(before, after),
    )


def _publish_page(code: str, given: Any = None, wrong: Any = None, said: str = "") -> str:
    draft = checklist_drafts.draft_of(session(), current_person(), code)
    one = shelved(versions_of(session(), current_person(), code), today())
    before = one.waiting or one.in_force
    return render_template(
        "desk/checklists/publish.html",
        draft=draft,
        before=before,
        difference=_difference(before, draft) if before else None,
        sections=_sections(draft),
        kinds_of=kinds_of,
        mark=mark_of(draft),
        given=given or {"valid_from": today().isoformat()},
        wrong=wrong or {},
        said=said,
    )


@bp.get("/checklists/<code>/publish")
def publish_checklist_page(code: str) -> str:
    require(current_person(), "checklist.publish")
    return _publish_page(code)


@bp.post("/checklists/<code>/publish")
@again_when_invalid(_publish_page)
def publish_checklist(code: str) -> Response:
    form = request.form
    published = checklist_publishing.publish(
        session(),
        current_person(),
        code,
        _day(form.get("valid_from", "")),
        seen=form.get("seen", ""),
        today=today(),
        now=now(),
    )
    assert published.valid_from
    day = published.valid_from.isoformat()
    flash(_("第 %(n)s 版已发布，%(day)s 起新的检查用它", n=published.version, day=day), "ok")
    return to_list(code)


@bp.post("/checklists/<code>/<int:version>/withdraw")
def withdraw_checklist(code: str, version: int) -> Response:
    try:
        checklist_publishing.withdraw(session(), current_person(), code, version, today=today())
    except Invalid as error:
        flash(translated(error.message), "problem")
        return to_list(code)
    flash(_("第 %(n)s 版已停用；用过它的检查不变", n=version), "ok")
    return to_list(code)


def standing(one: Shelved) -> tuple[str, str]:
    """Where a list stands, as one of the four states and in words."""
    if one.in_force:
        return "ok", _("使用中")
    if one.waiting and one.waiting.valid_from:
        return "due", _("%(day)s 起用", day=one.waiting.valid_from.isoformat())
    if one.draft:
        return "due", _("草稿")
    return "unknown", _("草稿已放弃") if not one.settled else _("已停用")


def kinds_of(values: list[str], *, checks: bool = False) -> str:
    """Kinds of site or of check in words; all, where none is named."""
    words: Any = CheckKind if checks else SiteKind
    return _("、").join(word(each) for each in words if each.value in values) or _("全部")


def _sections(checklist: Checklist) -> list[tuple[str, list[Any]]]:
    found: dict[str, list[Any]] = {}
    for item in checklist.items:
        found.setdefault(item.section, []).append(item)
    return list(found.items())


def version_of(versions: Any, number: int) -> Checklist:
    found = next((each for each in versions if each.version == number), None)
    return found or abort(404)


def _difference(before: Checklist, after: Checklist) -> Difference:
    return compare(Content.of(before), Content.of(after), translated)


def _deed(event: Any, name: str | None) -> dict[str, Any]:
    said = DEEDS.get(event.verb)
    return {
        "at": event.at,
        "name": name or "",
        "words": translated(said) if said else event.verb,
        "version": event.detail.get("version"),
    }


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid({"valid_from": say("请填写日期，例如 2026-03-09")}) from None


def to_list(code: str) -> Response:
    return redirect(url_for("desk.checklist_page", code=code), 303)
