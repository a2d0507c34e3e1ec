"""One line of docs/benchmarks.md: our time against a peer's, measured in the same run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    name: str
    ours_ms: float
    peer_ms: float
    target: str
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours ÷ the peer's: below 1 we are faster."""
        return self.ours_ms / self.peer_ms
