"""What must hold between the cells of a table. Each is checked on every table made; what fails is shown."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ...errors import Message, say
from . import annex5
from .figure import Figure


class Identity(NamedTuple):
    """The sum of some cells equals the sum of others, or is at most that."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    is_equal: bool = True

    def holds(self, cells: Mapping[str, int]) -> bool:
        left, right = (sum(cells[key] for key in keys) for keys in (self.left, self.right))
        return left == right if self.is_equal else left <= right


class Broken(NamedTuple):
    """An identity that fails, in words."""

    identity: Identity
    message: Message


def _equal(left: str, *right: str) -> Identity:
    return Identity((left,), right)


def _at_most(left: str, *right: str) -> Identity:
    return Identity((left,), right, is_equal=False)


def _crossfoot(figures: Iterable[Figure]) -> list[Identity]:
    """合计 = 小学 + 初中, 合计 = 学科类 + 非学科类"""
    return [_equal(*(cell.key for cell in figure.cells)) for figure in figures]


COLUMNS = ("all", "primary", "junior")
ADDED_UP = (annex5.INSTITUTIONS, annex5.SCHOOLS, annex5.NOTICES, *annex5.MENDING)

IDENTITIES: tuple[Identity, ...] = (
    # 说明：“学校整改落实情况”栏中，存在问题=已完成整改+正在整改问题
    *(_equal(f"problems.{each}", f"done.{each}", f"in_progress.{each}") for each in COLUMNS),
    *_crossfoot(ADDED_UP),
    # One inspector may have been to both, so the sum lies between the larger column and both together
    _at_most("inspectors.all", "inspectors.primary", "inspectors.junior"),
    *(_at_most(f"inspectors.{each}", "inspectors.all") for each in COLUMNS[1:]),
    *(_at_most(f"mended.{each}", f"troubled.{each}") for each in COLUMNS),
    *(_at_most(f"troubled.{each}", f"problems.{each}") for each in COLUMNS),
    *(_at_most(f"{figure.key}.own", f"{figure.key}.all") for figure in annex5.CALLED_TO_ACCOUNT),
)
# Only for figures of this moment: an older one may have been reopened or struck off since
WITH_LEDGER = _equal("done.all", "ledger.all")


def check(cells: Mapping[str, int]) -> list[Broken]:
    """The identities that fail in a table. One that names a cell the table hasn't is left out."""
    known = [*IDENTITIES, *([WITH_LEDGER] if "ledger.all" in cells else [])]
    return [
        Broken(each, _in_words(each, cells))
        for each in known
        if {*each.left, *each.right} <= cells.keys() and not each.holds(cells)
    ]


def _in_words(identity: Identity, cells: Mapping[str, int]) -> Message:
    left, right = ([_cell(key, cells) for key in keys] for keys in (identity.left, identity.right))
    if identity.is_equal:
        return say("不平衡：{left} 应等于 {right}", left=left, right=right)
    return say("不平衡：{left} 不应多于 {right}", left=left, right=right)


def _cell(key: str, cells: Mapping[str, int]) -> Message:
    figure, split = annex5.CELLS[key]
    return say("{figure}·{split} {n}", figure=figure.label, split=split.label, n=cells[key])


def in_both(cells: Mapping[str, int]) -> int:
    """How many inspectors went to primary and to junior schools: why their columns don't add up."""
    return cells["inspectors.primary"] + cells["inspectors.junior"] - cells["inspectors.all"]
