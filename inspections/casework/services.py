"""Services 送达: each record of how an order reached its addressee. A mistake is corrected by a further record."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CHAR, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..evidence.blobs import Blob
from ..evidence.proof_check import PDF
from ..vocabulary import choice
from .orders import Order, ServiceMethod


class Service(CountyRow, Recorded, Model):
    """What was written down of one service. The newest counts, and its values stand in the order's row too.

    `receipt_sha256` is a photo of the receipt 送达回证, or a scan in PDF. A record is never changed: one that
    `corrects_id` names another stands instead of it, with a `reason`.
    """

    __tablename__ = "services"
    __table_args__ = (
        in_county("order_id", "orders"),
        in_county("server_id", "people"),
        in_county("recorded_by_id", "people"),
        in_county("corrects_id", "services"),
        ForeignKeyConstraint(["county", "receipt_sha256"], ["blobs.county", "blobs.sha256"]),
        UniqueConstraint("county", "corrects_id"),
        CheckConstraint("(corrects_id is null) = (reason = '')", name="correction_reason"),
        Index(
            "uq_services_first", "county", "order_id", unique=True, postgresql_where=text("corrects_id is null")
        ),
        Index("ix_services_county_order_id", "county", "order_id"),
        Index("ix_services_county_receipt_sha256", "county", "receipt_sha256"),
    )

    order_id: Mapped[UUID]
    method: Mapped[ServiceMethod] = mapped_column(choice(ServiceMethod, "method"))
    served_on: Mapped[date]
    server_id: Mapped[UUID]
    received_by: Mapped[str | None]
    receipt_number: Mapped[str | None]
    service_note: Mapped[str | None]
    receipt_sha256: Mapped[str | None] = mapped_column(CHAR(64))
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[UUID]
    corrects_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(server_default="")


def papers_among(session: Session, services: Sequence[Service]) -> set[str]:
    """The receipts that are no pictures but PDF files, by their hashes."""
    hashes = {each.receipt_sha256 for each in services if each.receipt_sha256}
    if not hashes:
        return set()
    query = select(Blob.sha256).where(
        Blob.county == services[0].county, Blob.sha256.in_(hashes), Blob.media_type == PDF
    )
    return set(session.scalars(query))


def services_of(session: Session, order: Order) -> Sequence[Service]:
    """The newest, which counts, first."""
    query = select(Service).where(Service.county == order.county, Service.order_id == order.id)
    return session.scalars(query.order_by(Service.recorded_at.desc(), Service.id.desc())).all()
