"""What two texts share: pairs of neighbouring characters, since Chinese is written without blanks."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

LONGEST = 600  # characters of a text that are looked at; `tip_words` of the database looks at as many
SHORTEST_PHRASE = 3

# Han of the basic plane, of extension A, and of the planes beyond, where rare names are; and letters and digits
RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]+|[a-z0-9]+")


def grams(text: str) -> frozenset[str]:
    """Pairs of Han that stand beside each other, and whole words of letters and digits.

    >>> sorted(grams("补课点，VIP 班"))
    ['vip', '班', '补课', '课点']
    """
    found: set[str] = set()
    for run in RUN.findall(text[:LONGEST].lower()):
        if run[0].isascii():
            found.add(run[:20])
        else:
            found.update(run[i : i + 2] for i in range(max(len(run) - 1, 1)))
    return frozenset(found)


def likeness(left: frozenset[str], right: frozenset[str]) -> float:
    """How much of the shorter text stands in the other, from 0 to 1 (the overlap coefficient).

    A few words say little, so a text counts as one of twelve pairs at least.
    """
    return len(left & right) / max(min(len(left), len(right)), 12)


def shared_phrase(left: str, right: str) -> str:
    """The longest run of Han that both texts hold, if it is long enough to be a name."""
    best = ""
    for one in _han(left):
        for other in _han(right):
            match = SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
            if match.size > len(best):
                best = one[match.a : match.a + match.size]
    return best if len(best) >= SHORTEST_PHRASE else ""


def _han(text: str) -> Sequence[str]:
    return [run for run in RUN.findall(text[:LONGEST].lower()) if not run[0].isascii()]
