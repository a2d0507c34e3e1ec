"""The words of a bulletin, drafted from its figures by sentences with gaps. A person edits them afterwards.

The text is Chinese in every language, as the paper is. A sentence whose number is nought is said as such or left
out; nothing is said that wasn't counted.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from ...days import day_of
from .bulletins import BulletinKind
from .due import Period

NO_FIGURE = "无可比数据"
BEST, FEWEST_RANKED = 3, 4


class Drafted(NamedTuple):
    key: str
    title: str
    text: str


EARLIER = (("before", "环比"), ("year_before", "同比"))


class Told:
    """The figures as sentences ask for them."""

    def __init__(self, period: Period, figures: Mapping[str, Any]):
        self.period, self.figures = period, figures
        self.cells: dict[str, int] = dict(figures["cells"])

    def __getitem__(self, key: str) -> int:
        return self.cells[key]

    @property
    def until(self) -> str:
        """本季度, or as far as it has gone."""
        name = {"daily": "当日", "half_month": "本半月", "quarterly": "本季度"}[self.period.kind.value]
        if not self.figures["is_running"]:
            return name
        day = day_of(datetime.fromisoformat(self.figures["as_of"]))
        return f"{name}截至{day.month}月{day.day}日"

    def compared(self, key: str) -> str:
        """，环比…，同比…; nothing where there is neither, which is said once (`_overview`)."""
        if not self.has_earlier:
            return ""
        said = []
        for name, words in EARLIER:
            cells = self.figures[name]["cells"]
            said.append(f"{words}{change(self[key], cells[key] if cells else None)}")
        return "，" + "，".join(said)

    @property
    def has_earlier(self) -> bool:
        return any(self.figures[name]["cells"] for name, _ in EARLIER)

    def share(self, part: str, whole: str) -> str:
        return percent(self[part], self[whole])


def change(now: int, before: int | None) -> str:
    """A change in words, honest where there is nothing to compare with.

    >>> change(12, 10), change(9, 10), change(3, 0), change(0, 0), change(5, None)
    ('上升20.0%', '下降10.0%', '增加3（上期为零）', '持平', '无可比数据')
    """
    if before is None:
        return NO_FIGURE
    if now == before:
        return "持平"
    if before == 0:
        return f"增加{now}（上期为零）"
    return f"{'上升' if now > before else '下降'}{abs(now - before) / before * 100:.1f}%"


def percent(part: int, whole: int) -> str:
    return f"{part / whole * 100:.1f}%" if whole else "—"


def draft_words(period: Period, figures: Mapping[str, Any]) -> list[Drafted]:
    """The sections of a bulletin in their order, each with its words."""
    told = Told(period, figures)
    return [Drafted(key, title, make(told)) for key, title, make in SECTIONS[period.kind]]


def _overview(told: Told) -> str:
    n = told
    text = (
        f"{n.until}，全县共检查{n['made.all']}次、{n['checked.all']}处，其中学校{n['checked.school']}所、"
        f"校外培训机构{n['checked.institution']}家、疑似违规办学点{n['checked.suspected']}处"
        f"{n.compared('made.all').replace('，环比', '；检查次数环比', 1)}。"
        f"确认问题{n['problem.all']}个{n.compared('problem.all')}；"
        f"已销号{n['mend.all']}个，整改完成率{n.share('mend.all', 'problem.all')}。"
        f"受理举报{n['tips.all']}件{n.compared('tips.all')}。"
    )
    return text if n.has_earlier else f"{text}此前没有记录，环比、同比均无可比数据。"


def _homework(told: Told) -> str:
    looked, amiss = told["looked_homework.school"], told["amiss_homework.school"]
    if not looked:
        return f"{told.until}没有检查学校作业设计和作业管理。"
    text = f"{told.until}对{looked}所学校的作业设计和作业管理进行了检查"
    text += f"，{looked - amiss}所全部符合，占{percent(looked - amiss, looked)}；" if amiss else "，全部符合。"
    if amiss:
        text += f"有不符合项的{amiss}所{told.compared('amiss_homework.school')}。"
    if told["problem.homework"]:
        text += f"确认作业管理问题{told['problem.homework']}个，已销号{told['mend.homework']}个。"
    return text


def _service(told: Told) -> str:
    looked, amiss = told["looked_service.school"], told["amiss_service.school"]
    if not looked:
        return f"{told.until}没有检查学校课后服务。"
    text = f"{told.until}对{looked}所学校的课后服务进行了检查，各项符合的{looked - amiss}所，"
    compared = told.compared("looked_service.school").replace("环比", "检查学校数环比", 1)
    text += f"占{percent(looked - amiss, looked)}{compared}。"
    if told["problem.service"]:
        text += f"确认课后服务问题{told['problem.service']}个，已销号{told['mend.service']}个。"
    return text


def _subject(told: Told) -> str:
    text = f"截至统计时点，全县在办校外培训机构{told['standing.all']}家，其中学科类{told['standing.subject']}家、"
    text += f"非学科类{told['standing.other']}家。{told.until}取缔学科类机构{told['shut.subject']}家"
    text += f"{told.compared('shut.subject')}。"
    if told["problem.subject"]:
        text += f"学科类机构确认问题{told['problem.subject']}个，已销号{told['mend.subject']}个。"
    return text


def _hidden(told: Told) -> str:
    text = f"{told.until}新发现疑似违规办学点{told['found.all']}处{told.compared('found.all')}；"
    text += f"检查疑似违规办学点{told['checked.suspected']}处，取缔{told['shut.suspected']}处、"
    text += f"责令停业{told['suspended.suspected']}处。"
    if told["problem.suspected"]:
        text += f"确认隐形变异培训问题{told['problem.suspected']}个，已销号{told['mend.suspected']}个，"
        text += f"逾期未改{told['overdue.suspected']}个。"
    return text


def _licences(told: Told) -> str:
    return (
        f"在办校外培训机构中，证照齐全{told['complete.all']}家，有证无照{told['permit_only.all']}家，"
        f"有照无证{told['registration_only.all']}家，无证无照{told['unlicensed.all']}家。"
        f"{told.until}取得办学许可{told['relicensed.all']}家。"
    )


def _funds(told: Told) -> str:
    if not told["problem.funds"] and not told["penalties.refund"]:
        return f"{told.until}没有确认校外培训机构资金监管和收退费方面的问题。"
    text = f"{told.until}确认资金监管和收退费问题{told['problem.funds']}个{told.compared('problem.funds')}，"
    return text + f"已销号{told['mend.funds']}个；责令退费{told['penalties.refund']}件。"


def _mending(told: Told) -> str:
    text = f"{told.until}印发整改通知书{told['orders.all']}件、督办单{told['pressed.all']}件。"
    text += f"确认问题{told['problem.all']}个，其中已销号{told['mend.all']}个、正在整改"
    text += f"{told['problem.all'] - told['mend.all']}个（逾期未改{told['overdue.all']}个）。"
    text += f"销号以往和本期问题共{told['closed.all']}个{told.compared('closed.all')}。"
    if told["reopened.all"]:
        text += f"复查发现反弹、重新打开问题{told['reopened.all']}个。"
    text += f"约谈{told['interviews.all']}人次，问责{told['accountability.all']}人次。"
    return text


def _tips(told: Told) -> str:
    text = f"{told.until}受理举报{told['tips.all']}件{told.compared('tips.all')}。"
    if told["tips.all"]:
        text += f"其中查实{told['tips.confirmed']}件、不属实{told['tips.unfounded']}件、"
        text += f"重复{told['tips.duplicate']}件，正在办理{told['tips.pending']}件；"
        text += f"不含重复的办结率{told.share('tips.settled', 'tips.counted')}。"
    return text


def _townships(told: Told) -> str:
    ranked = ranked_of(told.figures)
    shares = told.figures["weights"]["shares"]
    named = zip(("课后服务", "校外培训治理", "举报办理", "问题整改"), shares.values(), strict=True)
    text = f"按{'、'.join(f'{name}{share}%' for name, share in named)}的权重计分，"
    if len(ranked) < FEWEST_RANKED:
        return text + f"数据足以排名的镇街只有{len(ranked)}个，本期不排先后。"
    n = min(BEST, len(ranked) // 2)
    text += f"排在前列的是{_named(ranked[:n])}；排在后面的是{_named(ranked[-n:])}。"
    left = [each["name"] for each in told.figures["townships"] if each["score"]["rank"] is None]
    if left:
        text += f"{'、'.join(left)}的数据不够，不参加排名。"
    return text


def ranked_of(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The townships with a rank, the best first."""
    ranked = [each for each in figures["townships"] if each["score"]["rank"] is not None]
    return sorted(ranked, key=lambda each: (each["score"]["rank"], each["name"]))


