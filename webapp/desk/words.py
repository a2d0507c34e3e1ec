"""Values as a person reads them, and which of the four states a word of the domain is shown as."""

from datetime import date, datetime
from typing import Any

from flask.sansio.app import App
from flask_babel import gettext as _

from geo.coordinates import LonLat
from geo.times import china_day, local
from inspections.canvass.coverage import Level
from inspections.canvass.visits import VisitOutcome
from inspections.casework.approvals import ApprovalState
from inspections.casework.findings import FindingState
from inspections.casework.handovers import HandoverState
from inspections.casework.legal_reviews import ReviewState
from inspections.casework.orders import OrderState
from inspections.casework.papers import in_words, numeral
from inspections.casework.penalties import PenaltyState
from inspections.casework.rechecks import RecheckOutcome
from inspections.casework.responses import Claim, ResponseState
from inspections.casework.steps import StepState
from inspections.errors import Message
from inspections.field.checks import CheckState, Fence, Verdict
from inspections.field.parcels import Outcome, ParcelState
from inspections.field.photos import PhotoState
from inspections.field.tasks import TaskState
from inspections.intake.opening import OpeningState
from inspections.intake.tips import TipState
from inspections.intake.whistles import AnswerState, WhistleState
from inspections.listing.campaigns import CampaignState
from inspections.listing.phones import PhoneState
from inspections.registry.imports.previews import message_from_json
from inspections.registry.sites import LicenceState, SiteState
from inspections.registry.suspect_stages import SuspectStage
from inspections.reporting.bulletins.bulletins import BulletinState
from inspections.reporting.bulletins.content import as_of_words
from inspections.rules.judging import Outcome as RuleOutcome
from inspections.selfcheck.campaigns import SelfCheckState
from inspections.special_campaigns.dispatches import InstructionState
from inspections.sweeps.sweeps import SweepState
from inspections.targeting.draws.draws import DrawState
from inspections.targeting.hotspot_runs import RunState as HotspotState
from inspections.targeting.target_lists.lists import EntryState
from inspections.targeting.target_lists.outcomes import Outcome as TargetOutcome
from inspections.targeting.warnings.warnings import Severity, WarningState
from inspections.vocabulary import Choice

from ..auth import now
from ..i18n import translated
from .deeds import deed

# ok · due: someone has to act · problem · unknown: nothing is known or nothing is to be done
KINDS: dict[type[Choice], dict[str, str]] = {
    SiteState: {
        "reported": "due",
        "verified": "problem",
        "dismissed": "unknown",
        "rectifying": "due",
        "suspended": "problem",
        "closed": "unknown",
        "licensed": "ok",
    },
    LicenceState: {"complete": "ok", "permit_only": "due", "registration_only": "due", "none": "problem"},
    FindingState: {
        "proposed": "due",
        "confirmed": "problem",
        "rejected": "unknown",
        "rectifying": "due",
        "struck_off": "ok",
    },
    ApprovalState: {"asked": "due", "granted": "ok", "refused": "unknown", "taken_back": "unknown"},
    DrawState: {"committed": "due", "frozen": "due", "drawn": "due", "published": "ok", "ended": "unknown"},
    ReviewState: {"asked": "due", "passed": "ok", "returned": "problem"},
    SuspectStage: {
        "rumour": "unknown",
        "address": "due",
        "confirmed": "problem",
        "ordered": "problem",
        "closed": "ok",
        "watched": "due",
        "moved": "problem",
        "licensed": "ok",
    },
    SelfCheckState: {"not_begun": "unknown", "draft": "due", "submitted": "ok", "late": "due"},
    ResponseState: {"submitted": "due", "accepted": "ok", "returned": "problem"},
    Claim: {"done": "ok", "partly": "due", "not_yet": "problem"},
    OrderState: {"draft": "due", "issued": "due", "served": "ok", "withdrawn": "unknown"},
    StepState: {"proposed": "due", "done": "ok", "skipped": "unknown"},
    PenaltyState: {"decided": "due", "carried_out": "ok", "cancelled": "unknown"},
    HandoverState: {
        "sent": "due",
        "accepted": "due",
        "answered": "ok",
        "returned": "problem",
        "withdrawn": "unknown",
    },
    Fence: {"inside": "ok", "cannot_tell": "unknown", "outside": "problem"},
    CheckState: {"incomplete": "due", "received": "ok"},
    WhistleState: {"called": "due", "done": "ok", "cancelled": "unknown"},
    AnswerState: {"waiting": "due", "accepted": "ok", "refused": "problem", "arrived": "ok"},
    TipState: {"new": "due", "assigned": "due", "confirmed": "problem"},
    OpeningState: {
        "waiting": "due",
        "ready": "due",
        "opened": "ok",
        "denied": "unknown",
        "lapsed": "unknown",
        "barred": "problem",
    },
    TaskState: {"open": "due", "done": "ok", "cancelled": "unknown"},
    HotspotState: {"waiting": "due", "done": "ok", "failed": "problem"},
    Verdict: {"compliant": "ok", "not_compliant": "problem"},
    RuleOutcome: {"broken": "problem", "lacking": "due", "kept": "ok", "not_applicable": "unknown"},
    ParcelState: {"taken": "ok", "held": "due", "rejected": "unknown"},
    Outcome: {"received": "ok", "incomplete": "due", "conflict": "problem", "refused": "problem"},
    PhoneState: {
        "lost": "problem",
        "sealed": "due",
        "overdue": "problem",
        "silent": "problem",
        "holding": "due",
        "drafts": "due",
        "clear": "ok",
    },
    Level: {"never": "problem", "overdue": "problem", "soon": "due", "walked": "ok"},
    VisitOutcome: {"clean": "ok", "leads": "problem", "no_access": "due"},
    CampaignState: {"running": "ok", "coming": "unknown", "over": "due", "closed": "unknown"},
    BulletinState: {"draft": "due", "signed": "ok", "published": "ok", "withdrawn": "unknown"},
    RecheckOutcome: {"fixed": "ok", "partly": "due", "not_fixed": "problem"},
    InstructionState: {"sent": "problem", "received": "due", "done": "ok", "withdrawn": "unknown"},
    WarningState: {
        "new": "problem",
        "acknowledged": "due",
        "handling": "due",
        "confirmed": "ok",
        "false_alarm": "unknown",
        "merged": "unknown",
    },
    Severity: {"red": "problem", "orange": "due", "yellow": "due"},
    EntryState: {"proposed": "due", "tasked": "ok", "refused": "unknown", "dropped": "unknown"},
    TargetOutcome: {"waiting": "unknown", "found": "problem", "nothing": "ok", "missed": "due"},
    SweepState: {
        "planning": "due",
        "sealed": "ok",
        "running": "problem",
        "finished": "unknown",
        "cancelled": "unknown",
    },
    PhotoState: {"received": "ok", "expected": "due", "damaged": "problem", "refused": "problem"},
}

