"""What goes to everyone: no names of people or training places, no numbers of persons, no address below a village.

Names are those that the county's records know, so a name that stands nowhere in them has to be seen by a person:
the director reads the masked words before they are opened.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...registry.people import Person
from ...registry.sites import Site, SiteKind

# Wide digits and letters are read as narrow ones
NARROW = str.maketrans({chr(0xFF01 + n): chr(0x21 + n) for n in range(94) if chr(0x21 + n).isalnum()})
# Eleven digits of a mobile, however they are grouped; a number with its area code; an identity card
MOBILE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[ -－—]?\d{7,8}(?!\d)")
IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{6}[ -]?(?:18|19|20)\d{6}[ -]?\d{3}[0-9Xx](?![0-9A-Za-z])")
# The card of before 1999, 15 digits, and numbers of bank cards, accounts and payments: by fours or in one go
ACCOUNT = re.compile(r"(?<![0-9A-Za-z])(?:\d{4}(?:[ -]\d{4}){2,4}(?:[ -]?\d{1,3})?|\d{12,32})(?![0-9A-Za-z])")
PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Za-hj-np-z]\s?[·•.-]?\s?"
    r"(?=[A-Za-z]*\d)[0-9A-HJ-NP-Za-hj-np-z]{4,5}[0-9A-HJ-NP-Za-hj-np-z挂学警港澳](?![0-9A-Za-z])"
)
ONLINE = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<=微信)(?:号|账号)?[:： ]*[A-Za-z][\w-]{5,19}"
    r"|(?<=QQ)(?:号|群)?[:： ]*\d{5,11}(?!\d)",
    re.ASCII,
)
# What follows the village, quarter or compound: road and number, building, entrance, floor, room
BELOW_VILLAGE = re.compile(
    r"(?:(?:(?![在于至])[\u4e00-\u9fff]){1,6}(?:路|街|巷|弄|胡同|大道))?\s*"
    r"[0-9０-９一二三四五六七八九十百]{1,5}\s*(?:-\d+)?\s*(?:号楼|栋|幢|号院|单元|号|室|楼层)"
    r"(?:\s*[0-9０-９一二三四五六七八九十A-Za-z]{1,5}\s*(?:-\d+)?\s*(?:号楼|栋|幢|单元|层|楼|室|号))*"
)
NUMBER_OF_PAPER = re.compile(r"〔\d{4}〕\d+号|第[0-9一二三四五六七八九十百]+号")
UNSAID, SHORTEST_NAME = "（略）", 2


class Mask:
    """Replaces what a county's records know, longest first, so that no name is left by a part of another."""

    def __init__(self, people: Iterable[str], places: Mapping[str, str]):
        words = {name: f"{name[0]}某{'某' if len(name) > 2 else ''}" for name in people if _is_name(name)}
        words |= {name: shown for name, shown in places.items() if len(name) > SHORTEST_NAME}
        self._words = words
        self._known = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True)))) if words else None

    def __call__(self, text: str) -> str:
        kept: list[str] = []

        def keep(found: re.Match[str]) -> str:
            kept.append(found[0])
            return f"\x00{len(kept) - 1}\x00"

        text = NUMBER_OF_PAPER.sub(keep, text.replace("\x00", "").translate(NARROW))
        if self._known:
            text = self._known.sub(lambda found: self._words[found[0]], text)
        for pattern in (IDENTITY, MOBILE, LANDLINE, ACCOUNT, PLATE, ONLINE, BELOW_VILLAGE):
            text = pattern.sub(UNSAID, text)
        return re.sub("\x00(\\d+)\x00", lambda found: kept[int(found[1])], text)


def mask_of(session: Session, county: str) -> Mask:
    """What the county knows: its people, who is in charge of its sites, and the names of training places."""
    people = set(session.scalars(select(Person.name).where(Person.county == county)))
    heads = select(Site.person_in_charge).where(Site.county == county, Site.person_in_charge.is_not(None))
    people |= {name for name in session.scalars(heads) if name}
    sites = session.execute(
        select(Site.name, Site.kind).where(Site.county == county, Site.kind != SiteKind.SCHOOL)
    )
    return Mask(people, {name: anonymous(kind) for name, kind in sites})


def anonymous(kind: SiteKind) -> str:
    return {SiteKind.SCHOOL: "某学校", SiteKind.INSTITUTION: "某校外培训机构"}.get(kind, "某违规办学点")


def _is_name(name: str) -> bool:
    return SHORTEST_NAME <= len(name) <= 4 and all("\u4e00" <= each <= "\u9fff" for each in name)


def masked(content: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """A bulletin's content as everyone may read it. Cases lose their names and the way to their records."""
    cases = [
        {"site": each["anonymous"], "text": mask(each["text"].replace(each["site"], each["anonymous"]))}
        for each in content["cases"]
    ]
    sections = [each | {"text": mask(each["text"])} for each in content["sections"]]
    kept = {name: value for name, value in content.items() if name not in {"figures", "contact", "telephone"}}
    return kept | {
        "title": mask(content["title"]),
        "sections": [{name: each[name] for name in ("key", "title", "text")} for each in sections],
        "cases": cases,
        "contact": "",
        "telephone": "",
        "figures": _figures(content["figures"]),
    }


def _figures(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Counts stay; the ids of townships and the questions behind the numbers go."""
    kept = {name: figures[name] for name in ("as_of", "is_running", "cells", "weights")}
    for name in ("before", "year_before"):
        kept[name] = {key: value for key, value in figures[name].items() if key != "selection"}
    kept["townships"] = [
        {key: value for key, value in each.items() if key != "id"} for each in figures["townships"]
    ]
    return kept
