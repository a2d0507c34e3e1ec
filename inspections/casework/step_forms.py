"""What a person types for a step, read field by field: the words of its paper, or the record of an interview."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from ..days import CHINA
from ..errors import Invalid, Message, say
from .drafting import CONTROLS
from .steps import StepKind

MOST_HEADS = 1_000


class Words(NamedTuple):
    """A text: how long it may be, and what to say when it is missing; without that it may be left out."""

    longest: int
    missing: Message | None = None


class Moment(NamedTuple):
    """A day and an hour in China. `is_past` says that it can't lie ahead."""

    is_past: bool


class Day(NamedTuple):
    """A day that can't lie ahead."""


class Heads(NamedTuple):
    """A number of persons."""


class YesNo(NamedTuple):
    """A box that is ticked or not."""


Part = Words | Moment | Day | Heads | YesNo
WHO = Words(100, say("请填写约谈谁，例如学校校长、机构负责人"))
PAPERS: dict[StepKind, dict[str, Part]] = {
    StepKind.INTERVIEW: {
        "invited": WHO,
        "headcount": Heads(),
        "at": Moment(is_past=False),
        "place": Words(100, say("请填写约谈地点")),
        "host": Words(100, say("请填写由谁约谈")),
        "subject": Words(1_000, say("请填写约谈事由")),
        "contact": Words(50, say("请填写联系人")),
        "telephone": Words(40, say("请填写联系电话")),
        "by_inspectorate": YesNo(),
    },
    StepKind.NOTICE: {
        "audience": Words(200, say("请填写通报发给谁，例如各镇街、各学校")),
        "text": Words(5_000, say("请填写通报内容")),
        "by_inspectorate": YesNo(),
    },
    StepKind.ACCOUNTABILITY: {
        "subject": Words(300, say("请填写问责对象")),
        "headcount": Heads(),
        "body": Words(100, say("请填写由哪个机关决定")),
        "decided_on": Day(),
        "reference": Words(100),
        "measure": Words(1_000, say("请填写问责方式，例如责令检查、诫勉")),
        "basis": Words(1_000, say("请填写依据的文件和条款")),
        "by_inspectorate": YesNo(),
    },
}
RECORD: dict[str, Part] = {
    "held_at": Moment(is_past=True),
    "held_place": Words(100, say("请填写约谈地点")),
    "held_by": Words(100, say("请填写由谁约谈")),
    "attended": Words(500, say("请填写被约谈人的姓名和职务")),
    "attended_count": Heads(),
    "said": Words(5_000, say("请填写谈了什么")),
    "commitments": Words(3_000, say("请填写作出的整改承诺；没有承诺的写“未作承诺”")),
    "recorder": Words(50, say("请填写记录人")),
}


def read_form(parts: Mapping[str, Part], form: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The values as they are kept, days and moments as ISO texts. Raises Invalid by field."""
    problems: dict[str, Message] = {}
    found: dict[str, Any] = {}
    for name, part in parts.items():
        try:
            found[name] = _read(part, form.get(name), now)
        except Invalid as error:
            problems[name] = error.message
    if problems:
        raise Invalid(problems)
    return found


def _read(part: Part, given: Any, now: datetime) -> Any:
    text = CONTROLS.sub("", str(given or "").replace("\r\n", "\n")).strip()
    match part:
        case Words():
            return read_words(text, part.longest, part.missing)
        case Moment():
            return _moment(text, now if part.is_past else None)
        case Day():
            return read_day(text, now.astimezone(CHINA).date()).isoformat()
        case Heads():
            return _heads(text)
        case YesNo():
            return text not in {"", "0", "no"}


def read_words(text: str, longest: int, missing: Message | None) -> str:
    if not text and missing:
        raise Invalid(message=missing)
    if len(text) > longest:
        raise Invalid(message=say("最多 {n} 字，现在 {m} 字", n=longest, m=len(text)))
    return text


def _moment(text: str, latest: datetime | None) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo or not 2000 <= found.year < 2100:
        raise Invalid(message=say("请填写日期和时间，例如 2026-03-09 14:30"))
    if latest and found.replace(tzinfo=CHINA) > latest:
        raise Invalid(message=say("不能晚于现在"))
    return found.isoformat(timespec="minutes")


def read_day(text: str, latest: date | None = None) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or not 2000 <= found.year < 2100:
        raise Invalid(message=say("请填写日期，例如 2026-03-09"))
    if latest and found > latest:
        raise Invalid(message=say("不能晚于今天"))
    return found


def _heads(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST_HEADS:
        raise Invalid(message=say("请填写 1 至 {n} 的人数", n=MOST_HEADS))
    return int(text)
