"""The nation's rules, as they are carried into the database, held against facts."""

from datetime import date
from typing import Any

import pytest

from inspections.rules.judging import Outcome, judge, reasons
from inspections.rules.limits import describe, read_limit
from inspections.rules.rule_data import read_rules
from inspections.rules.subjects import Subject

NEWEST = {rule["code"]: rule for rule in read_rules()}
BROKEN, KEPT, LACKING, NOT_APPLICABLE = Outcome.BROKEN, Outcome.KEPT, Outcome.LACKING, Outcome.NOT_APPLICABLE


def verdict_of(code: str, facts: dict[str, Any]) -> Any:
    rule = NEWEST[code]
    return judge(read_limit(Subject(rule["subject"]), rule["limits"]), facts)


def said(code: str, facts: dict[str, Any]) -> list[str]:
    subject = Subject(NEWEST[code]["subject"])
    return [str(each) for each in reasons(subject, verdict_of(code, facts), facts)]


TERM, HOLIDAY = {"rest": [], "rest_gaps": []}, {"rest": ["holiday"], "rest_gaps": []}
TABLE: list[tuple[str, dict[str, Any], Outcome]] = [
    ("homework-minutes", {"grade": 2, "minutes": 0}, KEPT),
    ("homework-minutes", {"grade": 2, "minutes": 1}, BROKEN),
    ("homework-minutes", {"grade": 3, "minutes": 60}, KEPT),
    ("homework-minutes", {"grade": 6, "minutes": 61}, BROKEN),
    ("homework-minutes", {"grade": 7, "minutes": 90}, KEPT),
    ("homework-minutes", {"grade": 9, "minutes": 91}, BROKEN),
    ("homework-minutes", {"minutes": 91}, LACKING),
    ("homework-minutes", {"grade": 9}, LACKING),
    ("exam-papers", {"grade": 1, "is_paper": True}, BROKEN),
    ("exam-papers", {"grade": 1, "is_paper": False}, KEPT),
    ("exam-papers", {"grade": 4, "kind": "final", "times": 1}, KEPT),
    ("exam-papers", {"grade": 4, "kind": "midterm", "times": 1}, BROKEN),
    ("exam-papers", {"grade": 8, "kind": "midterm", "times": 1}, KEPT),
    ("exam-papers", {"grade": 8, "kind": "midterm", "times": 2}, BROKEN),
    ("exam-papers", {"grade": 8, "kind": "other"}, BROKEN),
    ("exam-joint", {"grade": 9, "is_joint": True}, NOT_APPLICABLE),
    ("exam-joint", {"grade": 8, "is_joint": True}, BROKEN),
    ("exam-results", {"kind": "final", "is_graded": True, "is_ranked": True}, BROKEN),
    ("exam-results", {"kind": "final", "is_graded": True, "is_ranked": False}, LACKING),
    ("exam-results", {"kind": "other", "is_ranked": True}, NOT_APPLICABLE),
    ("after-school-end", {"ends_at": "16:30"}, LACKING),
    ("lesson-days", {"is_subject": True} | HOLIDAY, BROKEN),
    ("lesson-days", {"is_subject": True} | TERM, KEPT),
    ("lesson-days", {"is_subject": False} | HOLIDAY, NOT_APPLICABLE),
    ("lesson-days", {"is_subject": True, "rest": [], "rest_gaps": [["2027 年的放假安排尚未公布", {}]]}, LACKING),
    ("lesson-days", {"is_subject": True, "rest": ["summer"], "rest_gaps": [["?", {}]]}, BROKEN),
    ("lesson-end", {"is_online": False, "ends_at": "20:30"}, KEPT),
    ("lesson-end", {"is_online": False, "ends_at": "20:31"}, BROKEN),
    ("lesson-end", {"is_online": True, "ends_at": "21:00"}, KEPT),
    ("lesson-end", {"is_online": True, "ends_at": "21:01"}, BROKEN),
    ("lesson-end", {"ends_at": "23:00"}, LACKING),
    ("lesson-online", {"is_online": True, "lesson_minutes": 30, "gap_minutes": 10}, KEPT),
    ("lesson-online", {"is_online": True, "lesson_minutes": 31}, BROKEN),
    ("lesson-online", {"is_online": True, "lesson_minutes": 30, "gap_minutes": 9}, BROKEN),
    ("lesson-online", {"is_online": False}, NOT_APPLICABLE),
    ("lesson-preschool", {"audience": "preschool", "is_online": True}, BROKEN),
    ("lesson-preschool", {"audience": "preschool", "is_online": False, "is_subject": True}, BROKEN),
    ("lesson-preschool", {"audience": "preschool", "is_online": False, "is_subject": False}, KEPT),
    ("lesson-preschool", {"audience": "senior", "is_online": True}, NOT_APPLICABLE),
    ("fee-span", {"months": 3, "paid_yuan": 5000}, KEPT),
    ("fee-span", {"class_hours": 60, "paid_yuan": 5000}, KEPT),
    ("fee-span", {"class_hours": 61, "paid_yuan": 100}, BROKEN),
    ("fee-span", {"months": 1, "paid_yuan": 5000.01}, BROKEN),
    ("fee-span", {"months": 4}, BROKEN),
    ("fee-span", {"paid_yuan": 100}, LACKING),
    ("fee-span", {"months": 1}, LACKING),
    ("fee-loan", {"by_loan": True}, BROKEN),
    ("fee-receipt", {"has_receipt": False}, BROKEN),
    ("prepaid-account", {"collected_yuan": 9000, "supervised_yuan": 8999.99}, BROKEN),
    ("prepaid-account", {"collected_yuan": 9000, "supervised_yuan": 9000}, KEPT),
    ("prepaid-account", {"supervised_yuan": 9000}, LACKING),
    ("teachers-certified", {"uncertified": 1}, BROKEN),
    ("teachers-serving", {"serving": 0}, KEPT),
    ("content-standard", {"is_ahead": False, "is_foreign": False, "gives_homework": True}, BROKEN),
    ("approval-new", {"audience": "preschool", "approved_on": "2021-07-24"}, BROKEN),
    ("approval-new", {"audience": "compulsory", "is_subject": True, "approved_on": "2021-07-23"}, KEPT),
    ("approval-new", {"audience": "compulsory", "is_subject": False, "approved_on": "2024-01-01"}, NOT_APPLICABLE),
    ("posted-items", {"posted": ["permit", "fees"]}, BROKEN),
    ("posted-items", {"posted": ["content", "fees", "permit", "registration", "safety", "teachers"]}, KEPT),
]  # fmt: skip


