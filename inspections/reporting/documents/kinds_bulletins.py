"""日报告, 半月通报 and 季度通报: frozen content as the blocks of a paper with a red head."""

from collections.abc import Iterator
from typing import Any

from ...casework.papers import in_words, numeral
from ...errors import say
from ..bulletins.bulletins import BulletinKind
from ..bulletins.content import as_of_words, title_of_case
from ..bulletins.counting import days_in_words
from ..bulletins.tables import FIGURE_HEAD, NOTHING, TOWNSHIP_HEAD, figure_rows, has_townships, township_rows
from ..bulletins.tables import LABELS as FIGURE_LABELS
from .blocks import Block, Line, Picture, table
from .kinds import Content, Kind, register

MAP_MM = 150.0


def blocks_of(content: Content) -> list[Block]:
    """The paper in its order. A draft has no number and no date: their lines are empty."""
    head: list[Block] = [
        Line("organ", content["bureau"]),
        Line("number", content["number"]),
        Line("title", content["title"]),
    ]
    if content["addressee"]:
        head.append(Line("to", f"{content['addressee']}："))
    end = [Line("sign", content["organisation"]), Line("date", in_words(content["issued_on"]))]
    if content["contact"]:
        telephone = f"，电话：{content['telephone']}" if content["telephone"] else ""
        end.append(Line("contact", f"（联系人：{content['contact']}{telephone}）"))
    if content["issued_on"]:
        end.append(Line("printed", f"{content['bureau']}\t{in_words(content['issued_on'])}"))
    return [*head, *_sections(content), *_cases(content), *_tables(content), *end]


def _sections(content: Content) -> Iterator[Block]:
    for n, section in enumerate(content["sections"], start=1):
        yield Line("item", f"{numeral(n)}、{section['title']}")
        for text in section["text"].splitlines():
            if text.strip():
                yield Line("body", text.strip())


def _cases(content: Content) -> Iterator[Block]:
    if not content["cases"]:
        return
    yield Line("item", f"{numeral(len(content['sections']) + 1)}、典型案例")
    for n, case in enumerate(content["cases"], start=1):
        name = title_of_case(case) if "anonymous" in case else case["site"]
        yield Line("sub", f"（{numeral(n)}）{name}")
        for text in case["text"].splitlines():
            if text.strip():
                yield Line("body", text.strip())


def _tables(content: Content) -> Iterator[Block]:
    figures = content["figures"]
    yield Line("caption", f"表 1　{content['period']}主要数字（统计截至{as_of_words(figures)}）")
    rows = [
        [row.label, row.now, _or(row.before), row.change, _or(row.year_before), row.year_change]
        for row in figure_rows(content)
    ]
    yield table(FIGURE_HEAD, rows, widths=[5, 1.6, 1.6, 3, 1.8, 3])
    before, year = (
        days_in_words(figures[name]["first"], figures[name]["last"]) for name in ("before", "year_before")
    )
    yield Line("plain", f"注：上期为{before}，上年同期为{year}；“无可比数据”指当时还没有记录。")
    if not has_townships(content):
        return
    yield Line("caption", f"表 2　各镇街情况（{content['period']}）")
    towns = [
        [
            row.name, row.made, row.problems, row.done, row.rate, row.overdue, row.tips,
            row.total if row.total is not None else "数据不够", row.rank if row.rank is not None else NOTHING,
        ]
        for row in township_rows(content)
    ]  # fmt: skip
    yield table(TOWNSHIP_HEAD, towns, widths=[2.6, 1.2, 1.2, 1.2, 1.6, 1.2, 1.2, 1.8, 1.2])
    from ..bulletins.map_picture import map_of  # the drawing of pictures loads slowly, and few papers need it

    picture = map_of(figures)
    if picture:
        yield Picture(picture, MAP_MM, alt="各镇街确认问题数分布图")
        yield Line("caption", "图 1　各镇街确认问题数（个）")


def _or(n: int | None) -> Any:
    return NOTHING if n is None else n


def _sample(kind: BulletinKind) -> dict[str, Any]:
    score = {"total": 88.5, "rank": 1, "parts": {}}
    cells = dict.fromkeys(FIGURE_LABELS, 3) | {"proposed.all": 0, "tips.pending": 0, "incomplete.all": 0}
    ring = [[115.0, 28.0], [115.1, 28.0], [115.1, 28.1], [115.0, 28.1], [115.0, 28.0]]
    town = {
        "id": "",
        "name": "示例镇",
        "cells": {"made.all": 3, "problem.all": 2},
        "score": score,
        "rings": [ring],
    }
    earlier = {"first": "2026-04-01", "last": "2026-06-30", "selection": "", "cells": None}
    return {
        "format": "mingcha-bulletin/1",
        "kind": kind.value,
        "period": "2026年第三季度（示例）",
        "first": "2026-07-01",
        "last": "2026-09-30",
        "number": "示教督通〔2026〕3号",
        "title": "关于2026年第三季度“双减”工作情况的通报（示例）",
        "county": "示例县",
        "bureau": "示例县教育体育局",
        "organisation": "示例县教育体育局",
        "addressee": "各镇街，各学校、校外培训机构，各有关单位",
        "sections": [{"key": "overview", "title": "总体情况（示例）", "text": "本季度检查 3 次（示例文字）。"}],
        "cases": [{"site": "某校外培训机构", "text": "检查发现未公示收费标准（示例案情）。"}],
        "figures": {
            "as_of": "2026-09-25T02:00:00+00:00",
            "is_running": False,
            "cells": cells,
            "before": earlier,
            "year_before": earlier,
            "townships": [town],
        },
        "contact": "李示例",
        "telephone": "000-1234567",
        "issued_on": "2026-09-25",
    }


KINDS = {
    kind: register(Kind(f"bulletin_{kind.value}", label, "letter", blocks_of, _sample(kind)))
    for kind, label in (
        (BulletinKind.DAILY, say("日报告")),
        (BulletinKind.HALF_MONTH, say("半月通报")),
        (BulletinKind.QUARTERLY, say("季度通报")),
    )
}
