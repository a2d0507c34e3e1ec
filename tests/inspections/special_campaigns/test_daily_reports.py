"""A daily report is kept with its figures: later records make a further version, never another number."""

from datetime import date, timedelta
from io import BytesIO

import docx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from inspections.errors import Conflict, Forbidden, Invalid, NotFound
from inspections.registry.people import Person, Role
from inspections.reporting.documents.files import word_of
from inspections.reporting.figures import Selection
from inspections.special_campaigns import planning, reporting_days
from inspections.special_campaigns.daily_reports import KIND, DailyReport
from inspections.special_campaigns.records import read_records
from inspections.sweeps.stops import StopState
from tests.factories import NOW, make_check, make_person, make_site, make_township
from tests.special import FIRST, finish, make_campaign, make_sweep

TODAY = date(2026, 11, 20)


@pytest.fixture
def dispatcher(session: Session) -> Person:
    return make_person(session, Role.DISPATCHER, name="李科长")


def checked(session: Session, person: Person, **values: object) -> None:
    make_check(session, person, make_site(session), **{"device_finished_at": NOW - timedelta(hours=2), **values})


def number(report: DailyReport, key: str) -> tuple[int, int]:
    row = next(row for row in report.content["rows"] if row["key"] == key)
    return row["day"], row["all"]


def test_a_report_keeps_its_numbers_and_its_lists_show_as_many(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher)
    checked(session, dispatcher)
    checked(session, dispatcher, device_finished_at=NOW - timedelta(days=2))
    report = reporting_days.keep(session, dispatcher, campaign.id, TODAY, {"words": "正常", "version": "0"}, NOW)
    assert number(report, "made.all") == (1, 2)
    # a phone without a signal brings another one of the day later
    checked(session, dispatcher, received_at=NOW + timedelta(hours=20))
    for of, n in ((report.content["of_day"], 1), (report.content["of_all"], 2)):
        assert read_records(session, dispatcher, campaign, of, "made.all").total == n
    later = NOW + timedelta(days=1)
    assert reporting_days.changed_since(session, campaign, report, later) == {"made.all": 1, "checked.training": 1}


def test_every_number_of_a_report_is_that_of_its_list(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher)
    checked(session, dispatcher)
    finish(session, make_sweep(session, dispatcher, campaign.id), [StopState.DONE, StopState.CLOSED],
           NOW - timedelta(hours=3))  # fmt: skip
    report = reporting_days.keep(session, dispatcher, campaign.id, TODAY, {"version": "0"}, NOW)
    for row in report.content["rows"]:
        for part, of in (("day", "of_day"), ("all", "of_all")):
            records = read_records(session, dispatcher, campaign, report.content[of], row["key"])
            assert records.total == row[part], row
    assert {row["key"]: row["day"] for row in report.content["rows"] if row["day"]} == {
        "made.all": 1, "checked.training": 1, "sweeps.all": 1, "stops.all": 1
    }  # fmt: skip
    assert [(each["stops"], each["visited"]) for each in report.content["sweeps"]] == [(2, 1)]


def test_a_further_version_needs_a_reason_and_what_was_seen(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher)
    first = reporting_days.keep(session, dispatcher, campaign.id, TODAY, {"version": "0"}, NOW)
    with pytest.raises(Invalid) as refused:
        reporting_days.keep(session, dispatcher, campaign.id, TODAY, {"version": "1"}, NOW)
    assert list(refused.value.fields) == ["reason"]
    form = {"version": "0", "reason": "补报"}
    with pytest.raises(Conflict):
        reporting_days.keep(session, dispatcher, campaign.id, TODAY, form, NOW)
    second = reporting_days.keep(session, dispatcher, campaign.id, TODAY, {"version": "1", "reason": "补报"}, NOW)
    assert [first.version, second.version] == [1, 2]
    found = reporting_days.versions_of(session, dispatcher, campaign, TODAY)
    assert [each.id for each in found] == [second.id, first.id]


