"""Licences: the permit to run a school and the registration of the body that holds it."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class LicenceKind(Choice):
    PERMIT = "permit", say("办学许可证")
    BUSINESS = "business", say("营业执照")
    CIVIL = "civil", say("民办非企业登记证")
    PUBLIC_BODY = "public_body", say("事业单位法人证书")


class Licence(CountyRow, Recorded, Model):
    """`credit_code` is the unified social credit code of the holder (GB 32100-2015), on registrations."""

    __tablename__ = "licences"
    __table_args__ = (
        in_county("site_id", "sites", ondelete="CASCADE"),
        UniqueConstraint("county", "site_id", "kind", "number"),
        Index("ix_licences_county_credit_code", "county", "credit_code"),
        CheckConstraint("credit_code ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name="credit_code"),
    )

    site_id: Mapped[UUID]
    kind: Mapped[LicenceKind] = mapped_column(choice(LicenceKind, "kind"))
    number: Mapped[str]
    credit_code: Mapped[str | None]
    holder: Mapped[str | None]
    scope: Mapped[str | None]
    address: Mapped[str | None]
    issuer: Mapped[str | None]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]

    def is_valid_on(self, day: date) -> bool:
        return (self.valid_from or date.min) <= day <= (self.valid_until or date.max)
