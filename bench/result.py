"""One line of docs/benchmarks.md: our figure against a peer's, measured in the same run."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """Both figures are in `unit`; less is better. `target` is in words: `≤ 1.4 ×`, `≥ 100 × less`."""

    name: str
    ours: float
    peer: float
    target: str = ""
    note: str = ""
    unit: str = "ms"
    peer_name: str = "peer"

    @property
    def ratio(self) -> float:
        """Ours ÷ the peer's: below 1 we are faster or smaller."""
        return self.ours / self.peer


def milliseconds(work: Callable[[], object], runs: int = 5) -> float:
    """Median wall time of some runs, after one that isn't counted."""
    work()
    return statistics.median(once(work) for _ in range(runs))


def once(work: Callable[[], object]) -> float:
    """One run's milliseconds, for peers too slow to repeat."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
