"""Proofs 证明材料: files that a site adds to what it says. Their bytes are blobs, as those of photos are."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, CheckConstraint, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import CountyRow, Model, in_county
from ..errors import Message
from ..evidence.proof_check import has_macros, kind_in_words


class Proof(CountyRow, Model):
    """One file. It comes before what it belongs to: `form_id` is the id that the response will
    have, or that of the self-check.

    `item` says what it proves: the id of an item of the order, the code of an item of
    the checklist, or '' for the whole. Until `submitted_at` it can be
    taken away again; from then on it stays as it is.
    """

    __tablename__ = "proofs"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("order_id", "orders"),
        in_county("self_check_id", "self_checks"),
        in_county("person_id", "people"),
        in_county("invitation_id", "invitations"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("num_nonnulls(person_id, invitation_id) = 1", name="sender"),
        Index("ix_proofs_county_form_id", "county", "form_id"),
        Index("ix_proofs_county_order_id", "county", "order_id"),
        Index("ix_proofs_county_sha256", "county", "sha256"),
    )

    form_id: Mapped[UUID]
    site_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    self_check_id: Mapped[UUID | None]
    item: Mapped[str] = mapped_column(server_default="")
    sha256: Mapped[str] = mapped_column(CHAR(64))
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    name: Mapped[str]
    added_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    person_id: Mapped[UUID | None]
    invitation_id: Mapped[UUID | None]

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")

    @property
    def kind(self) -> Message:
        return kind_in_words(self.media_type)

    @property
    def has_macros(self) -> bool:
        return has_macros(self.media_type)


def proofs_of(session: Session, county: str, form_ids: Collection[UUID]) -> dict[UUID, dict[str, list[Proof]]]:
    """By form, then by what they prove, in the order they were added."""
    query = select(Proof).where(Proof.county == county, Proof.form_id.in_(form_ids))
    found: dict[UUID, dict[str, list[Proof]]] = {}
    for proof in session.scalars(query.order_by(Proof.id)):
        found.setdefault(proof.form_id, {}).setdefault(proof.item, []).append(proof)
    return found


def proofs_in(session: Session, county: str, form_id: UUID) -> Sequence[Proof]:
    query = select(Proof).where(Proof.county == county, Proof.form_id == form_id)
    return session.scalars(query.order_by(Proof.id)).all()