def test_the_app_can_neither_change_nor_remove_what_was_kept(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher)
    reporting_days.keep(session, dispatcher, campaign.id, TODAY, {"version": "0"}, NOW)
    for statement in ("update special_campaign_reports set reason = 'x'", "delete from special_campaign_reports"):
        with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
            session.execute(text(statement))


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), TODAY + timedelta(days=1), date(2027, 1, 1)])
def test_days_outside_of_the_campaign_or_to_come_have_no_report(
    session: Session, dispatcher: Person, day: date
) -> None:
    campaign = make_campaign(session, dispatcher)
    with pytest.raises(Invalid):
        reporting_days.keep(session, dispatcher, campaign.id, day, {"version": "0"}, NOW)
    with pytest.raises(NotFound):
        reporting_days.read_day_of(campaign, day.isoformat(), TODAY)


def test_the_clock_keeps_yesterday_where_nobody_did_and_once(session: Session, dispatcher: Person) -> None:
    running, ended = make_campaign(session, dispatcher), make_campaign(session, dispatcher, name="已结束")
    kept = make_campaign(session, dispatcher, name="自己存过")
    planning.end(session, dispatcher, ended.id, NOW)
    reporting_days.keep(session, dispatcher, kept.id, TODAY, {"version": "0"}, NOW)
    tomorrow = NOW + timedelta(days=1)
    made = reporting_days.keep_missing(session, running.county, tomorrow)
    assert [(each.campaign_id, each.day, each.made_by_id) for each in made] == [(running.id, TODAY, None)]
    assert Selection.parse(made[0].content["of_day"]).as_of < tomorrow
    assert reporting_days.keep_missing(session, running.county, tomorrow) == []


def test_days_are_listed_with_their_newest_report(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher)
    reporting_days.keep(session, dispatcher, campaign.id, FIRST, {"version": "0"}, NOW)
    days = reporting_days.list_days(session, dispatcher, campaign, TODAY)
    assert [days[0].day, days[-1].day, len(days)] == [TODAY, FIRST, 10]
    assert (days[-1].made_by, days[-1].versions, days[0].report) == ("李科长", 1, None)


def test_a_sweep_before_its_release_stands_in_no_report(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher)
    make_sweep(session, dispatcher, campaign.id, name="绝密夜查")
    report = reporting_days.keep(session, dispatcher, campaign.id, TODAY, {"version": "0"}, NOW)
    assert "绝密夜查" not in str(report.content)


def test_the_word_file_says_what_the_report_says(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher, name="百日<攻坚>&")
    make_township(session, name="陈营镇")
    checked(session, dispatcher)
    form = {"words": "第一行 {{ 7*7 }}\n第二行 <b>", "version": "0"}
    report = reporting_days.keep(session, dispatcher, campaign.id, TODAY, form, NOW)
    _, file = word_of(session, dispatcher, KIND, report.id)
    paper = docx.Document(BytesIO(file))
    words = "\n".join(each.text for each in paper.paragraphs)
    assert "“百日<攻坚>&”专项行动日报告" in words
    assert "今天是行动第 10 天（共 30 天）。当日检查次数 1 次" in words
    assert "第一行 {{ 7*7 }}" in words
    cells = [[cell.text for cell in row.cells] for row in paper.tables[0].rows]
    assert ["检查次数（次）", "1", "1", "30", "3%"] in cells
    assert "陈营镇" in [row.cells[0].text for row in paper.tables[1].rows]


def test_heads_of_townships_read_reports_and_keep_none(session: Session, dispatcher: Person) -> None:
    campaign = make_campaign(session, dispatcher)
    report = reporting_days.keep(session, dispatcher, campaign.id, TODAY, {"version": "0"}, NOW)
    head = make_person(session, Role.TOWNSHIP_ADMIN)
    assert reporting_days.read_report(session, head, report.id) is report
    with pytest.raises(Forbidden):
        reporting_days.keep(session, head, campaign.id, TODAY, {"version": "1", "reason": "x"}, NOW)
    assert session.scalars(select(DailyReport)).all() == [report]
