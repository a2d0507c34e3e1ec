"""The papers of escalation (reminders, 约谈, 通报, 问责) and hand-overs: the words of `casework.step_papers`."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...access import get
from ...casework.handovers import Handover, HandoverState
from ...casework.papers import Line, in_words
from ...casework.step_papers import moment_in_words, record_of_interview, step_lines
from ...casework.steps import Step
from ...errors import Conflict, Message, NotFound, say
from ...registry.people import Person
from .blocks import Block
from .kinds import WITHDRAWN, Content, Frozen, Kind, register

_HEAD = {
    "format": "mingcha-step/1",
    "number": "示教办〔2026〕5号",
    "county": "示例县",
    "bureau": "示例县教育体育局",
    "issued_on": "2026-11-23",
    "site": "示例培训中心",
    "addressee": "示例培训中心",
    "order": "示教整改〔2026〕17号",
    "problem": "20:30 以后仍在开展学科类培训（示例问题）",
    "deadline": "2026-11-20",
}
_INTERVIEW = {
    "invited": "示例培训中心负责人",
    "headcount": 1,
    "at": "2026-11-25T14:30",
    "place": "示例会议室",
    "host": "示例副局长",
    "subject": "整改逾期（示例事由）",
    "contact": "李示例",
    "telephone": "000-1234567",
}
_HELD = {
    "held_at": "2026-11-25T14:30",
    "held_place": "示例会议室",
    "held_by": "示例副局长",
    "attended": "刘示例（负责人）",
    "attended_count": 1,
    "said": "说明问题和要求（示例内容）",
    "commitments": "十日内整改到位（示例承诺）",
    "recorder": "李示例",
}
_NOTICE = {"audience": "各镇街、各学校", "text": "现将有关情况通报如下（示例内容）。"}
_ACCOUNTABILITY = {
    "subject": "示例对象",
    "headcount": 1,
    "body": "示例机关",
    "decided_on": "2026-11-22",
    "reference": "示纪〔2026〕1号",
    "measure": "责令检查（示例方式）",
    "basis": "示例文件第一条",
}
_HANDOVER = {
    "recipient": "示例县市场监督管理局",
    "matter": "涉嫌无照经营（示例情况）",
    "papers": ["现场照片（示例）", "检查记录（示例）"],
    "due_back_on": "2026-12-31",
}


def _blocks(content: Content) -> list[Block]:
    return list(step_lines(content))


def _circular(content: Content) -> list[Block]:
    """What goes to many has its 版记: who printed it and when."""
    printed = [Line("printed", f"{content['bureau']}\t{in_words(content['issued_on'])}")]
    return [*step_lines(content), *(printed if content["issued_on"] else [])]


def _record(content: Content) -> list[Block]:
    """The facts at the beginning of a record stand in the rows of its form, without the red head."""
    lines = [line for line in step_lines(content) if line.style not in {"organ", "number"}]
    first = next((n for n, line in enumerate(lines) if line.style == "item"), len(lines))
    facts = [Line("fact", line.text) if line.style == "body" else line for line in lines[:first]]
    return [*facts, *lines[first:]]


def _fields(content: Content) -> dict[str, Any]:
    """Plain texts and lists of texts, days in words."""
    named: dict[str, Any] = {
        name: value for name, value in content.items() if isinstance(value, str | int) and name not in FRAMED
    }
    for name in ("issued_on", "deadline", "due_back_on", "decided_on"):
        if name in content:
            named[name] = in_words(content[name])
    for name in ("at", "held_at"):
        if content.get(name):
            named[name] = moment_in_words(content[name])
    named["person_to_ask"] = content.get("contact") or ""
    named["papers"] = [{"name": each} for each in content.get("papers", [])]
    return named


FRAMED = frozenset({"format", "kind", "number", "contact", "by_inspectorate"})


def _read_step(kind: str) -> Any:
    def read(session: Session, person: Person, step_id: UUID) -> Frozen:
        step = get(session, person, Step, step_id)
        if kind != ("interview_record" if kind == "interview_record" else step.kind.value):
            raise NotFound
        if step.content is None or (kind == "interview_record" and step.record is None):
            raise Conflict(say("签发或登记以后才有正式文书"))
        content = record_of_interview(step) if kind == "interview_record" else step.content
        return Frozen(content, f"{step.number_text or ''}{KINDS_OF_STEPS[kind]}")

    return read


def _read_handover(session: Session, person: Person, handover_id: UUID) -> Frozen:
    handover = get(session, person, Handover, handover_id)
    return Frozen(
        handover.content, handover.number_text, WITHDRAWN if handover.state is HandoverState.WITHDRAWN else ""
    )


KINDS_OF_STEPS: dict[str, Message] = {
    "due_soon": say("整改临期提醒函"),
    "reminder": say("整改催办通知"),
    "overdue": say("整改逾期告知书"),
    "interview": say("约谈通知书"),
    "interview_record": say("约谈记录"),
    "notice": say("通报"),
    "accountability": say("问责情况"),
}
_SAMPLES: dict[str, dict[str, Any]] = {
    "interview": _INTERVIEW,
    "interview_record": _INTERVIEW | _HELD,
    "notice": _NOTICE,
    "accountability": _ACCOUNTABILITY,
}
_DRAWN = {"notice": _circular, "interview_record": _record}

for _code, _label in KINDS_OF_STEPS.items():
    _sample = _HEAD | _SAMPLES.get(_code, {}) | {"kind": _code}
    register(
        Kind(
            _code,
            _label,
            "form" if _code == "interview_record" else "letter",
            _DRAWN.get(_code, _blocks),
            _sample,
            _fields,
            read=_read_step(_code),
        )
    )
register(
    Kind(
        "handover",
        say("案件移送函"),
        "letter",
        _circular,
        _HEAD | _HANDOVER | {"kind": "handover"},
        _fields,
        read=_read_handover,
    )
)
