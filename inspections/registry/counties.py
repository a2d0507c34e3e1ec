"""The counties this installation serves. Their codes scope everything else."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import Model
from ..errors import say
from ..vocabulary import Choice, choice


class Level(Choice):
    """What an office answers for. Only a county has records of its own."""

    PROVINCE = "province", say("省")
    PREFECTURE = "prefecture", say("地市")
    COUNTY = "county", say("区县")


class County(Model):
    """A county 区县 (or a prefecture without counties), by its GB/T 2260 code; or an office above counties.

    `above` is the office that it reports to. Codes don't say it: some counties answer to the province itself.
    """

    __tablename__ = "counties"
    __table_args__ = (CheckConstraint("code ~ '^[0-9]{6}$'", name="code"),)

    code: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    name: Mapped[str]
    bureau: Mapped[str]
    level: Mapped[Level] = mapped_column(choice(Level, "level"), server_default="county")
    above: Mapped[str | None] = mapped_column(CHAR(6), ForeignKey("counties.code"))
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
    session: Session,
    code: str,
    name: str,
    bureau: str,
    *,
    is_demonstration: bool = False,
    level: Level = Level.COUNTY,
    above: str | None = None,
) -> County:
    """Add a county. Only the owner of the database may: the app's own role reads this table."""
    county = County(
        code=code, name=name, bureau=bureau, is_demonstration=is_demonstration, level=level, above=above
    )
    session.add(county)
    session.flush()
    return county


def list_below(session: Session, code: str) -> list[County]:
    """The counties that answer to an office, by themselves or through one between."""
    between = select(County.code).where(County.above == code)
    query = select(County).where(
        County.level == Level.COUNTY, or_(County.above == code, County.above.in_(between))
    )
    return list(session.scalars(query.order_by(County.code)))


def list_above(session: Session, code: str) -> list[County]:
    """The offices that a county answers to, the nearest first."""
    found: list[County] = []
    county = session.get(County, code)
    while county is not None and county.above and len(found) < len(Level):
        county = session.get(County, county.above)
        if county is not None:
            found.append(county)
    return found