def _named(townships: Sequence[Mapping[str, Any]]) -> str:
    return "、".join(f"{each['name']}（{each['score']['total']}分）" for each in townships)


def _next(told: Told) -> str:
    todo = []
    if told["overdue.all"]:
        todo.append(f"对逾期未改的{told['overdue.all']}个问题逐一明确牵头领导、责任部门、完成时限和整改措施")
    if told["tips.pending"]:
        todo.append(f"抓紧办理尚未办结的{told['tips.pending']}件举报")
    if told["registration_only.all"] + told["unlicensed.all"]:
        n = told["registration_only.all"] + told["unlicensed.all"]
        todo.append(f"对没有办学许可的{n}家机构依法分类处置")
    if told["found.all"]:
        todo.append("继续排查居民楼、车库、地下室等处的隐形变异培训")
    if not todo:
        return "各镇街、各学校要巩固成果，坚持常态化督导检查。"
    return f"各镇街、各有关单位要{'；'.join(todo)}，确保问题整改到位。"


def _by_township(told: Told) -> str:
    lines = []
    for each in told.figures["townships"]:
        cells = each["cells"]
        made, found, done = (cells.get(key, 0) for key in ("made.all", "problem.all", "mend.all"))
        if not made and not found:
            continue
        line = f"{each['name']}检查{made}次，确认问题{found}个，已销号{done}个"
        late = cells.get("overdue.all", 0)
        lines.append(line + (f"，逾期未改{late}个" if late else ""))
    idle = [each["name"] for each in told.figures["townships"] if not each["cells"].get("made.all")]
    text = "；".join(lines) + "。" if lines else "各镇街没有检查记录。"
    return text + (f"{'、'.join(idle)}没有开展检查。" if idle and lines else "")


