"""Two records under the id of one check: how they differ, and which of them stands. Neither is ever removed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import events
from ..access import get, require
from ..casework.rechecks import RecheckOutcome
from ..errors import Conflict, InspectionError, Invalid, Message, say
from ..registry.people import Person
from ..registry.sites import Site
from .checklists import ChecklistItem
from .checks import Check, CheckConflict, CheckKind, Verdict, Version
from .record import Parsed

LONGEST_REASON = 500
LONGEST_VALUE = 2_000

NAMES: dict[str, Message] = {
    "site_id": say("点位"),
    "kind": say("检查类别"),
    "started_at": say("开始"),
    "finished_at": say("结束"),
    "second_person_id": say("第二检查人"),
    "certificates_shown_at": say("出示证件"),
    "recording_told_at": say("告知录音录像"),
    "summary": say("检查小结"),
    "person_in_charge": say("在场负责人"),
    "no_fix_reason": say("没有定位的原因"),
    "signature.refused": say("拒签原因"),
    "checklist.code": say("检查清单"),
    "checklist.version": say("检查清单版本"),
    "fixes": say("定位（条）"),
    "task_id": say("任务"),
}
# Named as a whole, one line for each of its entries
PARTS: dict[str, Message] = {"rechecks": say("已知问题复查"), "observations": say("登记的事实")}
# Written anew whenever a phone sends again; says nothing about the visit
PASSED_OVER = ("format", "id", "device.")


class Difference(NamedTuple):
    """One thing that the records say differently. `item` is the checklist item, where it is an answer to one."""

    name: Message | str
    first: Message | str
    second: Message | str
    item: ChecklistItem | None = None


@dataclass(frozen=True)
class CheckConflictPage:
    """`differences` is None where the second record can't be read at all; its bytes are kept all the same."""

    conflict: CheckConflict
    check: Check
    site: Site
    officer: Person
    sender: Person
    settled_by: Person | None
    differences: list[Difference] | None


def read_check_conflict(session: Session, person: Person, conflict_id: UUID) -> CheckConflictPage:
    """Two records of a check that the person may see, else `NotFound`."""
    conflict = get(session, person, CheckConflict, conflict_id)
    county = conflict.county
    check = session.get_one(Check, (county, conflict.check_id))
    return CheckConflictPage(
        conflict,
        check,
        session.get_one(Site, (county, check.site_id)),
        session.get_one(Person, (county, check.person_id)),
        session.get_one(Person, (county, conflict.person_id)),
        session.get(Person, (county, conflict.settled_by_id)) if conflict.settled_by_id else None,
        _differences(session, check, conflict),
    )


def find_conflicts(session: Session, check: Check) -> list[CheckConflict]:
    """The other records of a check, in the order in which they came."""
    of_check = (CheckConflict.county == check.county, CheckConflict.check_id == check.id)
    query = select(CheckConflict).where(*of_check).order_by(CheckConflict.received_at, CheckConflict.id)
    return list(session.scalars(query))


def choose(
    session: Session, person: Person, conflict_id: UUID, version: str, reason: str, now: datetime
) -> CheckConflict:
    """Write down which record stands, with a reason. Raises `Forbidden`, `NotFound`, `Invalid`, `Conflict`."""
    require(person, "conflict.decide")
    conflict = get(session, person, CheckConflict, conflict_id)
    session.refresh(conflict, with_for_update=True)
    if conflict.stands is not None:
        raise Conflict(say("这一处已经有人决定了，请刷新页面"))
    chosen = next((each for each in Version if each == version), None)
    if chosen is None:
        raise Invalid({"version": say("请选择以哪一份为准")})
    if not reason.strip():
        raise Invalid({"reason": say("请写明理由，会记入这次检查的历史")})
    conflict.stands, conflict.reason = chosen, reason.strip()[:LONGEST_REASON]
    conflict.settled_by_id, conflict.settled_at = person.id, now
    check = session.get_one(Check, (conflict.county, conflict.check_id))
    events.record(
        session,
        person,
        "settle",
        check,
        stands=chosen.value,
        first=check.record_sha256,
        second=conflict.record_sha256,
        reason=conflict.reason,
    )
    return conflict


