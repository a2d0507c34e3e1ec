"""Receipt codes 查询码: by which who reported follows a tip. They are stored nowhere.

A code follows from the tip's id and the installation's secret, so that a report sent twice gets the same one; the
row holds a mark made of it under that secret. Who has the database can't tell a code from the mark, and 60 bits
are too many to be tried at the door.
"""

import hmac
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from .tips import Tip

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
READ_AS = str.maketrans("ILO", "110")
BITS = 60
GROUP = 4


def make_code(key: bytes, county: str, tip_id: UUID) -> str:
    """Twelve letters in three groups: `7KQ2-M8XA-0RTV`."""
    digest = hmac.digest(key, b"receipt code " + county.encode() + tip_id.bytes, "sha256")
    number = int.from_bytes(digest[:8]) >> (64 - BITS)
    letters = "".join(LETTERS[number >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))


def mark_of(key: bytes, code: str) -> bytes:
    return hmac.digest(key, b"receipt mark " + plain(code).encode(), "sha256")


def plain(code: str) -> str:
    """A code as it was typed, without what a hand or a phone puts between, and I, L, O read as digits."""
    return "".join(each for each in code.upper().translate(READ_AS) if each in LETTERS)


def code_of(keys: Sequence[bytes], tip: Tip) -> str | None:
    """The code of a tip; None where there is none, or the secret that made it is gone."""
    made = (make_code(key, tip.county, tip.id) for key in keys)
    marks = zip(keys, made, strict=False)
    return next((code for key, code in marks if mark_of(key, code) == tip.receipt_mark), None)


def find_by_code(session: Session, county: str, keys: Sequence[bytes], code: str) -> Tip | None:
    """The tip that a code follows, inside one county."""
    marks = [mark_of(key, code) for key in keys]
    return session.scalars(select(Tip).where(Tip.county == county, Tip.receipt_mark.in_(marks))).one_or_none()
