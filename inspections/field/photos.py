"""Photos of a check, as its manifest lists them. The bytes are blobs (`inspections.evidence`)."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, BigInteger, Index, exists, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from geo import columns

from .. import events
from ..db import CountyRow, Model, in_county, unanswered
from ..errors import say
from ..vocabulary import Choice, choice
from .checks import Check, CheckState


class PhotoState(Choice):
    EXPECTED = "expected", say("等待上传")
    RECEIVED = "received", say("已收到")
    DAMAGED = "damaged", say("照片不完整")
    REFUSED = "refused", say("不能使用")


class PhotoPurpose(Choice):
    SCENE = "scene", say("现场照片")
    DOCUMENT = "document", say("证照资料")
    SIGNATURE = "signature", say("签名")


class Photo(CountyRow, Model):
    """One file of a check's manifest. `sha256` names its blob, which may arrive before or after the record.

    A photo may show a finding that was known before; `before_id` is the earlier photo of the same view.
    """

    __tablename__ = "photos"
    __table_args__ = (
        in_county("check_id", "checks", ondelete="CASCADE"),
        in_county("finding_id", "findings"),
        in_county("before_id", "photos"),
        Index("ix_photos_county_sha256", "county", "sha256"),
        Index("ix_photos_county_check_id", "county", "check_id"),
        Index(
            "ix_photos_county_finding_id", "county", "finding_id", postgresql_where=text("finding_id is not null")
        ),
    )

    check_id: Mapped[UUID]
    position: Mapped[int]
    item_code: Mapped[str | None]
    finding_id: Mapped[UUID | None]
    before_id: Mapped[UUID | None]
    purpose: Mapped[PhotoPurpose] = mapped_column(choice(PhotoPurpose, "purpose"))
    state: Mapped[PhotoState] = mapped_column(choice(PhotoState, "state"))
    refusal: Mapped[str | None]
    caption: Mapped[str] = mapped_column(server_default="")
    sha256: Mapped[str] = mapped_column(CHAR(64))
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    device_taken_at: Mapped[datetime | None]
    fix: Mapped[dict[str, Any] | None]
    location: Mapped[Any | None] = mapped_column(columns.point())
    accuracy_m: Mapped[float | None]
    flags: Mapped[list[Any]] = mapped_column(server_default="[]")


def hold(session: Session, county: str, *, files: Iterable[str] = (), checks: Iterable[UUID] = ()) -> None:
    """Hold checks and files until the transaction ends: whoever else brings one of them waits until we are done.

    A record and its bytes may be arriving at the same moment: without this each could miss the other's uncommitted
    rows, and the check would wait for ever. Everything is held at once and in one order, so that two who want the
    same things never wait for each other.
    """
    names = {*(f"file {county} {sha256}" for sha256 in files), *(f"check {county} {each}" for each in checks)}
    with unanswered(session):
        session.execute(HOLD, {"names": sorted(names)})


HOLD = text(
    "select pg_advisory_xact_lock(key) from ("
    " select hashtextextended(name, 0) as key from unnest(cast(:names as text[])) as name"
    " order by 1 offset 0) as keys"
)


def complete_checks(session: Session, person: events.Actor, hashes: Collection[str]) -> None:
    """Call the checks that list one of these files received, if it was the last that they waited for.

    An event says so: an open map then shows the photos.
    """
    county = person.county
    listing = select(Photo.check_id).where(Photo.county == county, Photo.sha256.in_(hashes))
    waiting = (Check.county == county, Check.id.in_(listing), Check.state == CheckState.INCOMPLETE)
    # Two last files may come at once: who gets the row second sees, in a later statement, what the first did
    session.execute(select(Check.id).where(*waiting).order_by(Check.id).with_for_update(key_share=True))
    awaited = exists().where(
        Photo.county == county, Photo.check_id == Check.id, Photo.state == PhotoState.EXPECTED
    )
    complete = {"state": CheckState.RECEIVED, "completed_at": func.clock_timestamp()}
    done = session.scalars(update(Check).where(*waiting, ~awaited).values(complete).returning(Check))
    for check in done.all():
        events.record(session, person, "complete", check)
