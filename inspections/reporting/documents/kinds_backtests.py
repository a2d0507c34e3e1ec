"""回测报告: the figures of a back-test as a report. They never change once computed, so they need no freezing."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ...access import get, require
from ...casework.papers import in_words
from ...days import day_of
from ...errors import Conflict, say
from ...registry.counties import find_county
from ...registry.people import Person
from ...targeting.backtests.backtests import Backtest
from ...targeting.backtests.verdicts import of_cells, of_visits
from ..figures.periods import period_of
from .blocks import Block, Line, table
from .kinds import Content, Frozen, Kind, register

ORDERS = {"score": "按风险得分", "recency": "最久没查的先查", "done": "实际先后", "random": "随机"}
CELL_ORDERS = {"hot": "期初热点", "recency": "最久没看的先看", "walked": "实际走过的", "random": "随机"}
SAMPLE: dict[str, Any] = {
    "bureau": "示例县教育体育局",
    "organisation": "示例县教育体育局",
    "period": "2026 年第三季度（示例）",
    "first": "2026-07-01",
    "last": "2026-09-30",
    "on_visits": ["明显好于随机（示例）。"],
    "on_cells": ["与随机没有明显差别（示例）。"],
    "visits": [["按风险得分", "60%（50%–70%）", "3.0（1.0 到 5.0）"]],
    "cells": [["5%", "期初热点", "30%（20%–40%）", "6.0", "50%"]],
    "basis": "方法第 1 版，随机种子 1（示例）。",
    "issued_on": "2026-10-01",
}


def _blocks(content: Content) -> list[Block]:
    return [
        Line("organ", content["bureau"]),
        Line("title", f"{content['period']}\n检查目标回测报告"),
        Line("item", "一、检查的先后"),
        *(Line("body", text) for text in content["on_visits"]),
        Line("caption", "表 1　前一半检查查出的比例"),
        table(
            ["怎么排", "前一半查出（95% 区间）", "平均提前天数（95% 区间）"], content["visits"], widths=[2, 3, 3]
        ),
        Line("item", "二、热点准不准"),
        *(Line("body", text) for text in content["on_cells"]),
        Line("caption", "表 2　网格命中率、PAI 与 PEI"),
        table(["面积", "怎么排", "命中率（95% 区间）", "PAI", "PEI"], content["cells"], widths=[1, 2, 3, 1, 1]),
        Line("plain", f"注：时段为{in_words(content['first'])}至{in_words(content['last'])}。{content['basis']}"),
        Line("sign", content["organisation"]),
        Line("date", in_words(content["issued_on"])),
    ]


def _read(session: Session, person: Person, backtest_id: UUID) -> Frozen:
    require(person, "backtest.see")
    row = get(session, person, Backtest, backtest_id)
    if row.result is None or row.computed_at is None:
        raise Conflict(say("回测还没有算完，请稍候再下载"))
    home = find_county(session, row.county)
    named = period_of(row.quarter) if row.quarter else None
    period = str(named.label) if named else f"{row.first_day}至{row.last_day}"
    bureau = home.bureau if home else ""
    content = {
        "bureau": bureau,
        "organisation": bureau,
        "period": period,
        "first": row.first_day.isoformat(),
        "last": row.last_day.isoformat(),
        "on_visits": [str(each) for each in of_visits(row.result)],
        "on_cells": [str(each) for each in of_cells(row.result)],
        "visits": _visits(row.result["visits"]),
        "cells": _cells(row.result["cells"]),
        "basis": f"方法第 {row.version} 版，随机种子 {row.seed}，数据快照 {row.visits_id}、{row.cells_id}。",
        "issued_on": day_of(row.computed_at).isoformat(),
    }
    return Frozen(content, f"{period}回测报告")


def _visits(visits: dict[str, Any]) -> list[list[str]]:
    orders = visits["orders"] | {"random": visits["random"]}
    return [
        [name, _percent(orders[key]["share"]), _days(orders[key]["days_earlier"])] for key, name in ORDERS.items()
    ]


def _cells(cells: dict[str, Any]) -> list[list[str]]:
    rows = []
    for each in cells["shares"]:
        orders = each["orders"] | {"random": each["random"]}
        for key, name in CELL_ORDERS.items():
            one = orders[key]
            best = one.get("pei")
            pei = f"{100 * best[0]:.0f}%" if best else "—"
            pai = f"{one['pai'][0]:.1f}" if one["pai"] else "—"
            rows.append([f"{100 * each['share']:.0f}%", name, _percent(one["hit_rate"]), pai, pei])
    return rows


def _percent(value: list[float] | None) -> str:
    return "—" if value is None else "{:.0f}%（{:.0f}%–{:.0f}%）".format(*(100 * each for each in value))


def _days(value: list[float] | None) -> str:
    return "—" if value is None else "{:.1f}（{:.1f} 到 {:.1f}）".format(*value)


BACKTEST = register(Kind("backtest", say("回测报告"), "letter", _blocks, SAMPLE, read=_read))
