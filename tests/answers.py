"""Answers as a school's head makes them: a form filled in for a served order, and files to go with it."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy.orm import Session

from inspections.casework.attaching import Allowance, Place, attach
from inspections.casework.orders import Order, items_of
from inspections.casework.proofs import Proof
from inspections.db import new_id
from inspections.events import Actor
from inspections.evidence.store import BlobStore, open_store
from tests.orders import AT

KEYS = (b"a key of thirty-two bytes for us.",)
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


def answer_form(session: Session, order: Order, form_id: UUID | None = None, **values: Any) -> dict[str, str]:
    """What a head types for each item of an order."""
    form = {"form_id": str(form_id or new_id()), "name": "刘校长", "telephone": "13907931234", "text": ""}
    for row in items_of(session, order):
        form |= {f"claim-{row.item.id}": "done", f"done-{row.item.id}": "已停课并清退费用，收据见附件"}
    return form | values


def store_in(folder: Path) -> BlobStore:
    return open_store(str(folder / "blobs"))


def add(
    session: Session, store: BlobStore, sender: Actor, order: Order, form_id: UUID, file: BinaryIO, name: str,
    item: str = "", allowance: Allowance | None = None,
) -> Proof:  # fmt: skip
    return attach(session, store, sender, Place(order, form_id, item), name, file, AT, allowance or Allowance())


def package(folder: str, *more: str, content_types: bool = True) -> bytes:
    """An Office document as far as a ZIP tells: `word`, `xl` or `ppt`, with further parts."""
    file = io.BytesIO()
    names: Sequence[str] = [*(["[Content_Types].xml"] if content_types else []), f"{folder}/document.xml", *more]
    with zipfile.ZipFile(file, "w") as written:
        for name in names:
            written.writestr(name, "<x/>")
    return file.getvalue()
