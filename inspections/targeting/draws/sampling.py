"""The draw itself: which sites, and which officers for each, follow from a seed and a frozen pool alone.

Version 1, to the byte; `docs/draw-verification.md` says the same in words, with a worked example. It depends on
HMAC-SHA256 (RFC 2104, FIPS 180-4) and on comparing bytes: on no platform, no library and no order of the input.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

VERSION = 1
SEED_BYTES = 32
VISIT, UNMANNED, REPLACED = "visit", "no_officers", "replaced"
# An officer who stays out of one site may be drawn for another; who is ill or gone may not
ONLY_THIS_SITE = "recusal"


class BadTurn(ValueError):
    """A replacement that names what does not stand in the result."""


@dataclass(frozen=True)
class Turn:
    """A replacement: of the `officer` at a `site`, or of the site where `officer` is empty."""

    site: str
    officer: str
    why: str


@dataclass
class Visit:
    """A drawn site and its team, in the order they were drawn."""

    site: str
    stratum: str
    officers: list[str] = field(default_factory=list)
    state: str = VISIT

    def as_row(self) -> dict[str, Any]:
        return {"officers": self.officers, "site": self.site, "state": self.state, "stratum": self.stratum}


def commitment_of(seed: bytes) -> str:
    """What is published before the pool is frozen: the SHA-256 of the 32 bytes of the seed."""
    return hashlib.sha256(seed).hexdigest()


def salt_of(seed: bytes) -> str:
    """Stands in the pool, so that nobody finds a pool from its hash by trying; fixed with the seed, so that nobody
    tries salts until a draw pleases.
    """
    return hmac.digest(seed, b"mingcha-draw 1 salt", "sha256").hex()


def code_of(salt: str, person_id: str) -> str:
    """The name of an officer in the file: none who does not know the salt can tell whose it is."""
    return "P-" + hmac.digest(bytes.fromhex(salt), person_id.encode(), "sha256").hex()[:16]


def key_of(seed: bytes, county: str, draw: str, pool_sha256: str, public_number: str) -> bytes:
    """What every ticket is made with. The pool is part of it: another pool is another draw, in all its parts."""
    said = "\n".join(("mingcha-draw 1 key", county, draw, pool_sha256, public_number))
    return hmac.digest(seed, said.encode(), "sha256")


def ticket(key: bytes, *parts: str) -> bytes:
    return hmac.digest(key, "\n".join(parts).encode(), "sha256")


def number_of(size: int, percent: int, least: int) -> int:
    """How many of a stratum are drawn: its share, rounded up, at least so many, at most all."""
    return min(size, max(least, -(-size * percent // 100)))


class Drawing:
    """A draw as it goes: the first result, and what each replacement makes of it."""

    def __init__(self, key: bytes, pool: Mapping[str, Any]):
        plan = pool["plan"]
        self.key = key
        self.team_size: int = plan["officers"]
        self.is_mixed: bool = plan["departments_differ"]
        self.department = {each["id"]: each["department"] for each in pool["officers"]}
        self.barred = {each["id"]: set(each["barred"]) for each in pool["sites"]}
        self.queues = {each["name"]: self._queue(pool, each["name"]) for each in pool["strata"]}
        self.gone: set[str] = set()
        self.load: Counter[str] = Counter()
        self.visits: list[Visit] = []
        for stratum in sorted(pool["strata"], key=lambda each: each["name"]):
            queue = self.queues[stratum["name"]]
            for _ in range(number_of(len(queue), stratum["percent"], stratum["least"])):
                self._next_site(stratum["name"])

    def replace(self, turn: Turn) -> None:
        """Raises BadTurn."""
        visit = next((each for each in self.visits if each.site == turn.site and each.state != REPLACED), None)
        if visit is None:
            raise BadTurn(turn.site)
        if turn.officer and turn.officer not in visit.officers:
            raise BadTurn(turn.officer)
        if visit.state == VISIT:
            self.load.subtract(visit.officers)
        if not turn.officer:
            visit.state = REPLACED
            self._next_site(visit.stratum)
            return
        visit.officers.remove(turn.officer)
        self.barred[visit.site].add(turn.officer)
        if turn.why != ONLY_THIS_SITE:
            self.gone.add(turn.officer)
        self._man(visit)

    def rows(self) -> list[dict[str, Any]]:
        return [each.as_row() for each in self.visits]

    def _queue(self, pool: Mapping[str, Any], stratum: str) -> list[str]:
        sites = [each["id"] for each in pool["sites"] if each["stratum"] == stratum]
        return sorted(sites, key=lambda site: (ticket(self.key, "site", stratum, site), site))

    def _next_site(self, stratum: str) -> None:
        if queue := self.queues[stratum]:
            visit = Visit(queue.pop(0), stratum)
            self.visits.append(visit)
            self._man(visit)

    def _man(self, visit: Visit) -> None:
        """Fill the team up: who has the fewest visits of this draw first, then by lot."""
        able = self._able(visit)
        wanted = self.team_size - len(visit.officers)
        chosen = able[:wanted]
        if self.is_mixed and len(self._departments([*visit.officers, *chosen])) == 1:
            own = self._departments([*visit.officers, *chosen])
            other = next((each for each in able if self.department[each] not in own), None)
            chosen = [*chosen[:-1], other] if other else []
        if len(chosen) == wanted:
            visit.officers, visit.state = [*visit.officers, *chosen], VISIT
            self.load.update(visit.officers)
        else:
            # The site stays drawn: else keeping every officer out of it would keep it from being looked at
            visit.state = UNMANNED

    def _able(self, visit: Visit) -> list[str]:
        out = self.barred[visit.site] | self.gone | set(visit.officers)
        free = [name for name in self.department if name not in out]
        return sorted(
            free, key=lambda name: (self.load[name], ticket(self.key, "officer", visit.site, name), name)
        )

    def _departments(self, officers: Iterable[str]) -> set[str]:
        return {self.department[each] for each in officers}


def result_of(key: bytes, pool: Mapping[str, Any], turns: Sequence[Turn] = ()) -> list[dict[str, Any]]:
    """The visits in the order they were drawn, after all replacements. Raises BadTurn."""
    draw = Drawing(key, pool)
    for turn in turns:
        draw.replace(turn)
    return draw.rows()
