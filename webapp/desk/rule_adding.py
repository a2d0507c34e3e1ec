"""A rule of the county's own: what it is about, where it applies, tried out, and put into use. At `/rules/new`."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from inspections.access import require
from inspections.errors import NotFound
from inspections.rules import adding
from inspections.rules.demands import VALUE, WHEN, Demand, compared_with, conditions, demand_of, demands
from inspections.rules.facts import Fact, FactKind
from inspections.rules.limits import MANY, Case, Op, question
from inspections.rules.rules import read_book
from inspections.rules.subjects import Subject
from inspections.rules.trying import Trial

from ..auth import current_person
from ..db import session
from ..i18n import own_words, translated
from . import bp
from .facts import control_of
from .sites import again_when_invalid
from .words import option, severity, today


@bp.get("/rules/new")
def new_rule_page() -> str:
    require(current_person(), "rule.edit")
    return render_template(
        "desk/rule_demands.html",
        groups=[(subject, [(each.name, _said(each)) for each in demands(subject)]) for subject in Subject],
    )


def _said(demand: Demand) -> str:
    if demand.op is Op.IS:
        return _("须（或不得）%(what)s", what=translated(demand.fact.label))
    return translated(question(demand.subject, Case(tests=()), demand.test))


def _demand_page(
    subject: str, name: str, given: Any = None, wrong: Any = None, said: str = "", trial: Trial | None = None
) -> str:
    demand = _demand(subject, name)
    book = read_book(session(), current_person().county)
    form = _form(demand) if given is not None else {}
    return render_template(
        "desk/rule_new.html",
        demand=demand,
        title=_said(demand),
        value=_value_control(demand),
        conditions=[_condition_control(fact) for fact in conditions(demand)],
        items=[
            ("", _("不归入")),
            *((code, f"{code} {own_words(rule, 'title')}") for code, rule in adding.item_codes(book).items()),
        ],
        severities=[(str(n), severity(n)) for n in (1, 2, 3)],
        form=form or {"valid_from": (today() + timedelta(days=1)).isoformat(), "severity": "2"},
        value_name=VALUE,
        wrong=wrong or {},
        said=said,
        trial=trial,
        tried=adding.tried(demand, form) if trial else form.get("tried", ""),
    )


def _demand(subject: str, name: str) -> Demand:
    found = next((each for each in Subject if each.value == subject), None)
    if found is None:
        raise NotFound
    return demand_of(found, name)


def _value_control(demand: Demand) -> dict[str, Any]:
    control = control_of(demand.fact) | {"name": VALUE, "label": _said(demand)}
    if demand.op is Op.IS:
        return control | {"label": translated(demand.fact.label)}
    if demand.op is Op.AT_LEAST_FACT:
        others = compared_with(demand.subject, demand.fact)
        return control | {"kind": "word", "words": [(each.name, translated(each.label)) for each in others]}
    if demand.op in MANY:
        return control | {"kind": "words", "words": [option(each) for each in demand.fact.words or ()]}
    return control


def _condition_control(fact: Fact) -> dict[str, Any]:
    control = control_of(fact) | {"name": WHEN + fact.name}
    if fact.kind is FactKind.YES_NO:
        return control
    if fact.kind is FactKind.NUMBER:
        words = [(str(n), translated(fact.in_words(n))) for n in range(fact.low, fact.high + 1)]
        return control | {"kind": "words", "words": words}
    return control | {"kind": "words"}


def _form(demand: Demand) -> dict[str, Any]:
    form: dict[str, Any] = request.form.to_dict()
    many = [WHEN + fact.name for fact in conditions(demand) if fact.kind is not FactKind.YES_NO]
    if demand.op in MANY:
        many.append(VALUE)
    return form | {name: request.form.getlist(name) for name in many}


@bp.get("/rules/new/<subject>/<name>")
def new_rule_form(subject: str, name: str) -> str:
    require(current_person(), "rule.edit")
    return _demand_page(subject, name)


@bp.post("/rules/new/<subject>/<name>")
@again_when_invalid(_demand_page)
def add_rule(subject: str, name: str) -> Response | str:
    require(current_person(), "rule.edit")
    demand = _demand(subject, name)
    if "trial" in request.form:
        trial = adding.try_new(session(), current_person(), demand, _form(demand), today())
        return _demand_page(subject, name, given=request.form, trial=trial)
    rule = adding.add(session(), current_person(), demand, _form(demand))
    flash(_("已新增本县规则，自 %(day)s 起施行", day=rule.valid_from.isoformat()), "ok")
    return redirect(url_for("desk.rule_page", code=rule.code), 303)
