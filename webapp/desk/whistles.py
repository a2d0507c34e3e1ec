"""Whistles 吹哨: blown on a tip or a site, followed until what came of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from geo.times import local
from inspections.access import can, get, require
from inspections.intake import whistling
from inspections.intake.tips import Tip
from inspections.intake.whistle_file import list_whistles, read_whistle
from inspections.intake.whistles import Whistle
from inspections.registry.sites import Site

from ..auth import current_person, now
from ..db import session
from . import bp
from .sites import again_when_invalid


@bp.get("/whistles")
def whistles() -> str:
    rows = list_whistles(session(), current_person(), now())
    return render_template(
        "desk/whistles/list.html", rows=rows, may_answer=can(current_person(), "whistle.answer")
    )


def _page(whistle_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    file = read_whistle(session(), person, whistle_id, now())
    return render_template(
        "desk/whistles/whistle.html",
        file=file,
        whistle=file.whistle,
        may_end=can(person, "whistle.blow") and file.whistle.state.value == "called",
        may_answer=can(person, "whistle.answer"),
        given=given or {},
        wrong=wrong or {},
        said=said,
    )


@bp.get("/whistles/<uuid:whistle_id>")
def whistle_page(whistle_id: UUID) -> str:
    return _page(whistle_id)


@bp.post("/whistles/<uuid:whistle_id>/end")
@again_when_invalid(_page)
def end_whistle(whistle_id: UUID) -> Response:
    ended = whistling.end(session(), current_person(), whistle_id, request.form, now())
    flash(_("结果已登记") if ended.state.value == "done" else _("已取消"), "ok")
    return _to(ended)


def _form(about: Tip | Site, target: str, address: str, given: Any, wrong: Any, said: str) -> str:
    hour = local(now()).replace(minute=0, second=0) + timedelta(days=1)
    return render_template(
        "desk/whistles/new.html",
        about=about,
        target=target,
        address=address,
        departments=[
            (str(each.id), each.name)
            for each in whistling.callable_departments(session(), current_person().county)
        ],
        chosen=request.form.getlist("departments"),
        usual=(f"{hour:%Y-%m-%dT%H:%M}", f"{hour + timedelta(hours=2):%Y-%m-%dT%H:%M}"),
        given=given or {},
        wrong=wrong or {},
        said=said,
    )


def _form_of_tip(tip_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    require(current_person(), "whistle.blow")
    tip = get(session(), current_person(), Tip, tip_id)
    address = url_for("desk.blow_on_tip", tip_id=tip_id)
    return _form(tip, _("线索 %(code)s", code=tip.code), address, given, wrong, said)


def _form_of_site(site_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    require(current_person(), "whistle.blow")
    site = get(session(), current_person(), Site, site_id)
    return _form(site, site.name, url_for("desk.blow_on_site", site_id=site_id), given, wrong, said)


@bp.get("/tips/<uuid:tip_id>/whistle")
def whistle_form_of_tip(tip_id: UUID) -> str:
    return _form_of_tip(tip_id)


@bp.get("/sites/<uuid:site_id>/whistle")
def whistle_form_of_site(site_id: UUID) -> str:
    return _form_of_site(site_id)


@bp.post("/tips/<uuid:tip_id>/whistle")
@again_when_invalid(_form_of_tip)
def blow_on_tip(tip_id: UUID) -> Response:
    chosen = request.form.getlist("departments")
    return _blown(whistling.blow(session(), current_person(), request.form, chosen, now(), tip_id=tip_id))


@bp.post("/sites/<uuid:site_id>/whistle")
@again_when_invalid(_form_of_site)
def blow_on_site(site_id: UUID) -> Response:
    chosen = request.form.getlist("departments")
    return _blown(whistling.blow(session(), current_person(), request.form, chosen, now(), site_id=site_id))


def _blown(whistle: Whistle) -> Response:
    flash(_("哨已吹响，等各部门答复"), "ok")
    return _to(whistle)


def _to(whistle: Whistle) -> Response:
    return redirect(url_for("desk.whistle_page", whistle_id=whistle.id), 303)
