"""One line of docs/benchmarks.md: our figure against a peer's, measured in the same run."""

import gc
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


def side_by_side(ours: Callable[[], object], peer: Callable[[], object], runs: int = 5) -> tuple[float, float]:
    """Median milliseconds of each. They take turns, so that a busy machine slows both; ours warms up once."""
    ours()
    times = [(once(ours), once(peer)) for _ in range(runs)]
    return statistics.median(own for own, _ in times), statistics.median(other for _, other in times)


def once(work: Callable[[], object]) -> float:
    """One run in milliseconds."""
    gc.collect()  # or one side pays for what the other left behind
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
