"""An e-mail becomes a tip once somebody looked at it: its sender sealed, its files put to the tip."""

import io
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from geo.times import local

from ..access import require
from ..casework.attaching import NotTaken
from ..errors import Message, say
from ..evidence.keys import KeyRing
from ..evidence.store import BlobStore
from ..registry.people import Person
from .complainants import given_identity
from .mail import MailFile, ReadMail, read_mail
from .receiving import MASK
from .taking import take_tip
from .tip_attaching import TipAllowance, attach_to_tip
from .tip_moves import TipMoveKind, move
from .tips import Tip, TipChannel


class TakenMail(NamedTuple):
    """`refused` are the files that could not be taken, in words. A mail that was here is not `is_new`."""

    tip: Tip
    receipt_code: str | None
    is_new: bool
    refused: list[Message]


def find_taken(session: Session, person: Person, mail: ReadMail) -> Tip | None:
    """The tip that the same mail was taken as, by whoever took it."""
    require(person, "tip.take")
    return session.get(Tip, (person.county, mail.id))


def take_mail(
    session: Session,
    store: BlobStore,
    person: Person,
    keys: KeyRing,
    content: bytes,
    form: Mapping[str, Any],
    now: datetime,
) -> TakenMail:
    """Take a mail with the text and the sender as they were looked at. The same mail is taken once.

    Raises NoMail, and Invalid by field.
    """
    require(person, "tip.take")
    mail = read_mail(content)
    if known := find_taken(session, person, mail):
        return TakenMail(known, None, is_new=False, refused=[])
    original = f"{mail.sender_name} <{mail.sender_address}>\n{mail.subject}\n\n{mail.text}"
    taken = take_tip(
        session, person, keys, {**form, "id": str(mail.id)}, now, TipChannel.MAILBOX, original=original
    )
    hidden = [each for each in given_identity(form).hidden if len(each) > 1]
    tried = (_attach(session, store, person, taken.tip, file, hidden, now) for file in mail.files)
    refused = [said for said in tried if said]
    sent = local(mail.sent_at).strftime("%Y-%m-%d %H:%M") if mail.sent_at else "—"
    note = str(say("来自邮件，{at} 发出，附件 {n} 个", at=sent, n=len(mail.files)))
    move(session, taken.tip, TipMoveKind.NOTE, now, person, note=note)
    return TakenMail(taken.tip, taken.receipt_code, taken.is_new, refused)


def _attach(
    session: Session, store: BlobStore, person: Person, tip: Tip, file: MailFile, hidden: list[str], now: datetime
) -> Message | None:
    name = re.sub("|".join(map(re.escape, hidden)), MASK, file.name, flags=re.I) if hidden else file.name
    try:
        attach_to_tip(session, store, person, tip, name, io.BytesIO(file.content), now, TipAllowance())
    except NotTaken as error:
        return error.message
    return None
