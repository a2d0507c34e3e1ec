"""Files that the product itself keeps beside evidence: lists that were brought in, documents that it made."""

from datetime import UTC, datetime
from hashlib import sha256 as new_digest
from uuid import UUID

from sqlalchemy.orm import Session

from .blobs import Blob, BlobState
from .store import BlobStore


def keep(
    session: Session, store: BlobStore, county: str, data: bytes, media_type: str, person_id: UUID | None
) -> str:
    """Store the bytes, durably, and say that the county has them. Gives their SHA-256."""
    digest = new_digest(data).hexdigest()
    store.put([data], len(data), digest)
    if session.get(Blob, (county, digest)) is None:
        session.add(
            Blob(
                county=county,
                sha256=digest,
                size=len(data),
                media_type=media_type,
                state=BlobState.STORED,
                received_at=datetime.now(UTC),
                received_from_id=person_id,
            )
        )
        session.flush()
    return digest
