"""The tables of a bulletin, for the page, the Word file and the workbook: the same rows for each."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ...errors import Message, say
from .bulletins import BulletinKind
from .words import change, percent, ranked_of

NOTHING = "—"


class Row(NamedTuple):
    """One figure with those before it. `cell` opens its records."""

    cell: str
    label: str
    now: int
    before: int | None
    change: str
    year_before: int | None
    year_change: str


class TownshipRow(NamedTuple):
    id: str
    name: str
    made: int
    problems: int
    done: int
    rate: str
    overdue: int
    tips: int
    total: float | None
    rank: int | None


_DAY = (
    "made.all", "made.school", "made.institution", "made.suspected", "found.all", "problem.all", "orders.all",
    "pressed.all", "closed.all", "shut.all", "tips.all",
)  # fmt: skip
_PERIOD = (
    "made.all", "checked.school", "checked.institution", "checked.suspected", "problem.all", "mend.all",
    "overdue.all", "orders.all", "pressed.all", "closed.all", "tips.all", "tips.confirmed",
)  # fmt: skip
_QUARTER = (
    "made.all", "checked.school", "checked.institution", "checked.suspected", "looked_homework.school",
    "amiss_homework.school", "looked_service.school", "amiss_service.school", "standing.subject", "shut.subject",
    "found.all", "shut.suspected", "registration_only.all", "relicensed.all", "problem.funds", "penalties.refund",
    "problem.all", "mend.all", "overdue.all", "orders.all", "pressed.all", "closed.all", "tips.all",
    "tips.confirmed", "tips.settled",
)  # fmt: skip
CELLS_OF: dict[BulletinKind, tuple[str, ...]] = {
    BulletinKind.DAILY: _DAY,
    BulletinKind.HALF_MONTH: _PERIOD,
    BulletinKind.QUARTERLY: _QUARTER,
}
# What stands in the paper, which is Chinese in every language
LABELS = {
    "made.all": "检查（次）",
    "made.school": "其中：学校（次）",
    "made.institution": "校外培训机构（次）",
    "made.suspected": "疑似违规办学点（次）",
    "checked.school": "检查学校（所）",
    "checked.institution": "检查校外培训机构（家）",
    "checked.suspected": "检查疑似违规办学点（处）",
    "looked_homework.school": "检查作业管理的学校（所）",
    "amiss_homework.school": "其中：有不符合项（所）",
    "looked_service.school": "检查课后服务的学校（所）",
    "amiss_service.school": "其中：有不符合项（所）",
    "standing.subject": "在办学科类机构（家）",
    "shut.subject": "取缔学科类机构（家）",
    "shut.suspected": "取缔违规办学点（处）",
    "shut.all": "取缔（处）",
    "found.all": "新发现疑似违规办学点（处）",
    "registration_only.all": "有照无证机构（家）",
    "relicensed.all": "重新取得办学许可（家）",
    "problem.funds": "资金和收退费问题（个）",
    "penalties.refund": "责令退费（件）",
    "problem.all": "确认问题（个）",
    "mend.all": "其中：已销号（个）",
    "overdue.all": "其中：逾期未改（个）",
    "orders.all": "印发整改通知书（件）",
    "pressed.all": "印发督办单（件）",
    "closed.all": "销号问题（个）",
    "tips.all": "受理举报（件）",
    "tips.confirmed": "其中：查实（件）",
    "tips.settled": "其中：已办结（件）",
}
FIGURE_HEAD = ("指标", "本期", "上期", "环比", "上年同期", "同比")
TOWNSHIP_HEAD = ("镇街", "检查", "问题", "销号", "完成率", "逾期", "举报", "得分", "名次")


def figure_rows(content: Mapping[str, Any]) -> list[Row]:
    figures = content["figures"]
    now = figures["cells"]
    before, year = figures["before"]["cells"], figures["year_before"]["cells"]
    kind = next(each for each in BulletinKind if each == content["kind"])
    return [
        Row(
            key,
            LABELS[key],
            now[key],
            before[key] if before else None,
            change(now[key], before[key] if before else None),
            year[key] if year else None,
            change(now[key], year[key] if year else None),
        )
        for key in CELLS_OF[kind]
    ]


def township_rows(content: Mapping[str, Any]) -> list[TownshipRow]:
    """The ranked first, the best at the top; then those without a rank, by name."""
    townships = content["figures"]["townships"]
    ranked = ranked_of(content["figures"])
    rest = [each for each in townships if each not in ranked]
    return [_township(each) for each in [*ranked, *rest]]


def _township(each: Mapping[str, Any]) -> TownshipRow:
    cells, score = each["cells"], each["score"]
    problems, done = cells.get("problem.all", 0), cells.get("mend.all", 0)
    return TownshipRow(
        each.get("id", ""),
        each["name"],
        cells.get("made.all", 0),
        problems,
        done,
        percent(done, problems),
        cells.get("overdue.all", 0),
        cells.get("tips.all", 0),
        score["total"],
        score["rank"],
    )


def has_townships(content: Mapping[str, Any]) -> bool:
    return content["kind"] != BulletinKind.DAILY


def unsettled(figures: Mapping[str, Any]) -> list[Message]:
    """What is not final yet in figures: in words, with how many records are still open."""
    cells = figures["cells"]
    said = [say("时段还没有结束，数字只到统计时点")] if figures["is_running"] else []
    for key, message in (
        ("proposed.all", say("{n} 个问题还没有确认", n=cells["proposed.all"])),
        ("tips.pending", say("{n} 件举报还没有办结", n=cells["tips.pending"])),
        ("incomplete.all", say("{n} 次检查的照片还没有传齐", n=cells["incomplete.all"])),
    ):
        if cells[key]:
            said.append(message)
    left = cells["problem.all"] - cells["mend.all"]
    if left:
        said.append(say("{n} 个问题还在整改，销号以后完成率会变", n=left))
    return said
