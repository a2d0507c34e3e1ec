"""What changed between two versions of a checklist, down to the words."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from ..errors import Message, say
from ..registry.departments import DepartmentKind
from ..registry.sites import SiteKind
from ..vocabulary import Choice
from .checklist_content import LABELS, Content, ItemContent
from .checks import CheckKind

# A Latin word or a number is one word; of Chinese each character is
WORD = re.compile(r"[A-Za-z0-9.%]+|\s+|.", re.S)
ITEM_FIELDS = ("section", "text", "department", "kinds", "proof", "source", "section_en", "text_en", "proof_en")
LIST_FIELDS = ("title", "title_en", "source", "site_kinds", "check_kinds")
Translate = Callable[[Message], str]
KINDS: dict[str, type[Choice]] = {"kinds": SiteKind, "site_kinds": SiteKind, "check_kinds": CheckKind}


class Fate(Choice):
    ADDED = "added", say("新增")
    REMOVED = "removed", say("删去")
    CHANGED = "changed", say("改动")
    MOVED = "moved", say("换了位置")


class Piece(NamedTuple):
    """Words that both have, or that only one has: `sign` is "=", "-" or "+"."""

    sign: str
    words: str


class FieldChange(NamedTuple):
    label: Message
    pieces: list[Piece]


@dataclass(frozen=True)
class ItemChange:
    """`place` is where the item stands now, or stood before it was removed; from 1."""

    fate: Fate
    code: str
    place: int
    text: str
    fields: list[FieldChange]


@dataclass(frozen=True)
class Difference:
    fields: list[FieldChange]
    items: list[ItemChange]

    def __bool__(self) -> bool:
        return bool(self.fields or self.items)


def compare(before: Content, after: Content, translate: Translate = str) -> Difference:
    """In the order of `after`, what was removed at the end. `translate` says the words of closed lists."""
    old = {item.code: (place, item) for place, item in enumerate(before.items, 1)}
    new = {item.code for item in after.items}
    moved = _moved([item.code for item in before.items], [item.code for item in after.items])
    changes = []
    for place, item in enumerate(after.items, 1):
        if item.code not in old:
            changes.append(ItemChange(Fate.ADDED, item.code, place, item.text, []))
        elif fields := list(_changes(old[item.code][1], item, ITEM_FIELDS, translate)):
            changes.append(ItemChange(Fate.CHANGED, item.code, place, item.text, fields))
        elif item.code in moved:
            changes.append(ItemChange(Fate.MOVED, item.code, place, item.text, []))
    gone = (
        ItemChange(Fate.REMOVED, code, place, item.text, [])
        for code, (place, item) in old.items()
        if code not in new
    )
    return Difference(list(_changes(before, after, LIST_FIELDS, translate)), [*changes, *gone])


def pieces(before: str, after: str) -> list[Piece]:
    """
    >>> [(piece.sign, piece.words) for piece in pieces("不超过60分钟", "不超过90分钟")]
    [('=', '不超过'), ('-', '60'), ('+', '90'), ('=', '分钟')]
    """
    old, new = WORD.findall(before), WORD.findall(after)
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("=", "".join(old[a:b])))
            continue
        found += [
            Piece(sign, words) for sign, words in (("-", "".join(old[a:b])), ("+", "".join(new[c:d]))) if words
        ]
    return found


def _changes(
    before: Content | ItemContent, after: Content | ItemContent, names: Sequence[str], translate: Translate
) -> Iterator[FieldChange]:
    for name in names:
        old, new = (_as_text(name, getattr(each, name), translate) for each in (before, after))
        if old != new:
            yield FieldChange(LABELS[name], pieces(old, new))


def _as_text(name: str, value: str | tuple[str, ...], translate: Translate) -> str:
    if name == "department":
        return next((translate(kind.label) for kind in DepartmentKind if kind == value), "")
    if isinstance(value, str):
        return value
    words = [translate(word.label) for word in KINDS[name] if word.value in value]
    return "、".join(words) or translate(say("全部"))


def _moved(before: list[str], after: list[str]) -> set[str]:
    """Those of both that had to be lifted out to bring the rest into the new order."""
    old = [code for code in before if code in set(after)]
    new = [code for code in after if code in set(before)]
    stayed = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return set(new) - {code for block in stayed for code in old[block.a : block.a + block.size]}
