"""What is done about a suspected site: find its place, keep its clues, say that it moved; and the public lists."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import get, require
from inspections.errors import Invalid, say
from inspections.intake import moved_sites
from inspections.registry import locating, public_listings
from inspections.registry.site_file import place_of
from inspections.registry.sites import Premises, PublicList, Site

from ..auth import current_person, now
from ..db import session
from . import bp
from .panels import in_panel
from .sites import again_when_invalid
from .words import word


def _place_page(site_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    site = get(session(), current_person(), Site, site_id)
    place = place_of(session(), site)
    known = {name: getattr(site, name) for name in (*locating.LONGEST, "premises")}
    known |= {"lon": place and f"{place.lon:.6f}", "lat": place and f"{place.lat:.6f}"}
    known["accuracy_m"] = site.location_accuracy_m and round(site.location_accuracy_m)
    return render_template(
        "desk/site_place.html",
        site=site,
        given=given or known,
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
        premises=[("", "—"), *((each.value, word(each)) for each in Premises)],
    )


@bp.get("/sites/<uuid:site_id>/place")
def site_place_page(site_id: UUID) -> str:
    require(current_person(), "site.locate")
    return _place_page(site_id)


@bp.post("/sites/<uuid:site_id>/place")
@again_when_invalid(_place_page)
def locate_site(site_id: UUID) -> Response:
    locating.locate_site(session(), current_person(), site_id, request.form)
    flash(_("位置已登记"), "ok")
    return _back(site_id)


@bp.post("/sites/<uuid:site_id>/clues")
def add_site_clue(site_id: UUID) -> Response:
    form = request.form
    try:
        moved_sites.add_clue(
            session(), current_person(), site_id, form.get("kind", ""), form.get("text", ""), now()
        )
    except Invalid as error:
        return _say(error, site_id)
    flash(_("已登记"), "ok")
    return _back(site_id, "clues")


@bp.post("/sites/<uuid:site_id>/clues/<uuid:clue_id>/remove")
def remove_site_clue(site_id: UUID, clue_id: UUID) -> Response:
    moved_sites.remove_clue(session(), current_person(), site_id, clue_id)
    flash(_("已删去，历史里还有记录"), "ok")
    return _back(site_id, "clues")


@bp.post("/sites/<uuid:site_id>/moved")
def mark_moved(site_id: UUID) -> Response:
    """Which of the two moved is said by the form: `from_id` is where it was, `to_id` where it went."""
    form, person = request.form, current_person()
    require(person, "site.link")
    get(session(), person, Site, site_id)
    here, there = site_id, _id(form.get("from_id") or form.get("to_id"))
    if form.get("to_id"):
        here, there = there, here
    try:
        moved_sites.mark_moved(session(), person, here, there, form.get("reason", ""))
    except Invalid as error:
        return _say(error, site_id)
    flash(_("已认定为转移，两个点位互相可查"), "ok")
    return _back(site_id, "kin")


@bp.post("/sites/<uuid:site_id>/moved/undo")
def unmark_moved(site_id: UUID) -> Response:
    moved_sites.unmark_moved(session(), current_person(), site_id)
    flash(_("已取消认定，历史里还有记录"), "ok")
    return _back(site_id, "kin")


def _list_page(site_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    site = get(session(), current_person(), Site, site_id)
    return render_template(
        "desk/site_public_list.html",
        site=site,
        given=given or {},
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
        lists=[(each.value, word(each)) for each in PublicList if each is not site.public_list],
    )


@bp.get("/sites/<uuid:site_id>/public-list")
def public_list_page(site_id: UUID) -> str:
    require(current_person(), "public_list.publish")
    return _list_page(site_id)


@bp.post("/sites/<uuid:site_id>/public-list")
@again_when_invalid(_list_page)
def list_publicly(site_id: UUID) -> Response:
    """Put on the list that the form names, or off the one it is on."""
    form, person = request.form, current_person()
    if form.get("list") == "none":
        public_listings.take_off_list(session(), person, site_id, form.get("reason", ""), now())
        flash(_("已移出名单"), "ok")
    else:
        made = public_listings.put_on_list(
            session(), person, site_id, form.get("list", ""), form.get("reason", ""), now()
        )
        flash(_("已列入%(list)s", list=word(made.list)), "ok")
    return _back(site_id)


def _id(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        raise Invalid({"from_id": say("请选择另一个点位")}) from None


def _say(error: Invalid, site_id: UUID) -> Response:
    from ..i18n import translated

    session().rollback()
    flash(translated(next(iter(error.fields.values()), error.message)), "problem")
    return _back(site_id, "clues")


def _back(site_id: UUID, anchor: str | None = None) -> Response:
    return redirect(url_for("desk.site_page", site_id=site_id, _anchor=anchor), 303)
