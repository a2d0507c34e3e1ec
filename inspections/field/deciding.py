"""What a record becomes, decided from the record and what surrounds it, before anything is written."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from ..casework.findings import Problem
from ..errors import Invalid, NotFound, say
from ..registry.people import Person
from ..sweeps.stop_checks import was_sent
from .checklists import ItemWords
from .checks import Outline
from .known_problems import KnownProblems, known_problems_of
from .observed import Observed, observed_of
from .positions import position_of
from .record import GivenFile, Record
from .standing import standing_of
from .surroundings import Surroundings
from .tasks import Task
from .transcript import answer_rows, check_row, clock_flags, ended_at, problems_of


@dataclass(frozen=True)
class Accepted:
    """A record that is taken in: the rows of its check and answers, and what else it causes."""

    id: UUID
    row: dict[str, Any]
    answers: list[dict[str, Any]]
    files: tuple[GivenFile, ...]
    problems: list[Problem]
    known: KnownProblems
    observed: Observed
    ended_at: datetime
    task: Task | None

    @cached_property
    def outline(self) -> Outline:
        """What follows from a check asks no more of it. First asked for when its state is known."""
        return Outline(**{name: self.row[name] for name in Outline._fields})


def decide(
    around: Surroundings, person: Person, record: Record, content: bytes, cleaned: bool, now: datetime
) -> Accepted:
    """Raises `Invalid` by JSON path, and `NotFound` for a site that the person may not see."""
    site = around.sites.get(record.site_id)
    if site is None:
        raise NotFound
    second = _second_officer(around, person, record)
    items = _items(around, record)
    _refuse_used_ids(around, record)
    visit = around.visits[record.id]
    position = position_of(
        record,
        visit,
        site,
        around.place_of(site),
        earlier=around.facts.earlier,
        outside_county=record.id in around.facts.outside,
    )
    task = around.tasks.get(record.task_id) if record.task_id else None
    zone = around.zones.get(site.zone_id) if site.zone_id else None
    ended = ended_at(record, now)
    officers = {person.id, second.id} if second else {person.id}
    swept = was_sent(around.sent, site.id, officers, ended)
    standing = standing_of(record, site, person, second, ended, task=task, zone=zone, sent_by_sweep=swept)
    row = check_row(record, content, person, second, standing, position, now)
    known, observed = known_problems_of(record, around.facts), observed_of(record, site.kind, person, ended)
    flags = position.flags + clock_flags(record, now) + _flags(around, record, cleaned)
    row["flags"] = [*flags, *known.flags, *observed.flags]
    around.accept(record)
    answers = answer_rows(person.county, record)
    problems = list(problems_of(record, items))
    return Accepted(record.id, row, answers, record.files, problems, known, observed, ended, task)


def _second_officer(around: Surroundings, person: Person, record: Record) -> Person | None:
    if record.second_person_id is None:
        return None
    if record.second_person_id == person.id:
        raise Invalid({"second_person_id": say("两名检查人员不能是同一人，请另选一人")})
    second = around.people.get(record.second_person_id)
    if second is None:
        raise Invalid({"second_person_id": say("本县没有这名检查人员，请重新选择")})
    return second


def _items(around: Surroundings, record: Record) -> dict[str, ItemWords]:
    """The items of the list that the answers and files refer to; each must be one of its own."""
    key = record.checklist
    items = around.checklists.get((key.code, key.version)) if key else {}
    if items is None:
        raise Invalid({"checklist": say("系统里没有这份检查清单，请刷新页面后重新提交")})
    given = [(f"answers.{number}.item", answer.item) for number, answer in enumerate(record.answers)]
    given += [(f"files.{number}.item", file.item) for number, file in enumerate(record.files) if file.item]
    if strange := [path for path, item in given if item not in items]:
        raise Invalid({path: say("检查清单里没有这一项，请刷新页面后重新提交") for path in strange})
    return items


def _refuse_used_ids(around: Surroundings, record: Record) -> None:
    message = say("这个编号已被另一次检查的照片使用，请重新添加照片")
    used = {
        f"files.{number}.id": message
        for number, file in enumerate(record.files)
        if file.id in around.facts.used_photos
    }
    if used:
        raise Invalid(used)


def _flags(around: Surroundings, record: Record, cleaned: bool) -> list[str]:
    used = (record.device.id, record.device.sequence) in around.facts.sequences
    return ["sequence_reused"] * used + ["cleaned_text"] * cleaned
