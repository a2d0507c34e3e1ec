"""The random part: a simple random sample of all eligible sites, by numbers that a seed gives to each site.

A site's number is SHA-256 over seed and id, so it depends on neither the order of rows nor other sites.
The smallest numbers are drawn: each eligible site has the same chance (permanent random numbers: Ohlsson,
"Coordination of samples using permanent random numbers", 1995). What drops out is followed by the next number.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import numpy as np

from .pool import Bools, Ints


class Draw(NamedTuple):
    """`rows` in the order they were drawn; each eligible site had the same `chance`."""

    rows: Ints
    chance: float


def exploration_size(wanted: int, percent: int, eligible: int) -> int:
    """How many of the list are drawn: the percentage rounded half up, at least one, as far as there are sites."""
    return min(max((wanted * percent + 50) // 100, 1), wanted, eligible)


def draw(ids: Sequence[UUID], frame: Bools, size: int, seed: int) -> Draw:
    """Draw `size` of the sites in the frame. The same for the same seed, whatever else there is."""
    inside = np.flatnonzero(frame)
    ordered = sorted(inside.tolist(), key=lambda row: (number_of(seed, ids[row]), ids[row]))
    chosen = ordered[: max(size, 0)]
    return Draw(np.array(chosen, dtype=int), len(chosen) / len(inside) if len(inside) else 0.0)


def number_of(seed: int, site_id: UUID) -> int:
    """The permanent random number of a site, from 0 to 2^64 - 1."""
    digest = hashlib.sha256(f"{seed}\n{site_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big")
