"""What the phones did and were told: the only thing besides the phones' own memory that the checker believes."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Outcome = Literal["ok", "fail", "unknown"]


@dataclass(frozen=True)
class Operation:
    """One request. Moments are seconds of the monotonic clock.

    `ok`: the phone holds proof. `fail`: the server said no. `unknown`: no answer, or one that proves nothing; it
    may have been done or not.
    """

    phone: str
    what: str
    about: str  # id of the record or hash of the file
    began: float
    ended: float
    outcome: Outcome
    status: int = 0
    retry_after_s: float = 0
    note: str = ""


class History:
    """Filled by all phones at once."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self._operations: list[Operation] = []
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Operation]:
        with self._lock:
            return iter(list(self._operations))

    def add(self, operation: Operation) -> None:
        with self._lock:
            self._operations.append(operation)

    def of(self, *what: str) -> list[Operation]:
        return [each for each in self if each.what in what]

    def acknowledged(self, *what: str) -> set[str]:
        """Ids and hashes that some phone holds proof of."""
        return {each.about for each in self.of(*what) if each.outcome == "ok"}

    def counts(self) -> dict[str, int]:
        return dict(Counter(each.outcome for each in self))

    def statuses(self) -> Counter[int]:
        return Counter(each.status for each in self)
