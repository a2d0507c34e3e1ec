"""Clues 线索要素: a phone, a teacher, a payment code, a WeChat name, a sign, by which two tips or sites are one.

They are about the place that teaches, never about who complained.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints
from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, in_county, new_id
from ..errors import say
from ..incoming import Part
from ..registry.sites import Site
from ..vocabulary import Choice, choice
from .tips import Tip

MOST_FOUND = 20
# Two digits of a number may stand apart by a space or a dash
GAP = r"[ \-]?"
MOBILE = re.compile(rf"(?<!\d)(?:\+?86{GAP})?(1[3-9]\d(?:{GAP}\d){{8}})(?!\d)")
LANDLINE = re.compile(r"(?<!\d)(0\d{2,3}[ \-]?[2-8]\d{6,7})(?!\d)")
WECHAT = re.compile(r"(?:微信|威信|薇信|\b[wv]x|\bv信)[号群]?\s*[:：是为]?\s*([a-z][\w\-]{5,19})", re.I | re.A)
PAYMENT = re.compile(r"(?:收款码|收款账号|支付宝|银行卡|卡号|账号)\s*[:：是为]?\s*([\w@.\-]{6,40})", re.A)
# Who says so tells of a number of one's own
OWN = re.compile(r"(?:我|本人|家长|举报人)的?(?:联系)?(?:手机|电话|号码|微信)?[号码]?(?:是|为|[:：])?\s*$")


class ClueKind(Choice):
    PHONE = "phone", say("电话")
    TEACHER = "teacher", say("教师")
    PAYMENT = "payment", say("收款账号")
    WECHAT = "wechat", say("微信号")
    ADVERT = "advert", say("广告")
    NAME = "name", say("招牌名称")


class Clue(CountyRow, Model):
    """`shown` is the clue as it was given, `value` what is compared. It belongs to a tip or to a site."""

    __tablename__ = "clues"
    __table_args__ = (
        in_county("tip_id", "tips"),
        in_county("site_id", "sites"),
        CheckConstraint("num_nonnulls(tip_id, site_id) = 1", name="owner"),
        CheckConstraint("value <> ''", name="value"),
        Index("ix_clues_county_kind_value", "county", "kind", "value"),
        Index("ix_clues_county_tip_id", "county", "tip_id"),
        Index("ix_clues_county_site_id", "county", "site_id"),
    )

    kind: Mapped[ClueKind] = mapped_column(choice(ClueKind, "kind"))
    value: Mapped[str]
    shown: Mapped[str]
    tip_id: Mapped[UUID | None]
    site_id: Mapped[UUID | None]
    at: Mapped[datetime]


class GivenClue(Part):
    kind: ClueKind
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


def find_clues(text: str) -> list[GivenClue]:
    """Phones, WeChat names and accounts in running text, as far as the words don't call them the writer's own."""
    plain = unicodedata.normalize("NFKC", text)
    found = {(clue.kind, normalise(clue.kind, clue.text)): clue for clue in _found(plain)}
    return list(found.values())[:MOST_FOUND]


def _found(text: str) -> Iterator[GivenClue]:
    for kind, pattern in (
        (ClueKind.PHONE, MOBILE),
        (ClueKind.PHONE, LANDLINE),
        (ClueKind.WECHAT, WECHAT),
        (ClueKind.PAYMENT, PAYMENT),
    ):
        for match in pattern.finditer(text):
            if not OWN.search(text[: match.start()]):
                yield GivenClue(kind=kind, text=match[1])


def normalise(kind: ClueKind, text: str) -> str:
    """What two ways to write one clue have in common; empty where nothing is left.

    >>> normalise(ClueKind.PHONE, "+86 138-0000 1234")
    '13800001234'
    >>> normalise(ClueKind.TEACHER, "王 老师")
    '王'
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    if kind is ClueKind.PHONE:
        digits = "".join(each for each in plain if each.isdecimal())
        return re.sub("^(?:00)?86(?=1[3-9])", "", digits)
    if kind in (ClueKind.WECHAT, ClueKind.PAYMENT):
        return re.sub(r"[^\w@.\-]", "", plain)
    words = re.sub(r"[\W_]", "", plain)
    return re.sub("(?:老师|教师)$", "", words) if kind is ClueKind.TEACHER else words


def add_clues(
    session: Session,
    county: str,
    clues: Iterable[GivenClue],
    *,
    tip: Tip | None = None,
    site: Site | None = None,
    at: datetime,
) -> Sequence[Clue]:
    """Keep clues of a tip or a site; what says the same twice is kept once."""
    given = {(clue.kind, normalise(clue.kind, clue.text)): clue for clue in clues}
    made = [
        Clue(
            county=county,
            id=new_id(),
            kind=kind,
            value=value,
            shown=clue.text,
            tip_id=tip and tip.id,
            site_id=site and site.id,
            at=at,
        )
        for (kind, value), clue in given.items()
        if value
    ]
    session.add_all(made)
    session.flush()
    return made
