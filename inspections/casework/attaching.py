"""A site adds files to what it is about to say, and takes them away again, before it says it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ..db import new_id
from ..errors import Conflict, Invalid, Message, NotFound, say
from ..events import Actor
from ..evidence.blobs import Blob, BlobState
from ..evidence.photo_check import MAX_BYTES, MAX_PIXELS, Refusal
from ..evidence.proof_check import check_proof, unfit
from ..evidence.receiving import receive
from ..evidence.store import CHUNK_BYTES, BlobStore, digest_of
from ..evidence.uploads import Limits
from ..registry.imports.tables import clean
from ..registry.sites import Site
from ..selfcheck.campaigns import SelfCheck, SelfCheckCampaign, items_for
from .approvals import Approval
from .orders import Order, OrderItem
from .proofs import Proof, proofs_in
from .responses import Response

LONGEST_NAME = 120
FORGOTTEN = timedelta(days=30)  # files of a form that was never sent are not shown again after so long
EXTENSION = "extension"  # what files prove that come with a request for more time
FORMS_OF_AN_ORDER = 5  # what may be kept of one order's files, in responses as large as they may be


@dataclass(frozen=True)
class Allowance:
    """What one response may bring along. Photos, films and documents have limits of their own."""

    files: int = 40
    total_bytes: int = 100_000_000
    max_photo_bytes: int = MAX_BYTES
    max_pixels: int = MAX_PIXELS

    @property
    def of_a_file(self) -> Limits:
        return Limits(self.max_photo_bytes, self.max_pixels, check_proof)


@dataclass(frozen=True)
class Place:
    """What a file is for: the form it comes with, and an item of its order or self-check, or '' for the whole.

    The item of a file that comes with a request for more time is `EXTENSION`.
    """

    subject: Order | SelfCheck
    form_id: UUID
    item: str = ""

    @property
    def county(self) -> str:
        return self.subject.county


class NotTaken(Invalid):
    """A file that was not taken; whatever came before it is kept."""


def attach(
    session: Session,
    store: BlobStore,
    sender: Actor,
    place: Place,
    name: str,
    file: BinaryIO,
    now: datetime,
    allowance: Allowance,
) -> Proof:
    """Keep a whole file that can seek. Raises NotTaken, in words that begin with its name."""
    size = file.seek(0, 2)
    refuse_more(session, place, name, size, allowance)
    file.seek(0)
    sha256 = digest_of(file)
    limits = allowance.of_a_file
    file.seek(0)
    blob = receive(session, store, sender, sha256, size, _chunks(file), **vars(limits))
    return note(session, sender, place, name, blob, now, allowance)


def refuse_more(session: Session, place: Place, name: str, size: int, allowance: Allowance) -> None:
    """Raise NotTaken where a file of a size would be empty, or too much for its response or its order."""
    _refuse_place(session, place)
    if size < 1:
        raise not_taken(name, unfit(Refusal.EMPTY).label)
    there = _of_form(session, place)
    if len(there) >= allowance.files:
        raise not_taken(name, say("一份报告最多 {n} 个文件，这一个没有收下", n=allowance.files))
    if sum(each.size for each in there) + size > allowance.total_bytes:
        limit_mb = allowance.total_bytes // 1_000_000
        raise not_taken(name, say("加上它超过一份报告的总量上限 {limit} MB，没有收下", limit=limit_mb))
    kept = select(func.coalesce(func.sum(Proof.size), 0)).where(Proof.county == place.county, _of(place.subject))
    if (session.scalar(kept) or 0) + size > FORMS_OF_AN_ORDER * allowance.total_bytes:
        raise not_taken(name, say("这份文书收到的文件已经太多，请拨打文书上的联系电话"))


def note(
    session: Session,
    sender: Actor,
    place: Place,
    name: str,
    blob: Blob,
    now: datetime,
    allowance: Allowance,
) -> Proof:
    """Put a stored file to a form; the same file twice at one place is one. Raises NotTaken for a refused one."""
    if blob.state is BlobState.REFUSED:
        raise not_taken(name, unfit(blob.refusal or "", name).label)
    for there in _of_form(session, place):
        if (there.item, there.sha256, there.submitted_at) == (place.item, blob.sha256, None):
            return there
    refuse_more(session, place, name, blob.size, allowance)
    proof = Proof(
        county=place.county,
        id=new_id(),
        form_id=place.form_id,
        site_id=place.subject.site_id,
        order_id=place.subject.id if isinstance(place.subject, Order) else None,
        self_check_id=place.subject.id if isinstance(place.subject, SelfCheck) else None,
        item=place.item,
        sha256=blob.sha256,
        size=blob.size,
        media_type=blob.media_type,
        name=clean_name(name),
        added_at=now,
        person_id=sender.person_id,
        invitation_id=None if sender.person_id else sender.id,
    )
    session.add(proof)
    session.flush()
    return proof


def drop(session: Session, subject: Order | SelfCheck, form_id: UUID, proof_id: UUID) -> None:
    """Take a file away from a form that was not sent yet. Raises NotFound, Conflict."""
    found = session.get(Proof, (subject.county, proof_id))
    if found is None or found.form_id != form_id or subject.id not in (found.order_id, found.self_check_id):
        raise NotFound
    if found.submitted_at is not None:
        raise Conflict(say("报告已经提交，证明材料不能再改；要补充请等审核后再交一份"))
    session.delete(found)
    session.flush()


def open_form(session: Session, order: Order, now: datetime, *, extension: bool = False) -> UUID:
    """The form whose files wait to be sent, the latest if there are several, else a new one.

    That of a report, or that of a request for an `extension`.
    """
    waiting = select(Proof.form_id).where(
        Proof.county == order.county,
        Proof.order_id == order.id,
        Proof.submitted_at.is_(None),
        Proof.added_at > now - FORGOTTEN,
        (Proof.item == EXTENSION) == extension,
    )
    return session.scalars(waiting.order_by(Proof.id.desc()).limit(1)).first() or new_id()


def clean_name(name: str) -> str:
    """A file's own name without folders and control characters, with its ending if it had to be cut."""
    plain = clean(name.replace("\\", "/").rsplit("/", 1)[-1]).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
    return plain[:LONGEST_NAME] or str(say("文件"))


