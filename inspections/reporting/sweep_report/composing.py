"""The job's part of a joint report: photos made for paper, the map drawn, everything in words and tables."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from geo.times import local

from ...access import get
from ...casework.papers import in_words
from ...days import day_of
from ...errors import Conflict, say
from ...jobs import Work
from ...registry.counties import find_county
from ...registry.ground import townships
from ...registry.people import Person
from ...sweeps.report import Report, report_of
from ...sweeps.reported_stops import StopLine
from ...sweeps.sweeps import Sweep, SweepState
from ..casefile.pictures import printed
from ..documents.blocks import Block, Cell, Line, Picture, Table, table
from ..documents.files import COMPOSERS, Tell
from ..documents.kinds import Content, Frozen, Kind, register
from .sketch import draw

GATHERING, PHOTOS, MAPS = say("正在收集材料"), say("正在准备照片"), say("正在画位置图")
PHOTO_MM, MAP_MM, MOST_PHOTOS = 74.0, 156.0, 4
NOBODY = "未写明部门"
TEAM_HEAD = ["小组", "点位", "进入", "现场时间", "计划用时"]
DEPARTMENT_HEAD = ["部门", "发现", "确认", "通知或督办", "移送"]
TOWNSHIP_HEAD = ["镇街", "点位", "进入"]


def compose(work: Work, person: Person, sweep_id: UUID, tell: Tell) -> Content:
    tell(GATHERING, 0, 0)
    report = report_of(work.session, person, sweep_id)
    hashes = [sha256 for each in report.stops for sha256 in each.photos[:MOST_PHOTOS]]
    total = len(dict.fromkeys(hashes))
    tell(PHOTOS, 0, total)
    photos = printed(
        work.store, hashes, PHOTO_MM, lambda n: tell(PHOTOS, n, total) if n % 5 == 0 or n == total else None
    )
    tell(MAPS, 0, 0)
    sketch = draw(report, townships(work.session, work.county))
    home = find_county(work.session, work.county)
    bureau = home.bureau if home else ""
    return {"blocks": blocks_of(report, photos, sketch, bureau, datetime.now(UTC)), "bureau": bureau}


def blocks_of(
    report: Report, photos: Mapping[str, bytes], sketch: bytes | None, bureau: str, now: datetime
) -> list[Block]:
    sweep = report.sweep
    blocks: list[Block] = [
        Line("organ", bureau),
        Line("title", f"{sweep.name}\n总结报告"),
        Line("item", "一、总的情况"),
        *(Line("body", text) for text in summary(report)),
        Line("item", "二、各组"),
        table(TEAM_HEAD, [_team(each) for each in report.teams], [4, 1.5, 1.5, 2, 2]),
        Line("item", "三、各部门"),
        table(DEPARTMENT_HEAD, [_department(each) for each in report.counts.departments], [4, 1.5, 1.5, 2.4, 1.5]),
        Line("item", "四、与方案对照"),
        table(["内容", "方案", "实际"], against(report), [4, 3, 3]),
        Line("item", "五、镇街覆盖"),
        table(TOWNSHIP_HEAD, [[each.township or "未知", each.stops, each.visited] for each in report.coverage]),
    ]  # fmt: skip
    if sketch:
        blocks += [Picture(sketch, MAP_MM, f"{sweep.name}各组路线和点位"), Line("caption", "图 1　各组路线和点位")]
    if report.calls:
        blocks += [Line("item", "六、突发情况和支援"), *(Line("body", _call(each)) for each in report.calls)]
    blocks.append(Line("item", "七、各点位" if report.calls else "六、各点位"))
    for each in report.stops:
        blocks += _stop(each, photos)
    blocks += [Line("sign", bureau), Line("date", in_words(day_of(now).isoformat()))]
    return blocks


def summary(report: Report) -> list[str]:
    """What stands at the head of a report: S2's numbers in sentences."""
    sweep, n, so_far = report.sweep, report.counts, report.compared
    end = local(sweep.ended_at) if sweep.ended_at else None
    began = local(sweep.released_at or sweep.starts_at)
    hours = f"{began.year}年{began.month}月{began.day}日{began:%H:%M}" + (
        f"至{end:%H:%M}" if end else "起，尚未结束"
    )
    return [
        f"{hours}，出动{len(report.teams)}组{report.people}人，在岗合计{report.person_minutes // 60}小时"
        f"{report.person_minutes % 60}分。应查{n.stops}处，进入{n.visited}处；途中增加{so_far.added}处，取消"
        f"{so_far.dropped}处，改派{so_far.handed}处。",
        f"发现问题{n.findings}项，已确认{n.confirmed}项。下达整改通知{n.notices}份、督办单{n.supervision_orders}份，"
        f"移送{n.handovers}件，打击黑班黑校{n.struck}所。",
        *([f"提前结束的原因：{sweep.ended_reason}。"] if sweep.ended_reason else []),
    ]


