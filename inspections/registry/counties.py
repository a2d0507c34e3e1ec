"""The counties this installation serves. Their codes scope everything else."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CHAR, CheckConstraint, ForeignKey, func, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..db import Model
from ..errors import Invalid, NotFound, say
from ..vocabulary import Choice, choice

HOTLINE = "12345"  # 政务服务便民热线, answered in every county
LONGEST_HOTLINE = 60


class Level(Choice):
    """What an office answers for. Only a county has records of its own."""

    PROVINCE = "province", say("省")
    PREFECTURE = "prefecture", say("地市")
    COUNTY = "county", say("区县")


class County(Model):
    """A county 区县 (or a prefecture without counties), by its GB/T 2260 code; or an office above counties.

    `above` is the office that it reports to; `hotline` is the telephone that the
    public is told. Codes don't say it: some counties answer to the province itself.
    """

    __tablename__ = "counties"
    __table_args__ = (CheckConstraint("code ~ '^[0-9]{6}$'", name="code"),)

    code: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    name: Mapped[str]
    bureau: Mapped[str]
    level: Mapped[Level] = mapped_column(choice(Level, "level"), server_default="county")
    above: Mapped[str | None] = mapped_column(CHAR(6), ForeignKey("counties.code"))
    is_demonstration: Mapped[bool] = mapped_column(server_default="false")
    hotline: Mapped[str] = mapped_column(server_default=HOTLINE)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def find_county(session: Session, code: str) -> County | None:
    return session.get(County, code)


def is_empty(session: Session) -> bool:
    """Whether this installation serves no county yet."""
    return session.scalars(select(County.code).limit(1)).first() is None


def list_codes(session: Session) -> Sequence[str]:
    return session.scalars(select(County.code).order_by(County.code)).all()


def list_reporting(session: Session) -> Sequence[County]:
    """Those that the public reports to: the counties, not the offices above them."""
    return session.scalars(select(County).where(County.level == Level.COUNTY).order_by(County.code)).all()


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


def set_level(session: Session, code: str, level: Level, above: str | None) -> County:
    """Enter what an office is and which one it answers to. Only the owner of the database may.

    Raises NotFound for an office that isn't there, Invalid for one above that isn't higher, for a county that has
    others below it, and for an office above counties that has records of its own.
    """
    county = session.get(County, code)
    if county is None:
        raise NotFound(say("没有这个区县：{code}", code=code))
    if above is not None:
        higher = session.get(County, above)
        if higher is None:
            raise NotFound(say("没有这个区县：{code}", code=above))
        if list(Level).index(higher.level) >= list(Level).index(level):
            raise Invalid({"above": say("{name}是{level}一级，不能做它的上级", name=higher.name,
                                        level=higher.level.label)})  # fmt: skip
    below = session.scalars(select(County).where(County.above == code)).all()
    if any(list(Level).index(each.level) <= list(Level).index(level) for each in below):
        raise Invalid({"level": say("{n} 个单位以它为上级，请先改它们的上级", n=len(below))})
    if level is not Level.COUNTY and _has_sites(session, code):
        raise Invalid({"level": say("{name}有自己的点位，只能是区县", name=county.name)})
    county.level, county.above = level, above
    session.flush()
    return county


def set_hotline(session: Session, code: str, hotline: str) -> County:
    """Enter the telephone that the public is told. Only the database's owner may. Raises NotFound, Invalid."""
    county = session.get(County, code)
    if county is None:
        raise NotFound(say("没有这个区县：{code}", code=code))
    hotline = " ".join(hotline.split())
    if not hotline or len(hotline) > LONGEST_HOTLINE or not any(each.isdecimal() for each in hotline):
        raise Invalid({"hotline": say("请写电话号码，最多 {n} 个字", n=LONGEST_HOTLINE)})
    county.hotline = hotline
    session.flush()
    return county


def _has_sites(session: Session, code: str) -> bool:
    # By the table's name: sites know counties, not the other way round
    query = text("select exists (select from sites where county = :code)")
    return bool(session.scalar(query, {"code": code}))


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
