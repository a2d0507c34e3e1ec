"""Seeded chance: the same seed gives the same county on every machine."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

Thing = TypeVar("Thing")


class Chance(random.Random):
    """One stream of chance. Streams of other names don't shift when one of them is drawn from more often."""

    def __init__(self, *names: object):
        self.names = names
        super().__init__(":".join(str(name) for name in names))

    def stream(self, name: str) -> "Chance":
        return Chance(*self.names, name)

    def happens(self, probability: float) -> bool:
        return self.random() < probability

    def weighted(self, weights: Mapping[Thing, float]) -> Thing:
        return self.choices(list(weights), weights=list(weights.values()))[0]

    def some(self, things: Sequence[Thing], count: int) -> list[Thing]:
        """At most `count` different things, in chance order."""
        return self.sample(list(things), min(count, len(things)))

    def id(self, at: datetime) -> UUID:
        """A UUIDv7 (RFC 9562) as if made at a moment, its random bits from this stream."""
        milliseconds = int(at.timestamp() * 1000)
        bits = milliseconds << 80 | self.getrandbits(80)
        bits = bits & ~(0xF << 76) | 0x7 << 76
        return UUID(int=bits & ~(0x3 << 62) | 0x2 << 62)