@pytest.mark.parametrize(("code", "facts", "outcome"), TABLE)
def test_a_rule_of_the_nation_judges_facts_by_its_own_limit(
    code: str, facts: dict[str, Any], outcome: Outcome
) -> None:
    assert verdict_of(code, facts).outcome is outcome


def test_a_verdict_says_fact_and_limit() -> None:
    assert said("homework-minutes", {"grade": 3, "minutes": 75}) == [
        "每天平均完成用时：75 分钟，规定不超过 60 分钟"
    ]
    assert said("lesson-end", {"is_online": False, "ends_at": "21:10"}) == ["结束时间：21:10，规定不晚于 20:30"]
    assert said("posted-items", {"posted": ["fees", "permit", "safety", "teachers"]}) == [
        "已公示的内容：办学许可证、教师信息、收费信息、安全信息，缺少：登记证书、培训内容"
    ]
    assert said("fee-loan", {"by_loan": True}) == ["用培训贷支付：是，规定不得用培训贷支付"]
    assert said("lesson-days", {"is_subject": True} | HOLIDAY) == [
        "上课日：法定节假日，规定不得是：法定节假日、休息日、寒假、暑假"
    ]


def test_a_rule_that_lacks_a_fact_asks_for_it_by_name() -> None:
    assert said("lesson-end", {"ends_at": "23:00"}) == ["请补充：是否线上培训"]
    assert said("fee-span", {"paid_yuan": 100}) == ["请补充：时间跨度", "请补充：课时数"]
    assert said("prepaid-account", {"supervised_yuan": 5}) == ["请补充：预收费总额"]


def test_a_limit_that_is_left_to_the_place_is_asked_for() -> None:
    assert said("after-school-end", {"ends_at": "16:30"}) == ["本地的限值还没有填写：结束时间"]


def test_every_fact_known_to_be_against_the_rule_breaks_it_though_others_are_missing() -> None:
    assert verdict_of("fee-span", {"paid_yuan": 9000}).outcome is BROKEN


def test_each_rule_of_the_nation_can_be_read_and_said() -> None:
    for rule in read_rules():
        subject = Subject(rule["subject"])
        limit = read_limit(subject, rule["limits"])
        assert all(str(line) for case in limit.cases for line in describe(subject, case))
        assert rule["source"]
        assert rule["clause"]
        assert rule["quote"]
        assert rule["valid_from"] >= date(2021, 7, 24)


def test_grades_in_a_row_are_said_as_from_and_to() -> None:
    [rule] = [rule for rule in read_rules() if rule["code"] == "homework-minutes"]
    cases = read_limit(Subject.HOMEWORK, rule["limits"]).cases
    assert [str(line) for case in cases for line in describe(Subject.HOMEWORK, case)] == [
        "1、2 年级：每天平均完成用时不超过 0 分钟",
        "3 至 6 年级：每天平均完成用时不超过 60 分钟",
        "7 至 9 年级：每天平均完成用时不超过 90 分钟",
    ]
