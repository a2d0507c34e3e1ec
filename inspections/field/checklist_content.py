"""What a person says a checklist holds: cleaned, and judged before anything is stored."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from ..errors import Message, say
from ..registry.departments import DepartmentKind
from ..registry.imports.tables import clean
from ..registry.sites import SiteKind
from .checklists import Checklist, ChecklistItem
from .checks import CheckKind

MOST_ITEMS = 200
LONGEST_CODE = 40
ITEM_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

LONGEST = {
    "title": 120,
    "title_en": 240,
    "source": 300,
    "section": 60,
    "section_en": 120,
    "text": 500,
    "text_en": 1_000,
    "proof": 200,
    "proof_en": 400,
}

LABELS = {
    "code": say("编号"),
    "title": say("名称"),
    "title_en": say("英文名称"),
    "site_kinds": say("适用点位"),
    "check_kinds": say("建议用于"),
    "section": say("分组"),
    "section_en": say("英文分组"),
    "text": say("条目内容"),
    "text_en": say("英文内容"),
    "kinds": say("适用对象"),
    "department": say("归哪个部门"),
    "proof": say("不符合时要的证明"),
    "proof_en": say("英文证明"),
    "source": say("依据"),
}


@dataclass(frozen=True, slots=True)
class ItemContent:
    """The fields of an item but its place. `kinds` are values of `SiteKind`; none means all. `department` is a
    value of `DepartmentKind` on a joint sheet, else empty.
    """

    code: str
    section: str
    text: str
    section_en: str = ""
    text_en: str = ""
    kinds: tuple[str, ...] = ()
    proof: str = ""
    proof_en: str = ""
    source: str = ""
    department: str = ""

    @classmethod
    def of(cls, item: ChecklistItem) -> "ItemContent":
        given = {each.name: getattr(item, each.name) for each in fields(cls)}
        department = item.department.value if item.department else ""
        return cls(**(given | {"kinds": tuple(item.kinds), "department": department}))

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "ItemContent":
        """From what came: texts cleaned, kinds in the order of the closed list, a strange department left out."""
        texts = {each.name: clean(str(given.get(each.name) or "")) for each in fields(cls) if each.name != "kinds"}
        texts["department"] = next((kind.value for kind in DepartmentKind if kind == texts["department"]), "")
        return cls(**texts, kinds=_in_order(SiteKind, given.get("kinds") or ()))


@dataclass(frozen=True, slots=True)
class Content:
    """All that a person can say of a checklist."""

    title: str
    items: tuple[ItemContent, ...] = ()
    title_en: str = ""
    source: str = ""
    site_kinds: tuple[str, ...] = ()
    check_kinds: tuple[str, ...] = ()

    @classmethod
    def of(cls, checklist: Checklist) -> "Content":
        return cls(
            title=checklist.title,
            items=tuple(ItemContent.of(item) for item in checklist.items),
            title_en=checklist.title_en,
            source=checklist.source,
            site_kinds=tuple(checklist.site_kinds),
            check_kinds=tuple(checklist.check_kinds),
        )

    @classmethod
    def read(cls, given: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> "Content":
        return cls(
            title=clean(str(given.get("title") or "")),
            items=tuple(ItemContent.read(item) for item in items),
            title_en=clean(str(given.get("title_en") or "")),
            source=clean(str(given.get("source") or "")),
            site_kinds=_in_order(SiteKind, given.get("site_kinds") or ()),
            check_kinds=_in_order(CheckKind, given.get("check_kinds") or ()),
        )

    def with_items(self, items: Sequence[ItemContent]) -> "Content":
        return replace(self, items=tuple(items))


def faults(content: Content) -> dict[str, Message]:
    """What keeps the content from being stored, by field: "title", "items", "items.3.text"."""
    found = dict(_text_faults(content, ("title", "title_en", "source")))
    if not content.title:
        found["title"] = say("请写清单名称")
    if not content.items:
        found["items"] = say("清单里还没有条目")
    if len(content.items) > MOST_ITEMS:
        found["items"] = say(
            "清单有 {n} 条，最多 {most} 条；请分成几份清单", n=len(content.items), most=MOST_ITEMS
        )
    first: dict[str, int] = {}
    for place, item in enumerate(content.items):
        found |= {f"items.{place}.{name}": message for name, message in item_faults(item)}
        earlier = first.setdefault(item.code.lower(), place)
        if item.code and earlier != place:
            found[f"items.{place}.code"] = say("编号“{code}”和第 {n} 条重复", code=item.code, n=earlier + 1)
    return found


def item_faults(item: ItemContent) -> Iterator[tuple[str, Message]]:
    """What is wrong with an item by itself, by field."""
    if not item.code:
        yield "code", say("没有编号")
    elif len(item.code) > LONGEST_CODE or not ITEM_CODE.fullmatch(item.code):
        yield "code", say("编号只能用字母、数字、点和连字符，最多 {n} 个", n=LONGEST_CODE)
    if not item.section:
        yield "section", say("没有写分组")
    if not item.text:
        yield "text", say("没有写内容")
    yield from _text_faults(item, ("section", "section_en", "text", "text_en", "proof", "proof_en", "source"))


def _text_faults(thing: Content | ItemContent, names: Sequence[str]) -> Iterator[tuple[str, Message]]:
    for name in names:
        length, most = len(getattr(thing, name)), LONGEST[name]
        if length > most:
            yield name, say("{label}有 {n} 个字，最多 {most} 个字", label=LABELS[name], n=length, most=most)


def _in_order(words: Any, given: Any) -> tuple[str, ...]:
    wanted = set(given)
    return tuple(word.value for word in words if word.value in wanted)
