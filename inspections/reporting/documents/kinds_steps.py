"""Papers of escalation and of hand-overs: the words are those of `casework.step_papers`, frozen with the step."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...access import get, visible
from ...casework.handovers import Handover, HandoverState
from ...casework.interview_corrections import newest_correction
from ...casework.papers import Line, in_words
from ...casework.step_papers import moment_in_words, record_of_interview, step_lines
from ...casework.steps import Step
from ...errors import Conflict, Message, NotFound, say
from ...registry.people import Person
from .blocks import Block, Cell, Table
from .kinds import WITHDRAWN, Content, Frozen, Kind, register

_HEAD: dict[str, Any] = {
    "format": "mingcha-step/1",
    "number": "",
    "county": "示例县",
    "bureau": "示例县教育体育局",
    "issued_on": "2026-11-23",
    "site": "示例培训中心",
    "problem": "20:30 以后仍在开展学科类培训（示例问题）",
    "deadline": "2026-11-20",
}
_REMINDER = {"addressee": "示例培训中心", "order": "示教整改〔2026〕17号"}
_INTERVIEW = {
    "number": "示教约谈〔2026〕2号",
    "invited": "示例培训中心负责人",
    "headcount": 2,
    "at": "2026-11-26T14:30",
    "place": "示例县教育体育局会议室",
    "host": "示例副局长",
    "subject": "逾期没有整改（示例事由）",
    "contact": "李示例",
    "telephone": "000-1234567",
}
_RECORD = {
    "version": 2,
    "corrected_on": "2026-11-27",
    "why": "人数写错（示例原因）",
    "held_at": "2026-11-26T14:35",
    "held_place": "示例县教育体育局会议室",
    "held_by": "示例副局长",
    "attended": "刘示例、王示例",
    "attended_count": 2,
    "said": "指出问题（示例内容）\n重申要求（示例内容）",
    "commitments": "12 月 5 日前整改到位（示例承诺）",
    "recorder": "李示例",
}
_NOTICE = {
    "number": "示教通报〔2026〕1号",
    "audience": "各镇街、各学校、各校外培训机构",
    "text": "示例培训中心逾期没有整改，现予通报（示例内容）。\n请引以为戒（示例内容）。",
}
_ACCOUNTABILITY = {
    "number": "示教问责〔2026〕1号",
    "subject": "示例学校校长",
    "headcount": 1,
    "body": "示例县教育体育局",
    "decided_on": "2026-11-20",
    "reference": "示教党〔2026〕8号",
    "measure": "诫勉（示例方式）",
    "basis": "示例县教育督导问责办法（示例依据）",
}
_HANDOVER = {
    "number": "示教移送〔2026〕4号",
    "recipient": "示例县市场监督管理局",
    "matter": "无证无照收费办班（示例情况）",
    "papers": ["检查记录", "照片 6 张"],
    "due_back_on": "2026-12-23",
}


def _blocks(content: Content) -> list[Block]:
    return list(step_lines(content))


def _circular(content: Content) -> list[Block]:
    """What goes to many, or to another organ, has its 版记: who printed it and when."""
    printed = [Line("printed", f"{content['bureau']}\t{in_words(content['issued_on'])}")]
    return [*step_lines(content), *(printed if content["issued_on"] else [])]


def _record(content: Content) -> list[Block]:
    """The facts at the beginning of a record stand in the rows of its form, without the red head."""
    lines = [line for line in step_lines(content) if line.style not in {"organ", "number"}]
    first = next((n for n, line in enumerate(lines) if line.style == "item"), len(lines))
    facts = [Line("fact", line.text) if line.style == "body" else line for line in lines[:first]]
    # One row that no page divides: who signs, signs below the last words
    signed = Table([[Cell(lines[-2:])]], [1], heads=0, lines=False)
    return [*facts, *lines[first:-2], signed]


def _fields(content: Content) -> dict[str, Any]:
    """The plain values, for a template that arranges them itself: `of_…`, since the frame has names of its own."""
    days = ("issued_on", "deadline", "due_back_on", "decided_on", "corrected_on")
    named: dict[str, Any] = {}
    for name, value in content.items():
        if name in {"number", "format", "by_inspectorate"}:
            continue
        if name in {"at", "held_at"}:
            value = moment_in_words(value) if value else ""
        elif name in days:
            value = in_words(value)
        elif isinstance(value, list):
            value = [{"name": str(each)} for each in value]
        named[f"of_{name}"] = "" if value is None else value
    return named


def _read_step(code: str) -> Callable[[Session, Person, UUID], Frozen]:
    def read(session: Session, person: Person, step_id: UUID) -> Frozen:
        step = get(session, person, Step, step_id)
        is_record = code == "interview_record"
        if step.kind.value != ("interview" if is_record else code):
            raise NotFound
        if step.content is None or (is_record and step.record is None):
            raise Conflict(say("签发或登记以后才有正式文书"))
        newest = newest_correction(session, step) if is_record else None
        content = record_of_interview(step, newest) if is_record else step.content
        return Frozen(content, f"{step.number_text or ''}{STEP_KINDS[code].label}")

    return read


def _read_handover(session: Session, person: Person, root_id: UUID) -> Frozen:
    """By the id of its first version; taken back, every version is."""
    get(session, person, Handover, root_id)
    of_root = visible(person, Handover).where(Handover.root_id == root_id).order_by(Handover.version.desc())
    newest = session.scalars(of_root.limit(1)).first()
    if newest is None:
        raise NotFound
    mark = WITHDRAWN if newest.state is HandoverState.WITHDRAWN else ""
    return Frozen(newest.content, newest.number_text, mark)


Draw = Callable[[Content], Sequence[Block]]


def _kind(code: str, label: Message, own: Mapping[str, Any], draw: Draw = _blocks, layout: str = "letter") -> Kind:
    read = _read_handover if code == "handover" else _read_step(code)
    return register(Kind(code, label, layout, draw, {**_HEAD, "kind": code, **own}, _fields, read=read))


STEP_KINDS = {
    kind.code: kind
    for kind in (
        _kind("due_soon", say("整改临期提醒函"), _REMINDER),
        _kind("reminder", say("整改催办通知"), _REMINDER),
        _kind("overdue", say("整改逾期告知书"), _REMINDER),
        _kind("interview", say("约谈通知书"), _INTERVIEW),
        _kind("interview_record", say("约谈记录"), _INTERVIEW | _RECORD, _record, "form"),
        _kind("notice", say("通报"), _NOTICE, _circular),
        _kind("accountability", say("问责情况"), _ACCOUNTABILITY),
        _kind("handover", say("案件移送函"), _HANDOVER, _circular),
    )
}
