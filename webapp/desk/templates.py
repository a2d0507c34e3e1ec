"""Templates of documents: which kinds there are, the county's own versions with their check, and which is used."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can, require
from inspections.errors import Invalid, TooLarge, say
from inspections.reporting.documents import adopting
from inspections.reporting.documents.kinds import Kind, kind_of, words_of
from inspections.reporting.documents.office import find_office
from inspections.reporting.documents.package_check import MOST_BYTES
from inspections.reporting.documents.templates import DocumentTemplate, TemplateState, versions_of

from ..auth import current_person, now
from ..db import session
from ..downloads import as_download
from ..i18n import translated
from . import bp
from .sites import again_when_invalid

STATES = {TemplateState.READY: "ok", TemplateState.REFUSED: "problem", TemplateState.TRYING: "due"}


@bp.get("/templates")
def templates() -> str:
    return render_template("desk/templates/shelf.html", shelf=adopting.shelf(session(), current_person()))


def _kind_page(kind: str, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "template.see")
    found = kind_of(kind)
    versions = versions_of(session(), person, kind)
    return render_template(
        "desk/templates/kind.html",
        kind=found,
        versions=[_row(each) for each in versions],
        active=next((each for each in versions if each.is_active), None),
        busy=any(each.state is TemplateState.TRYING for each in versions),
        people=adopting.people_of(session(), person, versions),
        variables=list(_variables(found)),
        wrong=wrong or {},
        said=said,
        most_mb=MOST_BYTES // 1_000_000,
        has_office=find_office() is not None,
        may_bring=can(person, "template.bring"),
        may_activate=can(person, "template.activate"),
    )


def _row(template: DocumentTemplate) -> dict[str, Any]:
    faults = [
        {
            "where": _where(translated(each.part), each.paragraph),
            "words": each.words,
            "said": translated(each.said),
            "is_note": each.is_note,
        }
        for each in adopting.faults_of(template)
    ]
    return {"template": template, "kind": STATES[template.state], "faults": faults}


def _where(part: str, paragraph: int) -> str:
    return _("%(part)s第 %(n)s 段", part=part, n=paragraph) if paragraph else part


def _variables(kind: Kind) -> Iterator[tuple[str, str]]:
    """What a template of the kind may name, each with what the sample says there."""
    words = words_of(kind, kind.sample)
    for name in words.slots:
        yield f"{{{{ {name} }}}}", _("正文全部内容，单独成一段")
    yield from _named(words.fields)


def _named(fields: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if isinstance(value, list):
            item = name.rstrip("s")
            yield f"{{% for {item} in {prefix}{name} %}}", _("循环，到 endfor 结束")
            if value and isinstance(value[0], Mapping):
                yield from _named(value[0], f"{item}.")
        else:
            yield f"{{{{ {prefix}{name} }}}}", str(value)


@bp.get("/templates/<kind>")
def template_page(kind: str) -> str:
    return _kind_page(kind)


@bp.post("/templates/<kind>")
@again_when_invalid(_kind_page)
def bring_template(kind: str) -> Response:
    require(current_person(), "template.bring")  # before a long body is read
    request.max_content_length = MOST_BYTES + 2**20
    if (request.content_length or 0) > request.max_content_length:
        raise TooLarge(say("文件超过 {n} MB，模板里的图片请先压缩", n=MOST_BYTES // 1_000_000))
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid({"file": say("请先选择文件")})
    with file.stream as stream:
        data = stream.read()
    template = adopting.bring(session(), current_person(), kind, file.filename, data)
    if template.state is TemplateState.REFUSED:
        flash(_("第 %(n)s 版没有通过检查，请按下面的说明修改", n=template.version), "problem")
    else:
        flash(_("第 %(n)s 版正在试制，稍候可以启用", n=template.version), "ok")
    return _to(kind)


@bp.get("/templates/<kind>/built-in")
def built_in_template(kind: str) -> Response:
    """The built-in one as a Word file, to begin one's own with."""
    found = kind_of(kind)
    body = adopting.built_in_file(current_person(), kind)
    return as_download(body, _("%(kind)s模板", kind=translated(found.label)), "docx")


@bp.post("/templates/<kind>/built-in")
def use_built_in_template(kind: str) -> Response:
    adopting.go_back(session(), current_person(), kind)
    flash(_("已改回系统自带的模板；以前的文书仍按当时的模板"), "ok")
    return _to(kind)


@bp.get("/templates/versions/<uuid:template_id>/file")
def template_file(template_id: UUID) -> Response:
    template = adopting.get_template(session(), current_person(), template_id)
    return as_download(template.body, _name(template), "docx")


@bp.get("/templates/versions/<uuid:template_id>/sample")
def template_sample(template_id: UUID) -> Response:
    """Filled in with invented data, to look at in Word or WPS."""
    template = adopting.get_template(session(), current_person(), template_id)
    body = adopting.sample_file(session(), current_person(), template_id)
    return as_download(body, _("%(name)s试填", name=_name(template)), "docx")


@bp.post("/templates/versions/<uuid:template_id>/activate")
def activate_template(template_id: UUID) -> Response:
    template = adopting.activate(session(), current_person(), template_id, now())
    flash(_("第 %(n)s 版已启用，以后签发的文书用它", n=template.version), "ok")
    return _to(template.kind)


def _name(template: DocumentTemplate) -> str:
    label = translated(kind_of(template.kind).label)
    return _("%(kind)s模板第 %(n)s 版", kind=label, n=template.version)


def _to(kind: str) -> Response:
    return redirect(url_for("desk.template_page", kind=kind), 303)