def _day(told: Told) -> str:
    return (
        f"检查{told['made.all']}次（学校{told['made.school']}次、校外培训机构{told['made.institution']}次、"
        f"疑似违规办学点{told['made.suspected']}次），新发现疑似违规办学点{told['found.all']}处；"
        f"确认问题{told['problem.all']}个，印发整改通知书{told['orders.all']}件、督办单{told['pressed.all']}件；"
        f"销号问题{told['closed.all']}个，取缔{told['shut.all']}处；受理举报{told['tips.all']}件。"
    )


def _dispatch(told: Told) -> str:
    waits = []
    if told["proposed.all"]:
        waits.append(f"{told['proposed.all']}个问题等待确认")
    if told["tips.pending"]:
        waits.append(f"{told['tips.pending']}件举报等待核查")
    if told["incomplete.all"]:
        waits.append(f"{told['incomplete.all']}次检查的照片没有传齐")
    return "需要调度：" + "，".join(waits) + "。" if waits else "没有需要调度的事项。"


Section = tuple[str, str, Callable[[Told], str]]
SECTIONS: dict[BulletinKind, tuple[Section, ...]] = {
    BulletinKind.DAILY: (("day", "当日工作", _day), ("dispatch", "日调度", _dispatch)),
    BulletinKind.HALF_MONTH: (
        ("overview", "总体进展", _overview),
        ("by_township", "各镇街进展", _by_township),
        ("mending", "问题整改", _mending),
        ("tips", "举报查处", _tips),
        ("next", "下一步要求", _next),
    ),
    BulletinKind.QUARTERLY: (
        ("overview", "总体情况", _overview),
        ("homework", "学校作业设计和作业管理", _homework),
        ("service", "课后服务开展和水平", _service),
        ("subject", "学科类培训机构压减", _subject),
        ("hidden", "隐形变异培训查处", _hidden),
        ("licences", "“无证有照”机构重新审批登记", _licences),
        ("funds", "校外培训机构资金管理和风险防范", _funds),
        ("mending", "问题整改", _mending),
        ("tips", "举报查处", _tips),
        ("townships", "镇街考评", _townships),
        ("next", "下一步要求", _next),
    ),
}
