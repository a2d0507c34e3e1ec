"""The case file as blocks: cover, contents, papers, answers, checks, photos, maps, evidence list and time line."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from PIL import Image

from ...casework.papers import Line, in_words
from ...errors import Message
from ...evidence.recordings import is_recording
from ...field.checks import Check
from ...field.photos import Photo
from ..documents.blocks import Block, Break, Cell, Group, Mark, Picture, Table, table
from ..documents.kinds import kind_of
from .evidence import moment, of_photo, officers_of, pieces
from .gathering import Case

PHOTO_MM, HIGHEST_MM, MAP_MM = 74.0, 78.0, 136.0
WITHDRAWN = "（已撤回）"


@dataclass
class Part:
    """One entry of the list of contents."""

    name: str
    blocks: list[Block]
    number: str = ""
    on: str = ""


@dataclass(frozen=True)
class Drawn:
    """Pictures that a job has made: photos by the hash of their original, and maps."""

    photos: Mapping[str, bytes] = field(default_factory=dict)
    maps: Sequence[tuple[str, bytes]] = ()


def case_blocks(case: Case, drawn: Drawn, today: date) -> list[Block]:
    parts = [part for part in _parts(case, drawn) if part.blocks]
    contents = [_row(n, part) for n, part in enumerate(parts, start=1)]
    blocks: list[Block] = [*_cover(case, today), Break(), Line("part", "卷内目录")]
    heads = [Cell(each, align="center") for each in ("序号", "材料名称", "文号", "日期", "页号")]
    blocks.append(Table([heads, *contents], [1.5, 6, 5, 3, 1.6]))
    blocks.append(Line("small", "页号由 Word、WPS 计算：全选后按 F9 更新。"))
    for n, part in enumerate(parts, start=1):
        blocks += [Break(), Mark(f"part{n}"), *part.blocks]
    return blocks


def _row(n: int, part: Part) -> list[Cell]:
    texts = [Cell(str(n), align="center"), Cell(part.name), Cell(part.number), Cell(part.on)]
    return [*texts, Cell("", align="center", page_of=f"part{n}")]


def _cover(case: Case, today: date) -> list[Block]:
    finding, site = case.finding, case.site
    facts = {
        "案由": finding.text,
        "对象": site.name,
        "地址": site.address or "",
        "发现日期": moment(finding.found_at)[:10],
        "状态": str(finding.state.label),
        "结案日期": moment(finding.struck_off_at)[:10] if finding.struck_off_at else "未结案",
        "整改文书": "、".join(each.number_text or "" for each in case.orders) or "无",
        "立卷单位": case.bureau,
        "制作日期": in_words(today.isoformat()),
    }
    return [Line("title", "案　卷"), *(Line("fact", f"{name}：{value}") for name, value in facts.items())]


def _parts(case: Case, drawn: Drawn) -> Iterator[Part]:
    for order in case.orders:
        kind = kind_of(order.kind.value)
        content = order.content or {}
        state = WITHDRAWN if order.withdrawn_at else ""
        paper = _paper(kind.layout, list(kind.blocks(content)))
        yield Part(f"{kind.label}{state}", [paper], order.number_text or "", content.get("issued_on") or "")
    yield Part("送达情况", _services(case))
    yield Part("整改报告", _reports(case))
    yield Part("督办、处罚和移送", _measures(case))
    yield Part("检查和复查记录", _checks(case))
    yield Part("照片", _photos(case, drawn.photos))
    yield Part("位置图", _maps(drawn.maps))
    yield Part("证据清单", _evidence(case))
    yield Part("办理经过", _history(case))


def _paper(layout: str, blocks: list[Block]) -> Block:
    """A paper as it was issued; of a form the facts stand in rows, the rest in one cell below them."""
    lines = [each for each in blocks if isinstance(each, Line)]
    if layout != "form":
        return Group(blocks)
    head = [each for each in lines if each.style in {"organ", "number", "title"}]
    facts = [each.text.partition("：") for each in lines if each.style == "fact"]
    contact = [each for each in lines if each.style == "contact"]
    inside = [each for each in lines if each.style != "fact" and each not in (*head, *contact)]
    rows: list[list[str | Cell]] = [
        [Cell(label, align="center"), value] if colon else [Cell(label, across=2, align="center")]
        for label, colon, value in facts
    ]
    rows += [[Cell(part, across=2)] for part in (inside, contact) if part]
    return Group([*head, Table(rows, [42, 114], heads=0, may_split=True)])


def _services(case: Case) -> list[Block]:
    rows = [
        [order.number_text, str(each.method.label), each.served_on.isoformat(), case.names.get(each.server_id, ""),
         each.received_by or each.receipt_number or each.service_note or "", each.reason]
        for order in case.orders
        for each in reversed(case.services[order.id])
    ]  # fmt: skip
    head = ["文号", "方式", "送达日期", "送达人", "签收或情况", "更正原因"]
    return [Line("part", "送达情况"), table(head, rows, [4, 2, 2.4, 2, 4, 2.4])] if rows else []


def _reports(case: Case) -> list[Block]:
    blocks: list[Block] = []
    for order in case.orders:
        item = case.items.get(order.id)
        for report in reversed(case.reports[order.id]):
            response = report.response
            said = report.items.get(item.id) if item else None
            facts = {
                "文号": order.number_text,
                "报送": f"{response.name}，{moment(response.submitted_at)}",
                "整改情况": f"{said.claim.label}：{said.done}" if said else "",
                "总体说明": response.text,
                "审核": f"{response.state.label} {response.decision_reason or ''}".strip(),
                "证明材料": "；".join(each.name for proofs in report.proofs.values() for each in proofs),
            }
            blocks.append(_facts(facts))
    return [Line("part", "整改报告"), *blocks] if blocks else []


def _measures(case: Case) -> list[Block]:
    rows = [
        [str(step.kind.label), step.number_text or "", step.due_on.isoformat(), str(step.state.label), step.reason]
        for step in case.steps
    ]
    rows += [
        [str(each.kind.label), each.reference, each.decided_on.isoformat(), str(each.state.label),
         " ".join(filter(None, (each.body, f"{each.amount_yuan} 元" if each.amount_yuan else "", each.detail)))]
        for each in case.penalties
    ]  # fmt: skip
    rows += [
        [f"移送{each.recipient}", each.number_text, each.handed_on.isoformat(), str(each.state.label), each.answer]
        for each in case.handovers
    ]
    if not rows:
        return []
    head = ["事项", "文号", "日期", "状态", "说明"]
    return [Line("part", "督办、处罚和移送"), table(head, rows, [3, 4, 2.4, 2.4, 4])]


def _checks(case: Case) -> list[Block]:
    blocks: list[Block] = []
    for check in case.checks:
        recheck = case.rechecks.get(check.id)
        facts = {
            "性质": f"{check.kind.label}（{check.standing.label}）",
            "时间": f"{moment(check.device_started_at)} 至 {moment(check.device_finished_at)[11:]}",
            "检查人员": officers_of(case, check),
            "出示证件": moment(check.certificates_shown_at) if check.certificates_shown_at else "未记录",
            "定位": f"{check.fence.label}，等级 {check.location_grade}",
            "在场负责人": check.person_in_charge or check.signature_refused or "",
            "情况": check.summary or "",
            "复查结论": f"{recheck.outcome.label} {recheck.note}" if recheck else "",
            "记录的 SHA-256": grouped(check.record_sha256),
        }
        blocks.append(_facts(facts))
    return [Line("part", "检查和复查记录"), *blocks] if blocks else []


def _facts(facts: Mapping[str, Any]) -> Block:
    rows = [[Cell(name, align="center"), Cell(str(value))] for name, value in facts.items() if value]
    return Group([Table(rows, [1, 3.6], heads=0), Line("cell", "")])


def _photos(case: Case, pictures: Mapping[str, bytes]) -> list[Block]:
    """Pairs of one view stand side by side; the others two by two."""
    shown = [each for each in case.photos if not is_recording(each.media_type)]
    if not shown:
        return []
    checks = {each.id: each for each in case.checks}
    by_id = {each.id: each for each in shown}
    pairs = [(by_id[each.before_id], each) for each in shown if each.before_id in by_id]
    paired = {each.id for pair in pairs for each in pair}
    alone = [each for each in shown if each.id not in paired]
    blocks: list[Block] = [Line("part", "照片")]
    numbers = {each.id: n for n, each in enumerate(shown, start=1)}

    def cell(photo: Photo, word: str = "") -> Cell:
        return Cell(
            _photo(case, photo, checks[photo.check_id], numbers[photo.id], word, pictures.get(photo.sha256))
        )

    if pairs:
        rows: list[list[str | Cell]] = [["整改前", "整改后"]]
        rows += [[cell(before), cell(after)] for before, after in pairs]
        blocks.append(Table(rows, [1, 1]))
    if alone:
        cells = [cell(each) for each in alone]
        blocks.append(Table([cells[n : n + 2] for n in range(0, len(cells), 2)], [1, 1], heads=0))
    return blocks


def _photo(case: Case, photo: Photo, check: Check, number: int, word: str, picture: bytes | None) -> list[Block]:
    piece = of_photo(case, photo, check)
    alt = f"照片 {number} {piece.what}"
    drawn: Block = Line("small", "（文件打不开或还没有传到，原件见证据清单）")
    if picture:
        drawn = Picture(picture, _width_mm(picture), alt)
    return [
        drawn,
        Line("small", f"照片 {number}　{piece.what}"),
        Line("small", f"{piece.who}　{piece.when}　{piece.where}"),
        Line("small", f"SHA-256 {grouped(photo.sha256, 32)}"),
    ]


def _width_mm(picture: bytes) -> float:
    with Image.open(io.BytesIO(picture)) as opened:
        return min(PHOTO_MM - 4, HIGHEST_MM * opened.width / opened.height)


def _maps(maps: Sequence[tuple[str, bytes]]) -> list[Block]:
    blocks: list[Block] = [Line("part", "位置图")] if maps else []
    for caption, picture in maps:
        blocks += [Picture(picture, MAP_MM, caption), Line("caption", caption)]
    return blocks


def _evidence(case: Case) -> list[Block]:
    found = list(pieces(case))
    if not found:
        return []
    rows: list[list[str | Cell]] = [
        [
            Cell(str(n), align="center"),
            each.what,
            grouped(each.sha256),
            each.who,
            each.when.replace(" ", "\n"),
            each.where.replace(", ", "\n"),
            each.proves,
        ]
        for n, each in enumerate(found, start=1)
    ]
    head: list[str | Cell] = [
        Cell(each, align="center")
        for each in ("序号", "证据", "原件 SHA-256", "取得人", "时间", "地点", "证明内容")
    ]
    said = "原件保存在系统中，未作改动；文书中的照片按纸面大小缩小，原件以 SHA-256 为准。"
    widths = [1, 2.6, 3.7, 2, 2.1, 2.2, 2.6]
    return [Line("part", "证据清单"), Table([head, *rows], widths, is_small=True), Line("small", said)]


def _history(case: Case) -> list[Block]:
    rows: list[list[str | Cell]] = [
        [moment(each.at), str(each.title), each.who or str(each.actor.label), _told(each.text, each.facts)]
        for each in case.entries
    ]
    head: list[str | Cell] = [Cell(each, align="center") for each in ("时间", "事项", "经办", "内容")]
    return [Line("part", "办理经过"), Table([head, *rows], [2.6, 3, 2.2, 6], is_small=True)] if rows else []


def _told(text: str, facts: Iterable[tuple[Message, Any]]) -> str:
    """What was typed, and the facts of an entry in words."""
    named = [f"{name}：{_in_words(value)}" for name, value in facts]
    return "\n".join(filter(None, [text, "；".join(named)]))


def _in_words(value: Any) -> str:
    label = getattr(value, "label", None)
    if label is not None:
        return str(label)
    return moment(value) if hasattr(value, "astimezone") else str(value)


def grouped(sha256: str, size: int = 16) -> str:
    """A hash in lines that fit a column."""
    return "\n".join(sha256[n : n + size] for n in range(0, len(sha256), size))
