"""Facts of a check: recorded, completed, withdrawn; and judged by the rules of their day."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import get, require
from inspections.errors import NotFound
from inspections.field.checks import Check
from inspections.field.observed import unread_facts
from inspections.registry.sites import Site
from inspections.rules import observing
from inspections.rules.facts import ENTERED_UNITS, NOTHING, Fact, FactKind, entered, fact_of
from inspections.rules.judgements import FINAL
from inspections.rules.judging import Outcome
from inspections.rules.observations import Observation
from inspections.rules.proposals import Judged, Seen, judge_check, limit_for, read_seen
from inspections.rules.regions import level
from inspections.rules.subjects import Subject, subjects_at

from ..auth import current_person, now
from ..db import session
from ..i18n import own_words, translated
from . import bp
from .panels import in_panel
from .sites import again_when_invalid
from .words import option, word


def observations_of(check: Check) -> list[dict[str, Any]]:
    """What the page of a check shows of its facts and verdicts."""
    return [_shown(seen) for seen in read_seen(session(), current_person(), check)]


def unread_of(check: Check, site: Site) -> list[dict[str, Any]]:
    """Facts of the check's record that were not taken in, and why."""
    return [
        {
            "subject": translated(each.subject),
            "about": each.about,
            "facts": [(translated(name), value) for name, value in each.given],
            "messages": [translated(message) for message in each.messages],
        }
        for each in unread_facts(check, site.kind)
    ]


def _shown(seen: Seen) -> dict[str, Any]:
    row = seen.observation
    known = [fact for fact in entered(row.subject) if fact.name in row.facts]
    return {
        "row": row,
        "recorded_by": seen.recorded_by,
        "facts": [(translated(fact.label), translated(fact.in_words(row.facts[fact.name]))) for fact in known],
        "is_complete": len(known) == len(entered(row.subject)),
        "verdicts": [
            _verdict(one) for one in seen.verdicts if one.judgement.outcome is not Outcome.NOT_APPLICABLE
        ],
        "silent": sum(one.judgement.outcome is Outcome.NOT_APPLICABLE for one in seen.verdicts),
        "is_judged": bool(seen.verdicts),
        "is_open": any(one.judgement.outcome not in FINAL for one in seen.verdicts),
    }


def _verdict(one: Judged) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "title": own_words(one.rule, "title"),
        "region": translated(level(one.rule.region)),
        "limit": [translated(line) for line in limit_for(one.rule, one.judgement.facts)],
        "reasons": [translated(line) for line in one.reasons],
        "outcome": one.judgement.outcome,
        "asks_facts": any(not fact_of(one.rule.subject, name).is_derived for name in one.lacking),
        "asks_calendar": any(fact_of(one.rule.subject, name).is_derived for name in one.lacking),
        "asks_limit": one.needs_limit,
        "finding": one.finding,
    }


def subjects_for(site: Site) -> list[tuple[str, str]]:
    return [option(subject) for subject in subjects_at(site.kind)]


def _subject() -> Subject:
    found = next((each for each in Subject if each == request.values.get("subject")), None)
    if found is None:
        raise NotFound
    return found


def control_of(fact: Fact) -> dict[str, Any]:
    """How a fact is entered."""
    words = [option(each) for each in fact.words or ()]
    if fact.kind is FactKind.WORDS:
        words.append((NOTHING, _("都没有")))
    return {
        "name": fact.name,
        "label": translated(fact.label),
        "kind": fact.kind.value,
        "unit": translated(ENTERED_UNITS[fact.unit]) if fact.unit in ENTERED_UNITS else "",
        "words": words,
    }


def _form(subject: Subject) -> dict[str, Any]:
    form: dict[str, Any] = request.form.to_dict()
    many = [fact.name for fact in entered(subject) if fact.kind is FactKind.WORDS]
    return form | {name: request.form.getlist(name) for name in many}


def _new_page(check_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person, subject = current_person(), _subject()
    check = get(session(), person, Check, check_id)
    site = get(session(), person, Site, check.site_id)
    return render_template(
        "desk/facts_new.html",
        check=check,
        site=site,
        subject=subject,
        controls=[control_of(fact) for fact in entered(subject)],
        given=_form(subject) if given else {},
        wrong=wrong or {},
        said=said,
        in_panel=in_panel(),
    )


@bp.get("/checks/<uuid:check_id>/facts")
def new_facts_page(check_id: UUID) -> str:
    require(current_person(), "fact.record")
    return _new_page(check_id)


@bp.post("/checks/<uuid:check_id>/facts")
@again_when_invalid(_new_page)
def record_facts(check_id: UUID) -> Response:
    require(current_person(), "fact.record")
    subject = _subject()
    observing.observe(session(), current_person(), check_id, subject, _form(subject))
    flash(_("已登记：%(what)s", what=word(subject)), "ok")
    return _to_facts(check_id)


@bp.post("/checks/<uuid:check_id>/judge")
def judge_facts(check_id: UUID) -> Response:
    counts = judge_check(session(), current_person(), check_id, now())
    broken, lacking = counts[Outcome.BROKEN], counts[Outcome.LACKING]
    if broken:
        flash(_("判定完成：新提出 %(n)s 个问题，等人确认", n=broken), "due")
    elif lacking:
        flash(_("判定完成：有 %(n)s 条规则缺少事实", n=lacking), "due")
    else:
        flash(_("判定完成：没有新的问题"), "ok")
    return _to_facts(check_id)


def _more_page(observation_id: UUID, given: Any = None, wrong: Any = None, said: str = "") -> str:
    person = current_person()
    row = get(session(), person, Observation, observation_id)
    missing = [fact for fact in entered(row.subject) if fact.name not in row.facts]
    shown = _shown(Seen(row, person, []))
    return render_template(
        "desk/facts_more.html",
        row=row,
        check=get(session(), person, Check, row.check_id),
        known=shown["facts"],
        controls=[control_of(fact) for fact in missing],
        given=_form(row.subject) if given else {},
        wrong=wrong or {},
        said=said or "；".join(text for name, text in (wrong or {}).items() if name in row.facts),
        in_panel=in_panel(),
    )


@bp.get("/facts/<uuid:observation_id>")
def more_facts_page(observation_id: UUID) -> str:
    require(current_person(), "fact.record")
    return _more_page(observation_id)


@bp.post("/facts/<uuid:observation_id>")
@again_when_invalid(_more_page)
def complete_facts(observation_id: UUID) -> Response:
    require(current_person(), "fact.record")
    row = get(session(), current_person(), Observation, observation_id)
    observing.complete(session(), current_person(), observation_id, _form(row.subject))
    flash(_("已补充，可以再判定一次"), "ok")
    return _to_facts(row.check_id)


@bp.post("/facts/<uuid:observation_id>/withdraw")
def withdraw_facts(observation_id: UUID) -> Response:
    row = observing.withdraw(session(), current_person(), observation_id, request.form.get("reason", ""), now())
    flash(_("已作废，记录仍保留"), "ok")
    return _to_facts(row.check_id)


def _to_facts(check_id: UUID) -> Response:
    return redirect(url_for("desk.check_page", check_id=check_id, _anchor="facts"), 303)
