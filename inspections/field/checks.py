"""Checks: one visit to a site, as the phone recorded it."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CHAR,
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from geo import columns

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class CheckKind(Choice):
    ROUTINE = "routine", say("常态督导")
    TERM_OPENING = "term_opening", say("开学督查")
    SPECIAL = "special", say("专项督导")
    UNANNOUNCED = "unannounced", say("明察暗访")
    RANDOM = "random", say("双随机抽查")
    TIP = "tip", say("线索核查")
    SWEEP = "sweep", say("联合执法")
    CANVASS = "canvass", say("拉网式排查")
    RECHECK = "recheck", say("复查")
    SELF = "self", say("自查")
    STAKEOUT = "stakeout", say("蹲点值守")


class Standing(Choice):
    """What a check is in law: a lead is an outside observation, an inspection the act of certified officers."""

    LEAD = "lead", say("巡查线索")
    INSPECTION = "inspection", say("行政检查")


class CheckState(Choice):
    """A check is incomplete until every file of its manifest has arrived."""

    INCOMPLETE = "incomplete", say("照片未传齐")
    RECEIVED = "received", say("已收妥")


class Fence(Choice):
    """Was the phone at the site? Three-valued, since a fix is a disc and not a point."""

    INSIDE = "inside", say("在现场")
    CANNOT_TELL = "cannot_tell", say("无法判断")
    OUTSIDE = "outside", say("不在现场")


class Verdict(Choice):
    COMPLIANT = "compliant", say("符合")
    NOT_COMPLIANT = "not_compliant", say("不符合")
    NOT_APPLICABLE = "not_applicable", say("不适用")
    UNSEEN = "unseen", say("未查")


class Check(CountyRow, Recorded, Model):
    """One visit. `record` is the exact bytes the phone sent and `record_sha256` their hash; the columns are read
    from it once and never written back.

    `carried_by_id` is who brought it in a parcel, where that wasn't the phone that made it.
    Times with `device_` are the phone's own clock; `received_at` is the server's. `fixes` is the whole series of
    positions, `location` the best of it.
    """

    __tablename__ = "checks"
    __table_args__ = (
        in_county("site_id", "sites"),
        in_county("person_id", "people"),
        in_county("second_person_id", "people"),
        in_county("carried_by_id", "people"),
        ForeignKeyConstraint(["checklist_code", "checklist_version"], ["checklists.code", "checklists.version"]),
        CheckConstraint("second_person_id <> person_id", name="two_officers"),
        CheckConstraint(
            "coalesce(substring(checklist_code from '^([0-9]{6})-'), county) = county", name="own_checklist"
        ),
        Index("ix_checks_county_site_id_device_finished_at", "county", "site_id", "device_finished_at"),
        Index("ix_checks_county_person_id_received_at", "county", "person_id", "received_at"),
        Index("ix_checks_county_device_id_device_sequence", "county", "device_id", "device_sequence"),
    )

    site_id: Mapped[UUID]
    task_id: Mapped[UUID | None]
    kind: Mapped[CheckKind] = mapped_column(choice(CheckKind, "kind"))
    standing: Mapped[Standing] = mapped_column(choice(Standing, "standing"))
    state: Mapped[CheckState] = mapped_column(choice(CheckState, "state"))
    person_id: Mapped[UUID]
    certificate_number: Mapped[str | None]
    second_person_id: Mapped[UUID | None]
    second_certificate_number: Mapped[str | None]
    carried_by_id: Mapped[UUID | None]
    certificates_shown_at: Mapped[datetime | None]
    recording_told_at: Mapped[datetime | None]
    checklist_code: Mapped[str | None]
    checklist_version: Mapped[int | None]
    summary: Mapped[str | None]
    person_in_charge: Mapped[str | None]
    signature_refused: Mapped[str | None]

    device_id: Mapped[str]
    device_sequence: Mapped[int] = mapped_column(BigInteger)
    device_started_at: Mapped[datetime]
    device_finished_at: Mapped[datetime]
    clock_offset_ms: Mapped[int | None] = mapped_column(BigInteger)
    received_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]

    fixes: Mapped[list[Any]] = mapped_column(server_default="[]")
    location: Mapped[Any | None] = mapped_column(columns.point())
    accuracy_m: Mapped[float | None]
    location_grade: Mapped[str] = mapped_column(server_default="D")
    no_fix_reason: Mapped[str | None]
    fence: Mapped[Fence] = mapped_column(choice(Fence, "fence"))
    distance_m: Mapped[float | None]
    last_outdoor_fix: Mapped[dict[str, Any] | None]
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")

    record: Mapped[bytes] = mapped_column(LargeBinary)
    record_sha256: Mapped[str]
    manifest: Mapped[list[Any]] = mapped_column(server_default="[]")


class Outline(NamedTuple):
    """What a receipt, a finding and a task ask of a check that was written a moment ago."""

    county: str
    id: UUID
    site_id: UUID
    person_id: UUID
    second_person_id: UUID | None
    state: CheckState
    record_sha256: str
    received_at: datetime
    completed_at: datetime | None


class Answer(Model):
    """The verdict on one item of the checklist. "Not compliant" carries a note and at least one photo."""

    __tablename__ = "answers"
    __table_args__ = (
        in_county("check_id", "checks", ondelete="CASCADE"),
        CheckConstraint("verdict <> 'not_compliant' or btrim(note) <> ''", name="note"),
    )

    county: Mapped[str] = mapped_column(CHAR(6), primary_key=True)
    check_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_code: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[Verdict] = mapped_column(choice(Verdict, "verdict"))
    note: Mapped[str] = mapped_column(server_default="")


class Version(Choice):
    """Which of two records of one check stands."""

    FIRST = "first", say("以第一份为准")
    SECOND = "second", say("以第二份为准")


class CheckConflict(CountyRow, Model):
    """Another record that came under the id of an existing check. Both are kept; a person says which `stands`."""

    __tablename__ = "check_conflicts"
    __table_args__ = (
        in_county("check_id", "checks"),
        in_county("person_id", "people"),
        in_county("settled_by_id", "people"),
        UniqueConstraint("county", "check_id", "record_sha256"),
    )

    check_id: Mapped[UUID]
    person_id: Mapped[UUID]
    record: Mapped[bytes] = mapped_column(LargeBinary)
    record_sha256: Mapped[str]
    received_at: Mapped[datetime]
    stands: Mapped[Version | None] = mapped_column(choice(Version, "stands"))
    settled_by_id: Mapped[UUID | None]
    settled_at: Mapped[datetime | None]
    reason: Mapped[str | None]
