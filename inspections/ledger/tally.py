"""Counting the ledger: one pass over the packed values of its items answers every filter and every subtotal.

A hundred thousand rows come as one text of bytes, seventeen numbers each, and are counted in columns; to let the
database count them filter by filter takes three to six times as long (`bin/bench ledger`). What was chosen in a
filter is left out of the query and becomes a mask over these rows, so that its other choices are counted too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import LargeBinary, Select, func, select
from sqlalchemy.orm import Session

from ..errors import Message, say
from .items import LedgerItem, LedgerWord

# In the order of migration 0021. The first ones are numbers of words, `due` and `found` days since DAY_ZERO.
WORDS = (
    "township", "site_kind", "check_kind", "item", "rule", "severity", "state", "is_open",
    "is_suspended", "is_reopened", "officer", "paper", "lead", "department", "step",
)  # fmt: skip
FIELDS = (*WORDS, "due", "found")
NUMBERS = {"severity", "is_open", "is_suspended", "is_reopened"}  # they stand for themselves
DAY_ZERO = date(2000, 1, 1)
NOT_DUE = -1
UNKNOWN = -1  # a word that no item ever had
NOTHING = "none"  # the choice of a filter for items of which something isn't known
SOON_DAYS = 7

Mask = npt.NDArray[np.bool_]


class Band(NamedTuple):
    """A range of days, both ends included; None is open."""

    key: str
    label: Message
    first: int | None
    last: int | None


AGES = (
    Band("7", say("7 天以内"), None, 7),
    Band("15", say("8–15 天"), 8, 15),
    Band("30", say("16–30 天"), 16, 30),
    Band("60", say("31–60 天"), 31, 60),
    Band("90", say("61–90 天"), 61, 90),
    Band("more", say("90 天以上"), 91, None),
)
DELAYS = (
    Band("7", say("逾期 1–7 天"), 1, 7),
    Band("15", say("逾期 8–15 天"), 8, 15),
    Band("30", say("逾期 16–30 天"), 16, 30),
    Band("more", say("逾期 30 天以上"), 31, None),
)


@dataclass
class Tally:
    """The rows of a question, a line of `table` for each of FIELDS, and the words behind their numbers."""

    table: npt.NDArray[np.int32]
    words: dict[int, str]
    today: date

    @classmethod
    def of(cls, packed: bytes, words: dict[int, str], today: date) -> "Tally":
        rows = np.frombuffer(packed, dtype=">i4").reshape(-1, len(FIELDS))
        return cls(np.ascontiguousarray(rows.T, dtype=np.int32), words, today)

    @property
    def total(self) -> int:
        return self.table.shape[1]

    def only(self, mask: Mask) -> "Tally":
        return self if mask.all() else Tally(self.table[:, mask], self.words, self.today)

    def counts(self, name: str) -> dict[str, int]:
        """How many items have each word of a field, `NOTHING` for those that have none."""
        numbers = np.bincount(self.column(name), minlength=1)
        known = np.flatnonzero(numbers).tolist()
        return {self.word(name, no): int(numbers[no]) for no in known}

    def word(self, name: str, no: int) -> str:
        """What a number of a field stands for."""
        return str(no) if name in NUMBERS else self.words[no] if no else NOTHING

    def has(self, name: str, words: Sequence[str]) -> Mask:
        """Which items have one of these words in a field."""
        if name in NUMBERS:
            return np.isin(self.column(name), [int(word) for word in words])
        # One may be the word of a closed list, too: no paper is `none`
        nothing = [0] if NOTHING in words else []
        return np.isin(self.column(name), [*nothing, *(self.numbers.get(word, UNKNOWN) for word in words)])

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {word: no for no, word in self.words.items()}

    def column(self, name: str) -> npt.NDArray[np.int32]:
        """One field of all rows."""
        return self.table[FIELDS.index(name)]

    @cached_property
    def is_open(self) -> Mask:
        return self.column("is_open") == 1

    @cached_property
    def runs(self) -> Mask:
        """Open, and the clock isn't stopped."""
        return self.is_open & (self.column("is_suspended") == 0)

    @cached_property
    def days_left(self) -> npt.NDArray[np.int32]:
        return self.column("due") - np.int32((self.today - DAY_ZERO).days)

    @cached_property
    def has_day(self) -> Mask:
        return self.column("due") != NOT_DUE

    @cached_property
    def is_overdue(self) -> Mask:
        return self.runs & self.has_day & (self.days_left < 0)

    @cached_property
    def is_soon(self) -> Mask:
        return self.runs & self.has_day & (self.days_left >= 0) & (self.days_left <= SOON_DAYS)

    @cached_property
    def urgency(self) -> dict[str, Mask]:
        """By the key of a mark of the ledger's filter `urgency`."""
        return {
            "overdue": self.is_overdue,
            "today": self.runs & self.has_day & (self.days_left == 0),
            "week": self.is_soon,
            "undated": self.runs & ~self.has_day,
            "suspended": self.is_open & (self.column("is_suspended") == 1),
            "reopened": self.is_open & (self.column("is_reopened") == 1),
        }

    def bands(self, name: str) -> dict[str, Mask]:
        """Which open items lie in each band of `age` or `delay`."""
        if name == "age":
            age = np.int32((self.today - DAY_ZERO).days) - self.column("found")
            return {band.key: self.is_open & _within(age, band) for band in AGES}
        return {band.key: self.is_overdue & _within(-self.days_left, band) for band in DELAYS}


def _within(days: npt.NDArray[np.int32], band: Band) -> Mask:
    inside = np.ones(len(days), dtype=bool)
    if band.first is not None:
        inside &= days >= band.first
    if band.last is not None:
        inside &= days <= band.last
    return inside


def tally(session: Session, found: Select[Any], today: Any) -> Tally:
    """Count what a query of ledger items finds. `today` is the day by SQL, so that both mean the same one."""
    packed = func.string_agg(LedgerItem.packed, b"", type_=LargeBinary)
    query = found.with_only_columns(packed, select(today).scalar_subquery())
    data, day = session.execute(query.execution_options(in_binary=True)).one()
    words = {no: word for no, word in session.execute(select(LedgerWord.no, LedgerWord.word))}  # noqa: C416
    return Tally.of(data or b"", words, day)
