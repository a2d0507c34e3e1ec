"""Facts are typed, and refused field by field in words that say what to do."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.errors import Invalid
from inspections.rules.facts import FACTS, FactKind, entered, read_facts
from inspections.rules.subjects import Subject

EVERY_FACT = [(subject, fact) for subject in Subject for fact in entered(subject)]


def refused(subject: Subject, given: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        read_facts(subject, given)
    return {name: str(message) for name, message in caught.value.fields.items()}


def test_what_is_typed_becomes_plain_values_that_compare() -> None:
    typed = {"is_online": "no", "starts_at": "18:05", "ends_at": "20:31", "gap_minutes": "10"}
    plain = {"is_online": False, "starts_at": "18:05", "ends_at": "20:31", "gap_minutes": 10}
    assert read_facts(Subject.LESSON, typed) == plain


def test_wide_digits_and_colons_are_those_of_a_chinese_keyboard() -> None:
    assert read_facts(Subject.LESSON, {"ends_at": "２０：３５", "lesson_minutes": "４５"}) == {
        "ends_at": "20:35",
        "lesson_minutes": 45,
    }


def test_what_is_empty_is_not_known() -> None:
    assert read_facts(Subject.HOMEWORK, {"grade": "3", "minutes": " "}) == {"grade": 3}


def test_a_sum_keeps_its_cents() -> None:
    assert read_facts(Subject.FEE, {"paid_yuan": "5000.50"}) == {"paid_yuan": 5000.5}
    assert read_facts(Subject.FEE, {"paid_yuan": "5000.00"}) == {"paid_yuan": 5000}


def test_nothing_on_the_wall_is_a_fact_and_an_empty_field_is_none() -> None:
    assert read_facts(Subject.POSTING, {"posted": ["-"]}) == {"posted": []}
    assert read_facts(Subject.POSTING, {"posted": []}) == {}


def test_there_is_no_25_oclock() -> None:
    assert refused(Subject.LESSON, {"ends_at": "25:00"}) == {
        "ends_at": "没有这个时间，请按 24 小时制填写，例如 20:30"
    }


def test_a_lesson_cannot_end_before_it_starts() -> None:
    assert refused(Subject.LESSON, {"starts_at": "20:00", "ends_at": "18:30"}) == {
        "ends_at": "结束时间不晚于开始时间（20:00），请核对"
    }


def test_one_class_hour_cannot_be_longer_than_the_lesson() -> None:
    said = refused(Subject.LESSON, {"starts_at": "19:00", "ends_at": "19:40", "lesson_minutes": "45"})
    assert said == {"lesson_minutes": "一课时比从 19:00 到 19:40 还长，请核对"}


def test_a_sum_cannot_be_below_zero_nor_endless() -> None:
    for text in ("-1", "nan", "inf", "1e400", "12.345", "五千"):
        assert list(refused(Subject.FEE, {"paid_yuan": text})) == ["paid_yuan"]


def test_more_uncertified_teachers_than_teachers_contradicts() -> None:
    said = refused(Subject.TEACHERS, {"teachers": "2", "uncertified": "3"})
    assert said == {"uncertified": "比教学人员总数（2 人）还多，请核对"}


def test_every_wrong_field_is_named_at_once() -> None:
    assert set(refused(Subject.HOMEWORK, {"grade": "12", "minutes": "1.5"})) == {"grade", "minutes"}


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "{{7*7}}", "=cmd|' /C calc'!A0", "'; drop table rules--"]
)
def test_hostile_text_is_no_fact(hostile: str) -> None:
    for subject, fact in EVERY_FACT:
        value = [hostile] if fact.kind is FactKind.WORDS else hostile
        assert fact.name in refused(subject, {fact.name: value})


@given(
    st.sampled_from(EVERY_FACT),
    st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.text()), st.none()),
)
def test_whatever_comes_is_read_or_refused_in_words(one: Any, value: Any) -> None:
    subject, fact = one
    try:
        read = read_facts(subject, {fact.name: value})
    except Invalid as error:
        named = list(error.fields)
    else:
        named = [fact.name]
        assert set(read) <= {fact.name}
        assert read_facts(subject, read) == read
    assert named == [fact.name]


def test_no_two_facts_of_a_subject_share_a_name() -> None:
    for facts in FACTS.values():
        assert len({fact.name for fact in facts}) == len(facts)
