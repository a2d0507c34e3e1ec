"""Papers of escalation and of hand-overs: the words are those of `casework.step_papers`, frozen with the step."""

from collections.abc import Mapping
from typing import Any

from ...casework.step_papers import step_lines
from ...errors import Message, say
from .blocks import Block
from .kinds import Content, Kind, register

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


def _fields(content: Content) -> dict[str, Any]:
    """The plain values, for a template that arranges them itself. Those of the frame keep their names."""
    frame = {"number", "format", "body"}
    return {f"of_{name}": value for name, value in content.items() if name not in frame}


def _kind(code: str, label: Message, own: Mapping[str, Any]) -> Kind:
    return register(Kind(code, label, "letter", _blocks, {**_HEAD, "kind": code, **own}, _fields))


STEP_KINDS = {
    kind.code: kind
    for kind in (
        _kind("due_soon", say("整改临期提醒函"), _REMINDER),
        _kind("reminder", say("整改催办通知"), _REMINDER),
        _kind("overdue", say("整改逾期告知书"), _REMINDER),
        _kind("interview", say("约谈通知书"), _INTERVIEW),
        _kind("interview_record", say("约谈记录"), _INTERVIEW | _RECORD),
        _kind("notice", say("通报"), _NOTICE),
        _kind("accountability", say("问责情况"), _ACCOUNTABILITY),
        _kind("handover", say("案件移送函"), _HANDOVER),
    )
}