def not_taken(name: str, why: Message) -> NotTaken:
    return NotTaken({"files": say("“{name}”{why}", name=clean_name(name), why=why)})


def _refuse_place(session: Session, place: Place) -> None:
    subject = place.subject
    if isinstance(subject, SelfCheck):
        is_sent = subject.submitted_at is not None or place.form_id != subject.id
    else:
        is_sent = session.get(Response, (place.county, place.form_id)) is not None or _has_asked(session, place)
    elsewhere = any(subject.id not in (each.order_id, each.self_check_id) for each in _of_form(session, place))
    if is_sent or elsewhere:
        raise Conflict(say("这份报告已经提交，不能再加文件；请刷新页面"))
    is_extension = place.item == EXTENSION and isinstance(subject, Order)
    if place.item and not is_extension and not _is_item(session, subject, place.item):
        raise Invalid({"items": say("有的条目不属于这份文书，请刷新页面后重新填写")})


def _has_asked(session: Session, place: Place) -> bool:
    asked = select(Approval.id).where(Approval.county == place.county, Approval.form_id == place.form_id)
    return session.scalars(asked.limit(1)).first() is not None


def _of(subject: Order | SelfCheck) -> ColumnElement[bool]:
    column = Proof.order_id if isinstance(subject, Order) else Proof.self_check_id
    return column == subject.id


def _of_form(session: Session, place: Place) -> Sequence[Proof]:
    return proofs_in(session, place.county, place.form_id)


def _is_item(session: Session, subject: Order | SelfCheck, text: str) -> bool:
    if isinstance(subject, SelfCheck):
        campaign = session.get_one(SelfCheckCampaign, (subject.county, subject.campaign_id))
        site = session.get_one(Site, (subject.county, subject.site_id))
        return text in {item.code for item in items_for(session, campaign, site)}
    with suppress(ValueError):
        item = session.get(OrderItem, (subject.county, UUID(text)))
        return item is not None and item.order_id == subject.id
    return False


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
