"""The joint report of a night that was played: its figures, its readers, its replay, its paper."""

import io

import docx
import pytest
from sqlalchemy.orm import Session

from inspections.errors import Conflict, Message, NotFound
from inspections.registry.departments import DepartmentKind
from inspections.registry.people import Role
from inspections.reporting.documents.filling import says
from inspections.reporting.documents.kinds import kind_of, words_of
from inspections.reporting.documents.making import word_file
from inspections.reporting.sweep_report import composing, sketch
from inspections.sweeps.journal import Entry
from inspections.sweeps.night_maps import steps_of
from inspections.sweeps.report import report_of
from inspections.sweeps.stops import StopState
from tests.ended_sweep import HANDED, ended_sweep, stops_of
from tests.factories import NOW, make_person
from tests.sweeps import planned_sweep, running_sweep


def test_the_report_counts_what_the_journal_and_the_checks_say(session: Session) -> None:
    night = ended_sweep(session)
    report = report_of(session, night.planner, night.sweep.id)
    states = [each.stop.state for each in report.stops]
    assert sorted(states) == sorted([StopState.DONE, StopState.CLOSED, StopState.REFUSED, StopState.DONE])
    assert (report.counts.stops, report.counts.visited, report.counts.findings) == (4, 2, 2)
    assert {each.department for each in report.counts.departments} == {
        DepartmentKind.EDUCATION,
        DepartmentKind.FIRE,
    }
    first = next(each for each in report.stops if each.findings)
    assert [each.text for each in first.findings] == ["无证办学", "疏散通道堵塞"]
    assert len(first.photos) == 1  # a film is no picture
    assert (first.late_minutes, first.minutes) == (0, 40)
    assert [(each.kind, each.words, each.answer) for each in report.calls] == [
        (Entry.SUPPORT, "家长围堵", "派出所已到场")
    ]
    assert report.people == 4
    assert report.person_minutes == 100 + 70


def test_the_night_is_compared_with_its_plan(session: Session) -> None:
    night = ended_sweep(session)
    made = report_of(session, night.planner, night.sweep.id).compared
    assert (made.planned, made.added, made.dropped, made.handed) == (4, 0, 0, 1)
    assert (made.timed, made.on_time, made.late_minutes) == (2, 1, 10)
    assert (made.planned_minutes, made.minutes) == (60, 40 + 30)
    assert made.last_settled is not None
    assert (made.last_settled - night.sweep.released_at).total_seconds() == 90 * 60


def test_figures_of_the_report_are_those_of_its_lists(session: Session) -> None:
    night = ended_sweep(session)
    report = report_of(session, night.planner, night.sweep.id)
    assert sum(each.visited for each in report.teams) == report.counts.visited
    assert sum(each.visited for each in report.coverage) == report.counts.visited
    assert sum(len(each.findings) for each in report.stops) == report.counts.findings
    assert sum(each.stops for each in report.teams) == report.counts.stops


def test_it_is_read_by_the_list_and_the_office_and_not_before_the_release(session: Session) -> None:
    before = planned_sweep(session)
    with pytest.raises(NotFound):
        report_of(session, before.planner, before.sweep.id)
    night = ended_sweep(session)
    assert report_of(session, make_person(session, Role.AUDITOR), night.sweep.id).stops
    with pytest.raises(NotFound):
        report_of(session, night.officers[0][0], night.sweep.id)


def test_the_replay_ends_with_every_stop_as_it_stands_and_with_the_team_that_had_it_last(session: Session) -> None:
    night = ended_sweep(session)
    report = report_of(session, night.planner, night.sweep.id)
    steps = steps_of(report, _plain)
    assert [step.at_s for step in steps] == sorted(step.at_s for step in steps)
    state = dict.fromkeys(range(len(report.stops)), "waiting")
    owner = {}
    for step in steps:
        if step.stop >= 0 and step.state:
            state[step.stop] = step.state
        if step.owner >= 0:
            owner[step.stop] = step.owner
    assert list(state.values()) == [each.stop.state.value for each in report.stops]
    handed = stops_of(session, night)[3]
    place = [each.stop.id for each in report.stops].index(handed.id)
    assert owner == {place: 0}
    assert next(step for step in steps if step.owner == 0).words.endswith(HANDED)
    assert sum(step.is_loud for step in steps) == 1


def test_the_word_report_says_it_all_with_a_map_and_photos(session: Session) -> None:
    night = ended_sweep(session)
    report = report_of(session, night.planner, night.sweep.id)
    drawn = sketch.draw(report, [])
    assert drawn is not None
    picture = {next(each.photos[0] for each in report.stops if each.photos): drawn}
    content = {
        "blocks": composing.blocks_of(report, picture, drawn, "万年县教育体育局", NOW),
        "bureau": "万年县教育体育局",
    }
    file = word_file(session, night.sweep.county, "sweep_report", content)
    said = says(file)
    for words in ("应查4处，进入2处", "无证办学", "家长围堵", "派出所已到场", "卷帘门拉下", "+10 分钟", "消防"):
        assert words in said, words
    assert len(docx.Document(io.BytesIO(file)).inline_shapes) == 2
    assert words_of(kind_of("sweep_report"), content).fields["organ"] == "万年县教育体育局"


def test_there_is_no_final_paper_while_the_sweep_runs(session: Session) -> None:
    night = running_sweep(session)
    read = kind_of("sweep_report").read
    assert read is not None
    with pytest.raises(Conflict):
        read(session, night.planner, night.sweep.id)


def _plain(message: Message) -> str:
    return str(message)
