"""What is known of a site, as a form has it: text for each field, read into what the table keeps."""

from collections.abc import Mapping
from typing import Any

from ..errors import Invalid, Message, say
from ..vocabulary import Choice
from .sites import CATEGORIES, Ownership, Premises, SiteCategory, SiteKind

LONGEST = {"name": 120, "address": 300, "person_in_charge": 60, "phone": 40, "remark": 2000}
CHOICES: dict[str, type[Choice]] = {"category": SiteCategory, "ownership": Ownership, "premises": Premises}
COUNTS = ("pupils", "staff")
MOST = 1_000_000


def read_changes(kind: SiteKind, given: Mapping[str, str]) -> dict[str, Any]:
    """Values for the columns, from text as a form sends it. Raises Invalid with every field that is wrong."""
    values: dict[str, Any] = {}
    wrong: dict[str, Message] = {}
    for name, text in given.items():
        try:
            if name in LONGEST:
                values[name] = plain_text(text, LONGEST[name]) or None
            elif name in CHOICES:
                values[name] = _chosen(kind, name, text)
            elif name in COUNTS:
                values[name] = _count(text)
        except Invalid as error:
            wrong[name] = error.message
    if "name" in values and values["name"] is None:
        wrong["name"] = say("名称不能为空")
    if wrong:
        raise Invalid(wrong)
    return values


def as_text(value: Any) -> str:
    """A value as a form has it."""
    if value is None:
        return ""
    return str(as_plain(value))


def as_plain(value: Any) -> Any:
    """A value as JSON has it."""
    return value.value if isinstance(value, Choice) else value


def plain_text(text: str, longest: int) -> str:
    kept = " ".join(text.replace("\x00", "").split(" ")).strip()
    if len(kept) > longest:
        raise Invalid(message=say("最多 {n} 个字", n=longest))
    return kept


def _chosen(kind: SiteKind, name: str, text: str) -> Choice | None:
    if not text and name != "category":
        return None
    word = word_of(CHOICES[name], text)
    if word is None or (name == "category" and word not in CATEGORIES[kind]):
        raise Invalid(message=say("请从列表中选择"))
    return word


def word_of(words: type[Any], value: str) -> Any:
    return words(value) if value in {word.value for word in words} else None


def _count(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isascii() or not text.strip().isdigit() or int(text) > MOST:
        raise Invalid(message=say("请填整数"))
    return int(text)
