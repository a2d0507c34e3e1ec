"""Looking at evidence: a file is shown to who may see a check, an answer, a service or a tip that lists it."""

from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from ..casework.proofs import Proof
from ..casework.services import Service
from ..errors import NotFound
from ..field.photos import Photo
from ..intake.tip_files import TipFile
from ..registry.people import Person
from .blobs import Blob, holds
from .receiving import LARGE, SMALL
from .recordings import is_recording
from .store import BlobStore

SIZES = {320: SMALL, 1600: LARGE}


class Pending(NotFound):
    """The photo is here, its picture is not made yet."""


def has_file(session: Session, person: Person, sha256: str) -> bool:
    """Whether the county keeps these bytes, whoever sent them."""
    return holds(session, person.county, sha256)


def open_picture(session: Session, store: BlobStore, person: Person, sha256: str, longest_px: int) -> BinaryIO:
    """A picture to look at, in one of `SIZES`. Raises `NotFound`, of which `Pending` means: ask again."""
    if longest_px not in SIZES:
        raise NotFound
    blob = _find(session, person, sha256)
    if blob.derived_at is None:
        raise Pending
    return store.open_derived(sha256, SIZES[longest_px])


def open_recording(session: Session, store: BlobStore, person: Person, sha256: str) -> tuple[BinaryIO, Blob]:
    """A film or a spoken note, and what is known of it. Raises `NotFound`, for a photo too."""
    blob = _find(session, person, sha256)
    if not is_recording(blob.media_type):
        raise NotFound
    return store.open(sha256), blob


def open_original(session: Session, store: BlobStore, person: Person, sha256: str) -> BinaryIO:
    """The bytes as they came. Raises `NotFound`.

    A photo may say where and with what phone it was taken, so of those that came with tips alone the bytes are for
    who decides about tips; others see the pictures made of them, which say nothing.
    """
    from ..access import can

    _find(session, person, sha256, with_tips=can(person, "tip.triage"))
    return store.open(sha256)


def _find(session: Session, person: Person, sha256: str, *, with_tips: bool = True) -> Blob:
    from ..access import visible  # access knows the tables

    lists: list[Any] = [(Photo, Photo.sha256), (Proof, Proof.sha256), (Service, Service.receipt_sha256)]
    if with_tips:
        lists.append((TipFile, TipFile.sha256))
    queries = (visible(person, model).where(column == sha256).limit(1) for model, column in lists)
    if not any(session.scalars(query).first() for query in queries) or not has_file(session, person, sha256):
        raise NotFound
    return session.get_one(Blob, (person.county, sha256))
