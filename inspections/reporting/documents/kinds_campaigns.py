"""专项行动日报告: the frozen report of a day as a paper with a red head."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...access import get, require
from ...casework.papers import in_words, numeral
from ...errors import say
from ...registry.people import Person
from ...special_campaigns.daily_reports import KIND, DailyReport
from ..bulletins.content import as_of_words
from .blocks import Block, Line, table
from .kinds import Content, Frozen, Kind, register

NONE = "—"
SAMPLE: dict[str, Any] = {
    "format": "mingcha-campaign-day/1",
    "campaign": "百日攻坚（示例）",
    "county": "示例县",
    "bureau": "示例县教育体育局",
    "day": "2026-11-20",
    "number": 10,
    "days": 100,
    "as_of": "2026-11-20T15:59:59+00:00",
    "of_day": "",
    "of_all": "",
    "rows": [{"key": "made.all", "label": "检查次数", "unit": "次", "day": 3, "all": 30, "target": 100}],
    "towns": [{"id": "", "name": "示例镇", "cells": {"made.all": 3, "found.all": 0, "problem.all": 1,
               "orders.all": 1, "closed.all": 0, "shut.all": 0}}],
    "sweeps": [{"id": "", "name": "城区夜查（示例）", "stops": 6, "visited": 5, "findings": 3, "notices": 2,
                "struck": 1}],
    "canvasses": [{"id": "", "name": "晚间排查（示例）", "done": 12, "asked": 40}],
    "items": [{"item": "摸排（示例）", "responsible": "各镇街", "last_day": "2026-11-25", "is_done": False,
               "is_late": False}],
    "words": "今日重点核查了示例小区（示例文字）。",
}  # fmt: skip
TOWN_HEAD = ("镇街", "检查", "新发现", "问题", "整改通知", "销号", "取缔")
TOWN_KEYS = ("made.all", "found.all", "problem.all", "orders.all", "closed.all", "shut.all")


def _blocks(content: Content) -> list[Block]:
    sections = [(title, blocks) for title, blocks in _sections(content) if blocks]
    body: list[Block] = []
    for n, (title, blocks) in enumerate(sections, start=1):
        body += [Line("item", f"{numeral(n)}、{title}"), *blocks]
    return [
        Line("organ", content["bureau"]),
        Line("title", f"“{content['campaign']}”专项行动日报告\n（{in_words(content['day'])}）"),
        *body,
        Line("sign", content["bureau"]),
        Line("date", in_words(content["day"])),
    ]


def _sections(content: Content) -> Iterator[tuple[str, list[Block]]]:
    yield "当日情况", [Line("body", _summary(content)), *_figures(content)]
    yield "联合执法", [Line("body", _sweep(each)) for each in content["sweeps"]]
    yield "网格排查", [Line("body", _canvass(each)) for each in content["canvasses"]]
    yield "各镇街情况", _towns(content)
    yield "时间安排", [Line("body", _item(each)) for each in content["items"]]
    yield "情况说明", [Line("body", text.strip()) for text in content["words"].splitlines() if text.strip()]


def _summary(content: Content) -> str:
    did = "，".join(f"{row['label']} {row['day']} {row['unit']}" for row in content["rows"] if row["day"])
    told = did or "没有新的记录"
    return f"今天是行动第 {content['number']} 天（共 {content['days']} 天）。当日{told}。"


def _figures(content: Content) -> list[Block]:
    rows = [
        [f"{row['label']}（{row['unit']}）", row["day"], row["all"], row["target"] or NONE, share_of(row)]
        for row in content["rows"]
    ]
    head = ("项目", "当日", "累计", "目标", "完成")
    caption = Line("caption", f"表 1　当日和累计数字（统计截至{as_of_words(content)}）")
    return [caption, table(head, rows, widths=[5, 1.5, 1.5, 1.5, 1.5])]


def share_of(row: Content) -> str:
    return f"{100 * row['all'] // row['target']}%" if row["target"] else NONE


def _sweep(each: Content) -> str:
    return (
        f"“{each['name']}”计划 {each['stops']} 处，到访 {each['visited']} 处，发现问题 {each['findings']} 个，"
        f"下发整改通知 {each['notices']} 份，打击无证办学 {each['struck']} 处。"
    )


def _canvass(each: Content) -> str:
    return f"“{each['name']}”应走 {each['asked']} 格次，已走 {each['done']} 格次。"


def _towns(content: Content) -> list[Block]:
    if not content["towns"]:
        return []
    rows = [[town["name"], *(town["cells"][key] for key in TOWN_KEYS)] for town in content["towns"]]
    return [Line("caption", "表 2　各镇街当日情况"), table(TOWN_HEAD, rows, widths=[3, 1, 1, 1, 1.4, 1, 1])]


def _item(each: Content) -> str:
    state = "已完成" if each["is_done"] else "已过期限" if each["is_late"] else "进行中"
    last = in_words(date.fromisoformat(each["last_day"]).isoformat())
    return f"{each['item']}（{each['responsible']}，{last}前）：{state}。"


def _read(session: Session, person: Person, report_id: UUID) -> Frozen:
    require(person, "campaign.see")
    report = get(session, person, DailyReport, report_id)
    content = report.content
    return Frozen(content, f"{content['campaign']}日报告 {content['day']}")


CAMPAIGN_DAY = register(Kind(KIND, say("专项行动日报告"), "letter", _blocks, SAMPLE, read=_read))
