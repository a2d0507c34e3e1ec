"""Campaigns of self-checks: sent, watched, printed as letters, ended; and what the claims were worth."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from geo.times import local
from inspections.access import can, get, require
from inspections.casework.invitations import code_of
from inspections.errors import say
from inspections.registry.sites import SiteKind
from inspections.reporting import sheets
from inspections.selfcheck import progress, sending
from inspections.selfcheck.campaigns import SelfCheckCampaign, SelfCheckState
from inspections.selfcheck.comparing import differences_of

from ..auth import current_person, now
from ..db import session
from ..i18n import own_words, translated
from ..keys import key_ring
from . import bp
from .panels import in_panel
from .sites import again_when_invalid
from .words import option, today, word

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_LETTERS = 400


@bp.get("/self-checks")
def self_checks() -> str:
    person = current_person()
    rows = progress.list_campaigns(session(), person)
    return render_template("desk/self_checks.html", rows=rows, may_send=can(person, "self_check.manage"))


def _form(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    require(person, "self_check.manage")
    lists = sending.checklists_to_send(session(), person, today())
    return render_template(
        "desk/self_check_new.html",
        given=given or {"contact": person.name, "telephone": person.phone or "", "opens_on": today().isoformat()},
        chosen=request.form.getlist("kinds") or [SiteKind.SCHOOL.value],
        wrong=wrong or {},
        said=said,
        checklists=[(each.code, own_words(each, "title")) for each in lists],
        kinds=[option(kind) for kind in sending.ASKED],
        townships=sending.townships_of(session(), person),
    )


@bp.get("/self-checks/new")
def new_self_check() -> str:
    return _form()


@bp.post("/self-checks/new")
@again_when_invalid(_form)
def send_self_check() -> Response:
    person, form = current_person(), request.form
    campaign = sending.send(session(), person, form, form.getlist("kinds"), now(), today())
    flash(_("自查已发出"), "ok")
    if warning := sending.warning_of(session(), person, campaign.closes_on):
        flash(translated(warning), "due")
    return _to(campaign)


@bp.get("/self-checks/<uuid:campaign_id>")
def self_check_page(campaign_id: UUID) -> str:
    campaign = get(session(), current_person(), SelfCheckCampaign, campaign_id)
    unanswered = "unanswered" in request.args
    warning = sending.warning_of(session(), current_person(), campaign.closes_on)
    return render_template(
        "desk/self_check.html",
        campaign=campaign,
        townships=progress.by_township(session(), campaign),
        states=list(SelfCheckState),
        heads=[_("镇街"), *({"label": word(each), "number": True} for each in [*SelfCheckState, say("合计")])],
        sites=progress.sites_of(session(), campaign, unanswered=unanswered),
        unanswered=unanswered,
        differences=differences_of(session(), campaign),
        warning=translated(warning) if warning else "",
        may_manage=can(current_person(), "self_check.manage"),
        in_panel=in_panel(),
    )


@bp.post("/self-checks/<uuid:campaign_id>/end")
def end_self_check(campaign_id: UUID) -> Response:
    campaign = sending.end(session(), current_person(), campaign_id, now())
    flash(_("自查已结束，不再接收"), "ok")
    return _to(campaign)


@bp.post("/self-checks/<uuid:campaign_id>/letters")
def self_check_letters(campaign_id: UUID) -> str:
    """A letter with a code for each site that has not answered, to be printed."""
    require(current_person(), "self_check.manage")
    campaign = get(session(), current_person(), SelfCheckCampaign, campaign_id)
    tokens = sending.links_for(session(), current_person(), campaign, key_ring().link, now())
    rows = progress.sites_of(session(), campaign, unanswered=True)[:MOST_LETTERS]
    letters = [(row.site, _address(tokens[row.self_check.id])) for row in rows]
    drawn = [(site, address, Markup(code_of(address))) for site, address in letters]  # noqa: S704 - an address of ours
    return render_template("desk/self_check_letters.html", campaign=campaign, letters=drawn)


def _address(token: str) -> str:
    base = current_app.config["PUBLIC_URL"].rstrip("/") or request.host_url.rstrip("/")
    return base + url_for("portal.link_letter", token=token)


@bp.get("/self-checks/<uuid:campaign_id>/sites.<any(csv, xlsx):form>")
def export_self_check(campaign_id: UUID, form: str) -> Response:
    """All sites with their state, or those that have not answered."""
    campaign = get(session(), current_person(), SelfCheckCampaign, campaign_id)
    rows = progress.sites_of(session(), campaign, unanswered="unanswered" in request.args)
    head = [_("点位名称"), _("镇街"), _("状态"), _("提交时间"), _("填报人"), _("负责人"), _("电话")]
    body = (
        [
            row.site.name,
            row.township,
            word(row.self_check.state),
            local(row.self_check.submitted_at) if row.self_check.submitted_at else None,
            row.self_check.name,
            row.site.person_in_charge or "",
            row.site.phone or "",
        ]
        for row in rows
    )
    made = sheets.csv_table(head, body) if form == "csv" else sheets.xlsx_table(campaign.title[:30], head, body)
    response = Response(made, mimetype="text/csv" if form == "csv" else XLSX)
    name = quote(f"{campaign.title}.{form}", safe="")
    response.headers["Content-Disposition"] = f"attachment; filename=self-check.{form}; filename*=UTF-8''{name}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _to(campaign: SelfCheckCampaign) -> Response:
    return redirect(url_for("desk.self_check_page", campaign_id=campaign.id), 303)
