"""Who complained 举报人: sealed, in a table of its own, under a pseudonym everywhere else.

The app's role can't read the sealed column: the database hands it out by `open_complainant`, once for an opening
that was asked for with a reason and, where a minor is meant, approved by another person. The keys are elsewhere.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, Session, deferred, mapped_column

from ..db import CountyRow, Model, Recorded, in_county, new_id
from ..errors import InspectionError, Invalid, Message, say
from ..evidence.keys import canonical
from .sealing import mark, seal, unseal
from .tips import Tip

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none is taken for another when read out
PSEUDONYM_LETTERS = 8
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
LONGEST = {"name": 50, "phone": 40, "address": 200, "contact": 100}
LONGEST_ORIGINAL = 20_000
NUMBER = re.compile(r"(?:\+|00)?\d(?:[ \-]?\d){6,15}", re.A)
PHONE = re.compile(r"\+?[0-9 ()（）\-—–]{5,40}")


class NoKey(InspectionError):
    message = say("系统还没有设置封存身份信息的密钥，举报人的身份没有保存，请联系系统管理员")


class Identity(NamedTuple):
    """What a complainant told of himself. `original` is his own text, where `hidden` was masked in the tip's.

    It shows nothing of itself: neither a log nor a traceback may carry it.
    """

    name: str = ""
    phone: str = ""
    address: str = ""
    contact: str = ""
    original: str = ""

    @property
    def is_known(self) -> bool:
        return any((self.name, self.phone, self.address, self.contact))

    @property
    def hidden(self) -> list[str]:
        """What `receive_tip` is to mask in a text. An address stays: it may be the place that is reported."""
        return [each for each in (self.phone, self.name, self.contact) if each]

    def __repr__(self) -> str:
        return "<Identity>"


class Complainant(CountyRow, Recorded, Model):
    """`pseudonym` stands for the person wherever a tip is shown. `phone_mark` tells of two tips from one phone.

    After `forget_on`, or when asked to, `sealed` and `phone_mark` are emptied and the row stays.
    """

    __tablename__ = "complainants"
    __table_args__ = (
        in_county("tip_id", "tips"),
        UniqueConstraint("county", "tip_id"),
        UniqueConstraint("county", "pseudonym"),
        CheckConstraint("(forgotten_at is null) = (sealed is not null)", name="sealed"),
        CheckConstraint("forgotten_at is null or phone_mark is null", name="forgotten"),
        Index("ix_complainants_county_phone_mark", "county", "phone_mark"),
        Index(
            "ix_complainants_county_forget_on",
            "county",
            "forget_on",
            postgresql_where=text("forgotten_at is null"),
        ),
    )

    tip_id: Mapped[UUID]
    pseudonym: Mapped[str]
    # Not for the app's role to read
    sealed: Mapped[bytes | None] = deferred(mapped_column(LargeBinary), raiseload=True)
    phone_mark: Mapped[bytes | None] = mapped_column(LargeBinary)
    is_minor: Mapped[bool] = mapped_column(server_default="false")
    wants_answer: Mapped[bool] = mapped_column(server_default="false")
    forget_on: Mapped[date]
    forgotten_at: Mapped[datetime | None]
    forgotten_why: Mapped[str] = mapped_column(server_default="")

    @property
    def shown(self) -> str:
        """The pseudonym as it is read out."""
        return f"{self.pseudonym[:4]}-{self.pseudonym[4:]}"


class ComplainantOpening(CountyRow, Model):
    """One request to read an identity. Read once, within a quarter of an hour, or a day of its approval.

    `is_barred` is an attempt that was refused at once; it stands here for the auditor.
    """

    __tablename__ = "complainant_openings"
    __table_args__ = (
        in_county("complainant_id", "complainants"),
        in_county("asked_by_id", "people"),
        in_county("decided_by_id", "people"),
        CheckConstraint("btrim(reason) <> ''", name="reason"),
        CheckConstraint("decided_by_id <> asked_by_id", name="four_eyes"),
        CheckConstraint("(decided_at is null) = (decided_by_id is null)", name="decided"),
        CheckConstraint("(decided_at is null) = (is_granted is null)", name="granted"),
        Index("ix_complainant_openings_county_complainant_id", "county", "complainant_id"),
    )

    complainant_id: Mapped[UUID]
    asked_by_id: Mapped[UUID]
    asked_at: Mapped[datetime]
    reason: Mapped[str]
    needs_approval: Mapped[bool]
    is_barred: Mapped[bool] = mapped_column(server_default="false")
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    is_granted: Mapped[bool | None]
    decision_reason: Mapped[str] = mapped_column(server_default="")
    opened_at: Mapped[datetime | None]


def find_complainant(session: Session, tip: Tip) -> Complainant | None:
    """Who reported a tip, under the pseudonym; None where nothing is known of the person."""
    query = select(Complainant).where(Complainant.county == tip.county, Complainant.tip_id == tip.id)
    return session.scalars(query).one_or_none()


def count_from_phone(session: Session, complainant: Complainant) -> int:
    """How many tips came from the same phone, this one among them; 0 where no phone is known."""
    if complainant.phone_mark is None:
        return 0
    same = (Complainant.county == complainant.county, Complainant.phone_mark == complainant.phone_mark)
    return session.scalar(select(func.count()).select_from(Complainant).where(*same)) or 0


def given_identity(form: Mapping[str, Any]) -> Identity:
    """From the fields `complainant_name`, `_phone`, `_address` and `_contact`; all may be empty.

    Raises Invalid by those names.
    """
    values, wrong = {}, dict[str, Message]()
    for name, longest in LONGEST.items():
        value = values[name] = CONTROLS.sub("", str(form.get(f"complainant_{name}") or "")).strip()
        if len(value) > longest:
            wrong[f"complainant_{name}"] = say("最多 {n} 个字", n=longest)
    if values["phone"] and not PHONE.fullmatch(values["phone"]):
        wrong["complainant_phone"] = say("电话只能有数字、空格和横线，请核对")
    if wrong:
        raise Invalid(wrong)
    return Identity(**values)


def keep_identity(
    session: Session,
    keys: Sequence[bytes],
    tip: Tip,
    identity: Identity,
    *,
    is_minor: bool,
    wants_answer: bool,
    forget_on: date,
) -> Complainant:
    """Seal who complained, for this one row: `keys` are `KeyRing.identity`, `forget_on` is `retention.forget_day`.

    Raises NoKey where the installation has none. The same tip again leaves what is kept as it is.
    """
    if not keys:
        raise NoKey
    if known := find_complainant(session, tip):
        return known
    row_id, pseudonym = _new_pseudonym(session, tip.county)
    number = digits(identity.phone)
    content = identity._replace(original=identity.original[:LONGEST_ORIGINAL])._asdict()
    complainant = Complainant(
        county=tip.county,
        id=row_id,
        tip_id=tip.id,
        pseudonym=pseudonym,
        sealed=seal(keys, canonical(content), row_name(tip.county, row_id)),
        phone_mark=mark(keys, number) if number else None,
        is_minor=is_minor,
        wants_answer=wants_answer,
        forget_on=forget_on,
    )
    session.add(complainant)
    session.flush()
    return complainant


def read_identity(keys: Sequence[bytes], county: str, row_id: UUID, sealed: bytes) -> Identity:
    """Raises CannotUnseal."""
    content: dict[str, Any] = json.loads(unseal(keys, sealed, row_name(county, row_id)))
    return Identity(**content)


def hide_phone(session: Session, keys: Sequence[bytes], tip: Tip, words: str, mask_with: str) -> str:
    """Words that came later, without the number that the complainant of a tip left.

    Nobody unseals it for that: each number in the words is marked, and the marks are compared.
    """
    complainant = find_complainant(session, tip)
    if complainant is None or complainant.phone_mark is None:
        return words

    def masked(found: re.Match[str]) -> str:
        marks = [mark([key], digits(found[0])) for key in keys]
        return mask_with if complainant.phone_mark in marks else found[0]

    return NUMBER.sub(masked, words)


def row_name(county: str, row_id: UUID) -> bytes:
    return f"{county} {row_id}".encode()


def _new_pseudonym(session: Session, county: str) -> tuple[UUID, str]:
    while True:
        row_id = new_id()
        pseudonym = pseudonym_of(row_id)
        taken = select(Complainant.id).where(Complainant.county == county, Complainant.pseudonym == pseudonym)
        if session.scalar(taken) is None:
            return row_id, pseudonym


def pseudonym_of(row_id: UUID) -> str:
    """Letters that come from the chance in the row's id, so that they tell nothing."""
    number = row_id.int & ((1 << 62) - 1)
    letters = []
    for _ in range(PSEUDONYM_LETTERS):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def digits(phone: str) -> str:
    """A phone number as it is compared: +86 138-0000-0000 and 13800000000 are one."""
    found = "".join(each for each in phone if each in "0123456789")
    return found.removeprefix("0086").removeprefix("86") if len(found) > 11 else found