SEVERITY_KINDS = {1: "unknown", 2: "due", 3: "problem"}


def init_filters(app: App) -> None:
    app.jinja_env.filters.update(
        word=word,
        kind_of=kind_of,
        severity=severity,
        position=position,
        day=day,
        moment=moment,
        days_left=days_left,
        ago=ago,
        yes_no=yes_no,
        deed=deed,
        door=door,
        option=option,
        named=named,
        band_head=lambda band: {"label": word(band), "number": True},
        tip_word=lambda state: word(next(each for each in TipState if each == state)),
        known=known,
        fact_value=fact_value,
        numeral=numeral,
        official_day=in_words,
        as_of_words=as_of_words,
        message=lambda written: translated(message_from_json(written)),
    )
    app.jinja_env.globals["today"] = today


def today() -> date:
    """The day it is in the county."""
    return china_day(now())


def word(value: Choice | Message | str | None) -> str:
    """A word of a closed list in the reader's language."""
    if value is None:
        return ""
    return translated(value.label if isinstance(value, Choice) else value)


def option(value: Choice) -> tuple[str, str]:
    """A word as a field's option: stored value and what is read."""
    return value.value, word(value)


def named(row: Any) -> tuple[str, str]:
    """A row with a name as a field's option."""
    return str(row.id), row.name


def known(pairs: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """The facts that are known."""
    return [(name, value) for name, value in pairs if value not in (None, "")]


def fact_value(value: Any) -> str:
    """The value of a fact on a time line, whatever it is."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return word(value) if isinstance(value, Choice | Message) else str(value)


def kind_of(value: Any) -> str:
    return KINDS.get(type(value), {}).get(value, "unknown")


def severity(value: int) -> str:
    return {1: _("轻微"), 2: _("一般"), 3: _("严重")}[value]


def position(place: LonLat) -> str:
    """A place with its axes named, so that nobody takes one for the other."""
    return _("东经 %(lon)s°，北纬 %(lat)s°", lon=f"{place.lon:.6f}", lat=f"{place.lat:.6f}")


def day(value: date | datetime | None) -> str:
    if isinstance(value, datetime):
        value = china_day(value)
    return value.isoformat() if value else ""


def moment(value: datetime | None) -> str:
    return local(value).strftime("%Y-%m-%d %H:%M") if value else ""


def days_left(value: date | None) -> str:
    """今天到期 · 还有 3 天 · 逾期 2 天"""
    if value is None:
        return ""
    days = (value - today()).days
    if days == 0:
        return _("今天到期")
    return _("还有 %(n)s 天", n=days) if days > 0 else _("逾期 %(n)s 天", n=-days)


def ago(value: datetime | None) -> str:
    """How long since: 刚刚 · 25 分钟 · 3 小时 · 2 天"""
    if value is None:
        return ""
    minutes = int((now() - value).total_seconds() // 60)
    if minutes < 1:
        return _("刚刚")
    if minutes < 120:
        return _("%(n)s 分钟", n=minutes)
    hours = minutes // 60
    return _("%(n)s 小时", n=hours) if hours < 48 else _("%(n)s 天", n=hours // 24)


def door(place: Any) -> str:
    """Compound, building, entrance, floor and room of a site or a tip, as far as they are known."""
    parts = [
        place.compound,
        place.building and _("%(n)s 栋", n=place.building.removesuffix("栋")),
        place.unit and _("%(n)s 单元", n=place.unit.removesuffix("单元")),
        getattr(place, "floor", None) and _("%(n)s 层", n=place.floor.removesuffix("层")),
        place.room,
    ]
    return " · ".join(part for part in parts if part)


def yes_no(value: bool | None) -> str:
    return "" if value is None else _("是") if value else _("否")


def for_sheet(kind: str, value: Any) -> Any:
    """A value for a cell of an exported table: words in the reader's language, numbers and dates as they are."""
    if kind == "severity" and value is not None:
        return severity(value)
    if kind == "yes_no":
        return yes_no(value)
    if kind == "message":
        return translated(message_from_json(value))
    return word(value) if isinstance(value, Choice | Message) else value