def _differences(session: Session, check: Check, conflict: CheckConflict) -> list[Difference] | None:
    try:
        first, second = (dict(_facts(Parsed(each).tree)) for each in (check.record, conflict.record))
    except InspectionError:
        return None
    items = session.scalars(
        select(ChecklistItem).where(
            ChecklistItem.checklist_code == check.checklist_code,
            ChecklistItem.checklist_version == check.checklist_version,
        )
    )
    by_path = {f"answers.{item.code}": item for item in items}
    return [
        Difference(_name(path), first.get(path, "—"), second.get(path, "—"), by_path.get(path))
        for path in [*first, *(path for path in second if path not in first)]
        if first.get(path) != second.get(path)
    ]


def _facts(tree: dict[str, Any]) -> Iterator[tuple[str, Message | str]]:
    """What a record says, one line each: answers by item, files by id, the rest by its path."""
    for name, value in tree.items():
        if name == "answers" and isinstance(value, list):
            yield from ((f"answers.{_of(each, 'item')}", _answer(each)) for each in value)
        elif name == "files" and isinstance(value, list):
            yield from ((f"files.{_of(each, 'id')}", _file(each)) for each in value)
        elif name == "rechecks" and isinstance(value, list):
            yield from ((f"rechecks.{_of(each, 'finding_id')}", _recheck(each)) for each in value)
        elif name == "observations" and isinstance(value, list):
            yield from ((f"observations.{_of(each, 'id')}", _observation(each)) for each in value)
        elif name == "fixes" and isinstance(value, list):
            yield name, str(len(value))
        elif name == "kind":
            yield name, next((word.label for word in CheckKind if word == value), _text(value))
        elif isinstance(value, dict):
            yield from (
                (path, _text(each)) for each_name, each in value.items() if _is_said(path := f"{name}.{each_name}")
            )
        elif _is_said(name):
            yield name, _text(value)


def _name(path: str) -> Message | str:
    whole, _, _rest = path.partition(".")
    return NAMES.get(path) or (PARTS.get(whole) or path)


def _is_said(path: str) -> bool:
    return not path.startswith(PASSED_OVER)


def _of(part: Any, name: str) -> str:
    return _text(part.get(name)) if isinstance(part, dict) else _text(part)


def _answer(answer: Any) -> Message | str:
    if not isinstance(answer, dict):
        return _text(answer)
    verdict = next((word.label for word in Verdict if word == answer.get("verdict")), _text(answer.get("verdict")))
    note = _text(answer.get("note"))
    return say("{verdict}：{note}", verdict=verdict, note=note) if note else verdict


def _recheck(given: Any) -> Message | str:
    if not isinstance(given, dict):
        return _text(given)
    outcome = next((word.label for word in RecheckOutcome if word == given.get("outcome")), "")
    return say("{verdict}：{note}", verdict=outcome or _text(given.get("outcome")), note=_text(given.get("note")))


def _observation(given: Any) -> str:
    if not isinstance(given, dict):
        return _text(given)
    facts = given.get("facts")
    pairs = [f"{name} {_text(value)}" for name, value in facts.items()] if isinstance(facts, dict) else []
    return " · ".join(filter(None, (_text(given.get("subject")), _text(given.get("about")), *pairs)))[
        :LONGEST_VALUE
    ]


def _file(file: Any) -> str:
    if not isinstance(file, dict):
        return _text(file)
    return " · ".join(filter(None, (_text(file.get("caption")), _text(file.get("sha256"))[:12])))


def _text(value: Any) -> str:
    return "" if value is None else str(value)[:LONGEST_VALUE]
