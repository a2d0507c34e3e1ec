"""Campaigns of self-checks: sent, watched, printed as letters, ended; and what the claims were worth."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from inspections.access import can, get, require
from inspections.casework.invitations import code_of
from inspections.errors import say
from inspections.listing import Question, every_row, read
from inspections.listing.self_checks import SELF_CHECKS
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
from .lists import Addresses, chips_of, head_of, summary_of
from .panels import in_panel
from .sites import again_when_invalid
from .words import for_sheet, option, today, word

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_LETTERS = 400


@bp.get("/self-checks")
def self_checks() -> str:
    person = current_person()
    rows = progress.list_campaigns(session(), person)
    return render_template("desk/self_checks.html", rows=rows, may_send=can(person, "self_check.manage"))


def _form(given: Any = None, wrong: Any = None, said: str = "") -> str:
    person, form = current_person(), request.form
    require(person, "self_check.manage")
    lists = sending.checklists_to_send(session(), person, today())
    picked = sending.picked_sites(session(), person, form.getlist("sites"))
    sought = form.get("seek", "").strip()
    found = sending.find_sites(session(), person, sought) if sought else []
    return render_template(
        "desk/self_check_new.html",
        given=given or {"contact": person.name, "telephone": person.phone or "", "opens_on": today().isoformat()},
        chosen=form.getlist("kinds") or ([] if given else [SiteKind.SCHOOL.value]),
        wrong=wrong or {},
        said=said,
        checklists=[(each.code, own_words(each, "title")) for each in lists],
        kinds=[option(kind) for kind in sending.ASKED],
        townships=sending.townships_of(session(), person),
        picked=picked,
        found=[site for site in found if site not in picked],
        most_found=sending.MOST_FOUND,
        is_full=len(found) == sending.MOST_FOUND,
    )


@bp.get("/self-checks/new")
def new_self_check() -> str:
    return _form()


@bp.post("/self-checks/new")
@again_when_invalid(_form)
def send_self_check() -> Response | str:
    person, form = current_person(), request.form
    if "find" in form:
        to = sending.PICKED if form.get("seek") else form.get("to", "")
        return _form(given=form.to_dict() | {"to": to})
    kinds, sites = form.getlist("kinds"), form.getlist("sites")
    campaign = sending.send(session(), person, form, kinds, now(), today(), sites)
    flash(_("自查已发出"), "ok")
    if warning := sending.warning_of(session(), person, campaign.closes_on):
        flash(translated(warning), "due")
    return _to(campaign)


def _question(campaign: SelfCheckCampaign, given: dict[str, list[str]]) -> Question:
    return Question.of(SELF_CHECKS, given | {"campaign": [str(campaign.id)]})


@bp.get("/self-checks/<uuid:campaign_id>")
def self_check_page(campaign_id: UUID) -> str:
    person = current_person()
    campaign = get(session(), person, SelfCheckCampaign, campaign_id)
    given = {key: values for key, values in request.args.to_dict(flat=False).items() if key != "campaign"}
    page = read(session(), person, SELF_CHECKS, _question(campaign, given))
    addresses = Addresses("desk.self_check_page", given, {"campaign_id": campaign.id})
    shown = [column for column in SELF_CHECKS.columns if column.on_screen]
    warning = sending.warning_of(session(), person, campaign.closes_on)
    return render_template(
        "desk/self_check.html",
        campaign=campaign,
        townships=progress.by_township(session(), campaign),
        states=list(SelfCheckState),
        heads=[_("镇街"), *({"label": word(each), "number": True} for each in [*SelfCheckState, say("合计")])],
        listing=SELF_CHECKS,
        page=page,
        asked=bool(page.question.words or set(page.question.filters) - {"campaign"}),
        shown=shown,
        columns=[head_of(SELF_CHECKS, page, addresses, column) for column in shown],
        chips=[chips_of(each, page, addresses) for each in SELF_CHECKS.filters if each.as_chips],
        selects=[each for each in SELF_CHECKS.filters if not each.as_chips and each.key in page.facets],
        addresses=addresses,
        kept=[(key, value) for key, values in given.items() for value in values if key not in {"q", "page"}],
        summary=summary_of(page),
        differences=differences_of(session(), campaign),
        warning=translated(warning) if warning else "",
        reminders=sending.reminders_of(session(), campaign),
        may_manage=can(person, "self_check.manage"),
        in_panel=in_panel(),
    )


@bp.post("/self-checks/<uuid:campaign_id>/end")
def end_self_check(campaign_id: UUID) -> Response:
    campaign = sending.end(session(), current_person(), campaign_id, now())
    flash(_("自查已结束，不再接收"), "ok")
    return _to(campaign)


@bp.post("/self-checks/<uuid:campaign_id>/letters")
def self_check_letters(campaign_id: UUID) -> str:
    """A letter with a code for each site that has not answered, to be printed; with `remind` it urges them."""
    require(current_person(), "self_check.manage")
    campaign = get(session(), current_person(), SelfCheckCampaign, campaign_id)
    tokens = sending.links_for(session(), current_person(), campaign, key_ring().link, now())
    rows = progress.sites_of(session(), campaign, unanswered=True)[:MOST_LETTERS]
    letters = [(row.site, _address(tokens[row.self_check.id])) for row in rows]
    drawn = [(site, address, Markup(code_of(address))) for site, address in letters]  # noqa: S704 - an address of ours
    reminds = "remind" in request.form
    if reminds:
        sending.remind(session(), current_person(), campaign, len(letters))
    return render_template(
        "desk/self_check_letters.html", campaign=campaign, letters=drawn, reminds=reminds, day=today()
    )


def _address(token: str) -> str:
    base = current_app.config["PUBLIC_URL"].rstrip("/") or request.host_url.rstrip("/")
    return base + url_for("portal.link_letter", token=token)


@bp.get("/self-checks/<uuid:campaign_id>/sites.<any(csv, xlsx):form>")
def export_self_check(campaign_id: UUID, form: str) -> Response:
    """The sites that the same address without the ending would page through."""
    campaign = get(session(), current_person(), SelfCheckCampaign, campaign_id)
    question = _question(campaign, request.args.to_dict(flat=False))
    head = [translated(column.label) for column in SELF_CHECKS.columns]
    body = (
        [for_sheet(column.kind, getattr(row, column.key)) for column in SELF_CHECKS.columns]
        for row in every_row(session(), current_person(), SELF_CHECKS, question)
    )
    made = sheets.csv_table(head, body) if form == "csv" else sheets.xlsx_table(campaign.title[:30], head, body)
    response = Response(made, mimetype="text/csv" if form == "csv" else XLSX)
    name = quote(f"{campaign.title}.{form}", safe="")
    response.headers["Content-Disposition"] = f"attachment; filename=self-check.{form}; filename*=UTF-8''{name}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _to(campaign: SelfCheckCampaign) -> Response:
    return redirect(url_for("desk.self_check_page", campaign_id=campaign.id), 303)