def against(report: Report) -> list[list[str]]:
    """The night beside the plan: rows of a word, the plan's figure and the night's."""
    made = report.compared
    late = "—" if made.late_minutes is None else f"{made.late_minutes:+d} 分钟"
    return [
        ["点位数", f"{made.planned}", f"{made.planned + made.added - made.dropped}"],
        ["按计划时间进入（相差15分钟以内）", f"{made.timed}", f"{made.on_time}"],
        ["进入时间与计划相差（中位数）", "0", late],
        ["最后一处了结", _clock(made.planned_end), _clock(made.last_settled)],
        ["现场用时合计（进入过的点位）", f"{made.planned_minutes} 分钟", f"{made.minutes} 分钟"],
    ]


def _clock(moment: datetime | None) -> str:
    return f"{local(moment):%H:%M}" if moment else "—"


def _team(line: Any) -> list[Any]:
    return [line.view.team.name, line.stops, line.visited, f"{line.minutes} 分钟", f"{line.planned_minutes} 分钟"]


def _department(each: Any) -> list[Any]:
    name = str(each.department.label) if each.department else NOBODY
    return [name, each.found, each.confirmed, each.ordered, each.handed_over]


def _call(call: Any) -> str:
    said = f"{_clock(call.at)}　{call.team}　{call.kind.label}：{call.words or '（没有说明）'}。"
    return said + (f"{_clock(call.answered_at)}处置：{call.answer}。" if call.answered_at else "未见处置记录。")


def _stop(line: StopLine, photos: Mapping[str, bytes]) -> list[Block]:
    stop = line.stop
    number = f"{line.team}-{stop.position}　" if line.team else ""
    times = f"计划{_clock(stop.planned_enters_at)}，进入{_clock(stop.entered_at)}，了结{_clock(stop.settled_at)}"
    blocks: list[Block] = [
        Line("sub", f"{number}{line.name}"),
        Line(
            "body", f"{line.address or '地址未知'}。{line.team_name or '没有小组'}，{stop.state.label}。{times}。"
        ),
    ]
    blocks += [Line("body", f"{kind.label}：{words}。") for kind, words in line.remarks]
    for n, found in enumerate(line.findings, 1):
        department = str(found.department.label) if found.department else NOBODY
        blocks.append(Line("body", f"{n}．{found.text}（{department}，{found.state.label}）"))
    papers = [f"{each.kind.label}{each.number}" for each in line.orders]
    papers += [f"移送{each.recipient}（{each.number}）" for each in line.handovers]
    if papers:
        blocks.append(Line("body", f"文书：{'；'.join(papers)}。"))
    pictures = [photos[each] for each in line.photos[:MOST_PHOTOS] if each in photos]
    return blocks + _pictures(line.name, pictures)


def _pictures(name: str, pictures: Sequence[bytes]) -> list[Block]:
    """Two beside each other."""
    cells = [Cell([Picture(each, PHOTO_MM, f"{name}现场照片")], align="center") for each in pictures]
    rows = [cells[n : n + 2] for n in range(0, len(cells), 2)]
    return (
        [Table([[*row, *[Cell("")] * (2 - len(row))] for row in rows], [1, 1], heads=0, lines=False)]
        if rows
        else []
    )


def _read(session: Session, person: Person, sweep_id: UUID) -> Frozen:
    """Only which sweep it is about: the rest is put together by the job."""
    sweep = get(session, person, Sweep, sweep_id)
    report_of(session, person, sweep_id)
    if sweep.state is not SweepState.FINISHED:
        raise Conflict(say("行动结束以后才有总结报告"))
    return Frozen({}, f"{sweep.name}-总结报告-{day_of(sweep.starts_at).isoformat()}")


def _blocks(content: Content) -> list[Block]:
    return list(content["blocks"])


SAMPLE: dict[str, Any] = {
    "bureau": "示例县教育体育局",
    "blocks": [
        Line("organ", "示例县教育体育局"),
        Line("title", "示例联合行动\n总结报告"),
        Line("item", "一、总的情况"),
        Line("body", "应查12处，进入11处（示例）。"),
        table(["小组", "点位", "进入"], [["第1组（示例）", 6, 6]]),
        Line("sign", "示例县教育体育局"),
        Line("date", "2026年11月21日"),
    ],
}

SWEEP_REPORT = register(
    Kind("sweep_report", say("联合行动总结报告"), "letter", _blocks, SAMPLE, read=_read, is_slow=True)
)
COMPOSERS[SWEEP_REPORT.code] = compose
