"""The rules: what holds, by which document; and the county's own versions. At `/rules`."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from inspections.access import can, require
from inspections.rules import amending
from inspections.rules.facts import fact_of
from inspections.rules.limits import MANY, Case, Op, Test, demand, question
from inspections.rules.proposals import limit_lines
from inspections.rules.regions import level
from inspections.rules.rules import Rule, history, read_book
from inspections.rules.subjects import Subject
from inspections.rules.trying import Trial, try_out

from ..auth import current_person, now
from ..db import session
from ..i18n import own_words, translated
from . import bp
from .facts import control_of
from .sites import again_when_invalid
from .words import option, today

LONGEST_SEARCH = 100


@bp.get("/rules")
def rules_page() -> str:
    words = request.args.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    chosen = request.args.get("subject", "")
    book = read_book(session(), current_person().county)
    rows = [_row(rule) for code in book.versions if (rule := _shown_of(book.versions[code]))]
    found = [row for row in rows if _has(row, words)]
    counts = {subject: sum(row["rule"].subject is subject for row in found) for subject in Subject}
    return render_template(
        "desk/rules.html",
        groups=[
            (subject, [row for row in found if row["rule"].subject is subject])
            for subject in Subject
            if counts[subject] and chosen in ("", subject.value)
        ],
        subjects=[(subject, counts[subject]) for subject in Subject if counts[subject]],
        chosen=chosen,
        words=words,
        total=sum(counts[subject] for subject in Subject if chosen in ("", subject.value)),
        may_edit=can(current_person(), "rule.edit"),
    )


def _shown_of(versions: tuple[Rule, ...]) -> Rule | None:
    """The version that holds today, else the next to come, else the last."""
    return next((rule for rule in versions if rule.holds_on(today())), versions[0] if versions else None)


def _row(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule,
        "title": own_words(rule, "title"),
        "region": translated(level(rule.region)),
        "lines": [translated(line) for line in limit_lines(rule)],
        "is_local": not rule.region.endswith("00"),
        "is_unset": any(test.value is None for _name, _case, test in rule.limit.each_test()),
        "begins_or_ended": _begins_or_ended(rule),
    }


def _begins_or_ended(rule: Rule) -> tuple[str, str] | None:
    if rule.valid_from > today():
        return "due", _("尚未施行")
    return ("unknown", _("已失效")) if rule.valid_to and rule.valid_to < today() else None


def _has(row: dict[str, Any], words: str) -> bool:
    rule = row["rule"]
    text = " ".join([row["title"], rule.title, rule.title_en, rule.source, rule.clause, rule.quote, *row["lines"]])
    return all(each.casefold() in text.casefold() for each in words.split())


@bp.get("/rules/<code>")
def rule_page(code: str) -> str:
    versions = history(session(), current_person().county, code)
    holding = read_book(session(), current_person().county).version_on(code, today())
    county = current_person().county
    return render_template(
        "desk/rule.html",
        rule=holding or versions[0],
        title=own_words(versions[0], "title"),
        versions=[
            _row(rule) | {"is_own": rule.region == county, "state": _state(rule, holding)} for rule in versions
        ],
        may_edit=can(current_person(), "rule.edit"),
        may_amend=can(current_person(), "rule.edit") and any(rule.is_in_force for rule in versions),
    )


def _state(rule: Rule, holding: Rule | None) -> tuple[str, str]:
    if rule.withdrawn_at:
        return "unknown", _("已撤回")
    if rule is holding:
        return "ok", _("现行")
    return _begins_or_ended(rule) or ("unknown", _("本县另有规定"))


def _edit_page(code: str, given: Any = None, wrong: Any = None, said: str = "", trial: Trial | None = None) -> str:
    county = current_person().county
    newest = amending.pattern(session(), current_person(), code)
    base = read_book(session(), county).version_on(code, today()) or newest
    return render_template(
        "desk/rule_edit.html",
        rule=newest,
        base=base,
        title=own_words(newest, "title"),
        region=translated(level(base.region)),
        lines=[translated(line) for line in limit_lines(base)],
        tests=[_control(newest, name, case, test, given) for name, case, test in newest.limit.each_test()],
        given=given or {"valid_from": (today() + timedelta(days=1)).isoformat()},
        wrong=wrong or {},
        said=said,
        trial=trial,
    )


def _control(rule: Rule, name: str, case: Case, test: Test, given: Any) -> dict[str, Any]:
    """A test of the limit as a field: its condition, fact and comparison are said, its value is entered."""
    fact = fact_of(rule.subject, test.fact)
    if test.op is Op.AT_LEAST_FACT:
        return {
            "kind": "fixed",
            "name": name,
            "label": translated(demand(rule.subject, test)),
            "value": test.value,
        }
    control = control_of(fact) | {"name": name, "label": translated(question(rule.subject, case, test))}
    if test.op in MANY:
        control |= {"kind": "words", "words": [option(each) for each in fact.words or ()]}
    return control | {"value": _given(name, test, given)}


def _given(name: str, test: Test, given: Any) -> Any:
    if given is None:
        return test.value
    return given.getlist(name) if test.op in MANY and isinstance(given, MultiDict) else given.get(name)


@bp.get("/rules/<code>/edit")
def edit_rule_page(code: str) -> str:
    require(current_person(), "rule.edit")
    return _edit_page(code)


@bp.post("/rules/<code>/edit")
@again_when_invalid(_edit_page)
def edit_rule(code: str) -> Response | str:
    require(current_person(), "rule.edit")
    if "trial" in request.form:
        trial = try_out(session(), current_person(), code, _form(code), today())
        return _edit_page(code, given=request.form, trial=trial)
    rule = amending.amend(session(), current_person(), code, _form(code))
    flash(_("已立本县第 %(n)s 版，自 %(day)s 起施行", n=rule.version, day=rule.valid_from.isoformat()), "ok")
    return redirect(url_for("desk.rule_page", code=code), 303)


def _form(code: str) -> dict[str, Any]:
    form: dict[str, Any] = request.form.to_dict()
    limit = amending.pattern(session(), current_person(), code).limit
    many = [name for name, _case, test in limit.each_test() if test.op in MANY]
    return form | {name: request.form.getlist(name) for name in many}


@bp.post("/rules/<code>/<int:version>/end")
def end_rule(code: str, version: int) -> Response:
    rule = amending.end(session(), current_person(), code, version, request.form.get("last_day", ""))
    flash(_("本县第 %(n)s 版到 %(day)s 为止", n=version, day=f"{rule.valid_to}"), "ok")
    return redirect(url_for("desk.rule_page", code=code), 303)


@bp.post("/rules/<code>/<int:version>/withdraw")
def withdraw_rule(code: str, version: int) -> Response:
    amending.withdraw(session(), current_person(), code, version, now())
    flash(_("本县第 %(n)s 版已撤回", n=version), "ok")
    return redirect(url_for("desk.rule_page", code=code), 303)
