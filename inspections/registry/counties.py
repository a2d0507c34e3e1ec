"""The counties this installation serves. Their codes scope everything else."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CHAR, CheckConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import Model


class County(Model):
    """A county 区县 (or a prefecture without counties), by its GB/T 2260 code."""

    __tablename__ = "counties"
    __table_args__ = (CheckConstraint("code ~ '^[0-9]{6}$'", name="code"),)

    code: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    name: Mapped[str]
    bureau: Mapped[str]
    is_demonstration: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def find_county(session: Session, code: str) -> County | None:
    return session.get(County, code)


def is_empty(session: Session) -> bool:
    """Whether this installation serves no county yet."""
    return session.scalars(select(County.code).limit(1)).first() is None


def list_codes(session: Session) -> Sequence[str]:
    return session.scalars(select(County.code).order_by(County.code)).all()


def create_county(
    session: Session, code: str, name: str, bureau: str, *, is_demonstration: bool = False
) -> County:
    """Add a county. Only the owner of the database may: the app's own role reads this table."""
    county = County(code=code, name=name, bureau=bureau, is_demonstration=is_demonstration)
    session.add(county)
    session.flush()
    return county
