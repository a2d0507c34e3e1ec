"""The printed form of annex 5: five columns, its heads merged as on the paper (S3, 附件5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ...errors import Message, say
from . import annex5
from .entries import Words
from .figure import Figure
from .identities import in_both

COLUMNS = 5
WITHOUT_UNIT = {annex5.MENDED.key, annex5.DONE.key, annex5.IN_PROGRESS.key}
DISTRICTS = {"区": say("区"), "县": say("县"), "市": say("市"), "旗": say("旗")}


class Number(NamedTuple):
    """A number in the form: the cell it is."""

    key: str


@dataclass(frozen=True)
class Square:
    """One box of the form. `parts` stand in it one after the other: words of the form or of a person, and numbers.

    `kind` is side, head, label, number or text.
    """

    kind: str
    parts: tuple[Message | str | Number, ...]
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True)
class Form:
    """A table with its figures, ready to be shown or printed. `notes` stand below it."""

    title: str
    words: Words
    rows: tuple[tuple[Square, ...], ...]
    cells: Mapping[str, int]
    notes: tuple[Message, ...] = field(default=())


def form_of(title: str, county: str, words: Words, cells: Mapping[str, int]) -> Form:
    """The form of some cells; `county` is the name of the county, for its word 区, 县 or 市."""
    rows = (
        (_side(say("责任督学到培训机构督导工作情况")), _institutions()),
        *_section(say("责任督学到校督导工作情况"), _heads(say("落实内容"), annex5.INSPECTORS), annex5.AT_SCHOOLS),
        *_main_problems(words),
        *_section(say("学校整改落实情况"), _heads(say("整改进展"), annex5.PROBLEMS), annex5.MENDING),
        *_called_to_account(county),
        (
            _side(annex5.CASES.label),
            Square("text", (say("共发现典型经验"), Number("cases.all"), say("例（附相关材料）")), columns=4),
        ),
    )
    return Form(title, words, rows, cells, tuple(_notes(cells)))


def district(county: str) -> Message:
    """区, 县, 市 or 旗: what the county calls itself."""
    return DISTRICTS.get(county.partition("（")[0].strip()[-1:], DISTRICTS["县"])


def _side(text: Message, rows: int = 1) -> Square:
    return Square("side", (text,), rows=rows)


def _institutions() -> Square:
    parts = (
        say("实地督导校外培训机构数量"),
        Number("institutions.all"),
        say("（个），其中：学科类"),
        Number("institutions.subject"),
        say("，非学科类"),
        Number("institutions.other"),
    )
    return Square("text", parts, columns=4)


def _heads(first: Message, figure: Figure) -> tuple[Square, ...]:
    return Square("head", (first,)), *(Square("head", (split.label,)) for split in figure.splits)


def _section(
    side: Message, heads: tuple[Square, ...], figures: tuple[Figure, ...]
) -> tuple[tuple[Square, ...], ...]:
    rows = [(_label(figure), *_numbers(figure)) for figure in figures]
    return (_side(side, len(figures) + 1), *heads), *rows


def _label(figure: Figure) -> Square:
    if figure.key in WITHOUT_UNIT:
        return Square("label", (figure.label,))
    return Square("label", (say("{figure}（{unit}）", figure=figure.label, unit=figure.unit),))


def _numbers(figure: Figure, last: int = 1) -> tuple[Square, ...]:
    """The row of a figure; its last box is `last` columns wide."""
    wide = [1] * (len(figure.splits) - 1) + [last]
    return tuple(Square("number", (Number(c.key),), columns=n) for c, n in zip(figure.cells, wide, strict=True))


def _main_problems(words: Words) -> tuple[tuple[Square, ...], ...]:
    rows = [(Square("text", (f"{n}．", text), columns=4),) for n, text in enumerate(words.main_problems, start=1)]
    return (_side(say("主要问题"), len(rows)), *rows[0]), *rows[1:]


def _called_to_account(county: str) -> tuple[tuple[Square, ...], ...]:
    own = say("其中：{district}教育督导部门", district=district(county))
    heads = (
        Square("head", (say("问责情况"),)),
        Square("head", (say("合计"),)),
        Square("head", (own,), columns=2),
    )
    figures = annex5.CALLED_TO_ACCOUNT
    rows = [(_label(figure), *_numbers(figure, last=2)) for figure in figures]
    return (_side(say("问责情况"), len(figures) + 1), *heads), *rows


def _notes(cells: Mapping[str, int]) -> list[Message]:
    notes = [
        say("说明：“学校整改落实情况”栏中，存在问题=已完成整改+正在整改问题"),
        say("九年一贯制学校计入初中，只计一次；幼儿园、高中不在本表的学校栏目中。"),
    ]
    if n := in_both(cells):
        notes.append(say("有 {n} 名责任督学小学、初中都去过，合计中只计一次，所以合计比两栏之和少 {n}。", n=n))
    return notes
