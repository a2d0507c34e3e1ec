"""The sites a list is chosen from, as columns: numbers and codes only, so that a choice can be made again."""

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any, Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from ...errors import Message, say

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class LeftOut(IntEnum):
    """Why a site can't be on a list; the first that holds counts. Snapshots hold these numbers."""

    NO = 0
    NOWHERE = 1
    DISMISSED = 2
    CLOSED = 3
    RECUSAL = 4
    TASKED = 5
    HANDLED = 6
    CAP = 7
    LATELY = 8
    REFUSED = 9


LEFT_OUT_WORDS: dict[LeftOut, Message] = {
    LeftOut.NOWHERE: say("没有准确坐标，先定位再排"),
    LeftOut.DISMISSED: say("已排除"),
    LeftOut.CLOSED: say("已取缔，由回访任务定期查看"),
    LeftOut.RECUSAL: say("有回避申请待决定，定了再排"),
    LeftOut.TASKED: say("已有未完成的任务"),
    LeftOut.HANDLED: say("正在整改，期限未到"),
    LeftOut.CAP: say("今年的检查次数已到上限，又没有线索、交办或复查"),
    LeftOut.LATELY: say("14 天内刚查过，之后没有新线索"),
    LeftOut.REFUSED: say("在这份名单上被否决过"),
}


class Exempt(IntEnum):
    """Why a visit doesn't count against the yearly cap (国办发〔2024〕54号)."""

    NO = 0
    TIP = 1
    ASSIGNMENT = 2
    RECHECK = 3


EXEMPT_WORDS: dict[Exempt, Message] = {
    Exempt.TIP: say("有新线索，不受年度上限限制"),
    Exempt.ASSIGNMENT: say("上级或部门交办，不受年度上限限制"),
    Exempt.RECHECK: say("复查，不受年度上限限制"),
}


@dataclass(frozen=True)
class Pool:
    """One row a site, in the order of ids. `township` holds the codes of `townships` (-1: in none).

    `held` are on the list already and stay; `held_part` says as what (codes of `PARTS`, -1 for none).
    """

    id_high: NDArray[np.uint64]
    id_low: NDArray[np.uint64]
    town_high: NDArray[np.uint64]
    town_low: NDArray[np.uint64]
    lon: Floats
    lat: Floats
    probability: Floats
    severity: Floats
    minutes: Ints
    left_out: Ints
    exempt: Ints
    is_due: Bools
    held_part: Ints

    def __len__(self) -> int:
        return len(self.id_high)

    @classmethod
    def of(cls, ids: list[UUID], townships: list[UUID | None], **columns: Any) -> Self:
        """The rows brought into the order of ids, so that it doesn't matter in which they were read."""
        high, low = halves(ids)
        order = np.lexsort((low, high))
        town_high, town_low = halves([each or UUID(int=0) for each in townships])
        given = {"id_high": high, "id_low": low, "town_high": town_high, "town_low": town_low} | columns
        return cls(**{each.name: np.asarray(given[each.name])[order] for each in fields(cls)})

    @property
    def ids(self) -> list[UUID]:
        return whole_ids(self.id_high, self.id_low)

    @property
    def towns(self) -> tuple[list[UUID | None], Ints]:
        """The townships in the order of their ids, and for each row the number of its own."""
        ids = whole_ids(self.town_high, self.town_low)
        names = sorted(set(ids))
        numbers = {each: n for n, each in enumerate(names)}
        return [each if each.int else None for each in names], np.array([numbers[each] for each in ids], dtype=int)

    @property
    def eligible(self) -> Bools:
        return self.left_out == LeftOut.NO

    @property
    def value(self) -> Floats:
        """Expected weight of what a visit finds. Rounded, so that equal facts are equal numbers."""
        return np.round(self.probability * self.severity, 6)

    def columns(self) -> dict[str, NDArray[Any]]:
        return {each.name: getattr(self, each.name) for each in fields(self)}


def halves(ids: list[UUID]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    mask = (1 << 64) - 1
    return (
        np.array([each.int >> 64 for each in ids], dtype=np.uint64),
        np.array([each.int & mask for each in ids], dtype=np.uint64),
    )


def whole_ids(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> list[UUID]:
    return [UUID(int=(h << 64) | w) for h, w in zip(high.tolist(), low.tolist(), strict=True)]
