"""预警通报: the frozen words of an early warning as a paper with a red head."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...access import get, require
from ...casework.papers import in_words
from ...errors import Conflict, say
from ...registry.people import Person
from ...targeting.warnings.sending import KIND
from ...targeting.warnings.warnings import EarlyWarning
from .blocks import Block, Line
from .kinds import Content, Frozen, Kind, register
from .kinds_bulletins import balanced

SAMPLE: dict[str, Any] = {
    "format": "mingcha-warning/1",
    "bureau": "示例县教育体育局",
    "organisation": "示例县教育体育局",
    "title": "关于“示例镇线索持续上升”的预警通报",
    "to": "示例镇人民政府",
    "severity": "红色预警",
    "detector": "持续上升（CUSUM）",
    "day": "2026-11-20",
    "words": ["2026-11-20 为止 7 天共 13 件，按此前水平约 2.8 件（示例数字）。"],
    "recent": [1, 1, 2, 1, 3, 2, 3],
    "step_days": 1,
    "text": "请立即组织核查，并于时限前书面反馈（示例要求）。",
    "due_on": "2026-11-21",
    "contact": "李示例",
    "telephone": "000-1234567",
    "issued_on": "2026-11-20",
}


def _blocks(content: Content) -> list[Block]:
    telephone = f"，电话：{content['telephone']}" if content["telephone"] else ""
    return [
        Line("organ", content["bureau"]),
        Line("title", balanced(content["title"])),
        Line("to", f"{content['to']}："),
        Line("item", "一、预警情况"),
        Line("body", f"预警级别：{content['severity']}。预警方法：{content['detector']}。"),
        *(Line("body", text) for text in content["words"]),
        *_recent(content),
        Line("item", "二、工作要求"),
        *(Line("body", text.strip()) for text in content["text"].splitlines() if text.strip()),
        Line("body", f"反馈时限：{in_words(content['due_on'])}。"),
        Line("sign", content["organisation"]),
        Line("date", in_words(content["issued_on"])),
        Line("contact", f"（联系人：{content['contact']}{telephone}）"),
    ]


def _recent(content: Content) -> list[Block]:
    if not content["recent"]:
        return []
    counts = "、".join(str(each) for each in content["recent"])
    step = "天" if content["step_days"] == 1 else f"个 {content['step_days']} 天"
    return [
        Line("body", f"截至{in_words(content['day'])}的最近 {len(content['recent'])} {step}，件数依次为{counts}。")
    ]


def _read(session: Session, person: Person, warning_id: UUID) -> Frozen:
    require(person, "warning.see")
    row = get(session, person, EarlyWarning, warning_id)
    if row.content is None:
        raise Conflict(say("发出预警通报以后才有正式文书"))
    return Frozen(row.content, str(row.content["title"]))


WARNING = register(Kind(KIND, say("预警通报"), "letter", _blocks, SAMPLE, read=_read))
