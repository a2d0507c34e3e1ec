"""The phone holds facts against the same limits: the vector that its tests read (tests/js/field/facts.test.js)."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from inspections.errors import Invalid, Message
from inspections.field.bundle import fact_forms
from inspections.registry.sites import SiteKind
from inspections.rules.observing import read_group
from inspections.rules.subjects import Subject, subjects_at

VECTOR = json.loads(Path(__file__).with_name("fact_vector.json").read_text("utf-8"))


def in_chinese(value: Any) -> Any:
    if isinstance(value, Message | date):
        return str(value)
    if isinstance(value, dict):
        return {key: in_chinese(each) for key, each in value.items()}
    return [in_chinese(each) for each in value] if isinstance(value, list | tuple) else value


def test_the_forms_of_the_vector_are_those_that_phones_get() -> None:
    assert in_chinese(fact_forms(Subject)) == VECTOR["forms"]


@pytest.mark.parametrize("case", VECTOR["cases"], ids=lambda case: f"{case['subject']} {case['given']}"[:60])
def test_facts_are_read_as_the_vector_says(case: dict[str, Any]) -> None:
    subject = next(each for each in Subject if each == case["subject"])
    kind = next(kind for kind in SiteKind if subject in subjects_at(kind))
    form = case["given"] | {"day": case["day"], "about": case["about"]}
    assert _read(kind, subject, form) == (case.get("facts"), case.get("wrong"))


def _read(kind: SiteKind, subject: Subject, form: dict[str, Any]) -> tuple[Any, Any]:
    try:
        return read_group(kind, date(2026, 11, 20), subject, form).facts, None
    except Invalid as error:
        return None, {name: str(message) for name, message in error.fields.items()}
