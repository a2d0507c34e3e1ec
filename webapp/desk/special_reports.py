"""Daily reports 日报告 of a special campaign: the days, one day, kept. At `/special-campaigns/…/reports`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask import request as asked
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import can
from inspections.errors import Message
from inspections.reporting.documents.kinds_campaigns import share_of
from inspections.special_campaigns import composing, reporting_days
from inspections.special_campaigns.daily_reports import KIND, DailyReport
from inspections.special_campaigns.figures import OF_TOWNSHIPS, cells_of, label_of
from inspections.sweeps.campaigns import SpecialCampaign

from ..auth import current_person, now
from ..db import session
from . import bp
from .special_campaigns import again_when_refused, find, frame
from .words import today


@bp.get("/special-campaigns/<uuid:special_id>/reports")
def special_reports(special_id: UUID) -> str:
    campaign = find(special_id)
    return render_template(
        "desk/special/reports.html",
        **frame(campaign),
        days=reporting_days.list_days(session(), current_person(), campaign, today()),
        labels=_labels(campaign),
        of_today=today() if campaign.first_day <= today() <= campaign.last_day else None,
    )


def _labels(campaign: SpecialCampaign) -> dict[str, Message]:
    return {key: label_of(cell) for key, cell in cells_of(campaign.id).items()}


def _day_page(special_id: UUID, day: str, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person, campaign = current_person(), find(special_id)
    of_day = reporting_days.read_day_of(campaign, day, today())
    versions = reporting_days.versions_of(session(), person, campaign, of_day)
    shown = _version_of(versions)
    newest = versions[0] if versions else None
    content = shown.content if shown else composing.compose(session(), campaign, of_day, now())
    return render_template(
        "desk/special/report.html",
        **frame(campaign),
        day=of_day,
        report=shown,
        content=content,
        as_of=datetime.fromisoformat(content["as_of"]),
        versions=versions,
        newest=newest,
        changed=_changed(campaign, newest) if newest and newest is shown else [],
        labels=_labels(campaign),
        units={key: cell.figure.unit for key, cell in cells_of(campaign.id).items()},
        heads=[(cell.key, figure.label) for figure in OF_TOWNSHIPS for cell in figure.cells],
        share_of=share_of,
        records_at=lambda key, of: url_for("desk.special_records", special_id=campaign.id, cell=key, of=of),
        kind=KIND,
        may_keep=can(person, "campaign.plan"),
        given=given or {"words": newest.content["words"] if newest else ""},
        wrong=wrong or {},
        said=said,
    )


def _version_of(versions: Any) -> DailyReport | None:
    """The version that is asked for, else the newest; what is typed again belongs to the newest."""
    number = asked.args.get("version", type=int)
    found = next((each for each in versions if each.version == number), None)
    return found or (versions[0] if versions else None)


def _changed(campaign: SpecialCampaign, report: DailyReport) -> list[tuple[Any, int]]:
    changed = reporting_days.changed_since(session(), campaign, report, now())
    return [(label_of(cell), changed[key]) for key, cell in cells_of(campaign.id).items() if key in changed]


@bp.get("/special-campaigns/<uuid:special_id>/reports/<day>")
def special_report(special_id: UUID, day: str) -> str:
    return _day_page(special_id, day)


@bp.post("/special-campaigns/<uuid:special_id>/reports/<day>")
@again_when_refused(_day_page)
def keep_special_report(special_id: UUID, day: str) -> Response:
    campaign = find(special_id)
    of_day = reporting_days.read_day_of(campaign, day, today())
    report = reporting_days.keep(session(), current_person(), campaign.id, of_day, asked.form, now())
    flash(_("日报告第 %(n)s 版已存，可以打印或下载 Word", n=report.version), "ok")
    return redirect(url_for("desk.special_report", special_id=special_id, day=day), 303)
