"""Sites: schools, institutions and suspected sites."""

from datetime import date
from typing import Any
from uuid import UUID

import shapely
from geoalchemy2.shape import to_shape
from sqlalchemy import BigInteger, CheckConstraint, Computed, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from geo import columns
from geo.coordinates import LonLat

from ..db import CountyRow, Model, Recorded, in_county
from ..errors import say
from ..vocabulary import Choice, choice


class SiteKind(Choice):
    SCHOOL = "school", say("学校")
    INSTITUTION = "institution", say("校外培训机构")
    SUSPECTED = "suspected", say("疑似违规办学点")


class SiteCategory(Choice):
    """What a site is, within its kind (see `CATEGORIES`)."""

    KINDERGARTEN = "kindergarten", say("幼儿园")
    PRIMARY = "primary", say("小学")
    JUNIOR = "junior", say("初中")
    NINE_YEAR = "nine_year", say("九年一贯制学校")
    SENIOR = "senior", say("高中")
    SUBJECT = "subject", say("学科类")
    ARTS = "arts", say("文化艺术类")
    SPORT = "sport", say("体育类")
    SCIENCE = "science", say("科技类")
    VOCATIONAL = "vocational", say("职业技能类")
    CHILDCARE = "childcare", say("托育类")
    AFTER_CARE = "after_care", say("托管班")
    LUNCH_TABLE = "lunch_table", say("小饭桌")
    STUDY_ROOM = "study_room", say("自习室")
    MINDING = "minding", say("看护班")
    CONSULTING = "consulting", say("咨询")
    PRESCHOOL = "preschool", say("学前班")
    BRIDGING = "bridging", say("幼小衔接")
    THINKING = "thinking", say("思维训练")
    ENRICHMENT = "enrichment", say("素质拓展")
    ONE_TO_ONE = "one_to_one", say("一对一")
    LIVE_IN_TUTOR = "live_in_tutor", say("住家教师")
    UNLICENSED_CLASS = "unlicensed_class", say("黑班黑校")
    OTHER = "other", say("其他")


CATEGORIES: dict[SiteKind, tuple[SiteCategory, ...]] = {
    SiteKind.SCHOOL: tuple(SiteCategory)[:5],
    SiteKind.INSTITUTION: tuple(SiteCategory)[5:11],
    SiteKind.SUSPECTED: tuple(SiteCategory)[11:],
}


class SiteState(Choice):
    """A site's life: reported → verified | dismissed; verified → rectifying | suspended | closed | licensed."""

    REPORTED = "reported", say("待核实")
    VERIFIED = "verified", say("已核实")
    DISMISSED = "dismissed", say("已排除")
    RECTIFYING = "rectifying", say("整改中")
    SUSPENDED = "suspended", say("责令停业")
    CLOSED = "closed", say("已取缔")
    LICENSED = "licensed", say("正常办学")


NEXT_STATES: dict[SiteState, frozenset[SiteState]] = {
    SiteState.REPORTED: frozenset({SiteState.VERIFIED, SiteState.DISMISSED}),
    SiteState.VERIFIED: frozenset(
        {SiteState.RECTIFYING, SiteState.SUSPENDED, SiteState.CLOSED, SiteState.LICENSED}
    ),
    SiteState.DISMISSED: frozenset({SiteState.REPORTED}),
    SiteState.RECTIFYING: frozenset({SiteState.SUSPENDED, SiteState.CLOSED, SiteState.LICENSED}),
    SiteState.SUSPENDED: frozenset({SiteState.RECTIFYING, SiteState.CLOSED, SiteState.LICENSED}),
    SiteState.CLOSED: frozenset({SiteState.REPORTED}),
    SiteState.LICENSED: frozenset({SiteState.RECTIFYING, SiteState.SUSPENDED, SiteState.CLOSED}),
}


class Ownership(Choice):
    PUBLIC = "public", say("公办")
    PRIVATE = "private", say("民办")


class Premises(Choice):
    RESIDENTIAL = "residential", say("居民楼")
    GARAGE = "garage", say("车库")
    BASEMENT = "basement", say("地下室")
    SHOP = "shop", say("商铺")
    OFFICE = "office", say("写字楼")
    VILLAGE = "village", say("村庄")
    CAMPUS = "campus", say("校园")


class LicenceState(Choice):
    """Permit and registration together (S2). Derived from the licences that are in force."""

    COMPLETE = "complete", say("证照齐全")
    PERMIT_ONLY = "permit_only", say("有证无照")
    REGISTRATION_ONLY = "registration_only", say("有照无证")
    NONE = "none", say("无证无照")


class PublicList(Choice):
    WHITE = "white", say("白名单")
    BLACK = "black", say("黑名单")


# What a tile of sites says of each, beside the county and the key it is found by.
TILE_COLUMNS = ["tile_column", "tile_row", "id", "name", "kind", "category", "state", "licence_state"]


class Site(CountyRow, Recorded, Model):
    """A place that is inspected. `location` is None while only an address is known.

    A site that was closed on `closed_on` is looked at again until `watched_until` (`watching`). `location` may be
    the middle of a circle of `location_accuracy_m`, where only a rumour is known (`suspect_stages`).
    `external_key` is the stable key of the list a site came from; `tile_key`, `tile_column` and
    `tile_row` place it in tiles (`geo.tiles`), by which sites are found behind row-level security.
    """

    __tablename__ = "sites"
    __table_args__ = (
        in_county("township_id", "areas"),
        in_county("village_id", "areas"),
        in_county("zone_id", "zones"),
        in_county("grid_cell_id", "grid_cells"),
        in_county("moved_from_id", "sites"),
        in_county("created_by_id", "people"),
        UniqueConstraint("county", "kind", "external_key"),
        CheckConstraint("btrim(name) <> '' and char_length(name) <= 300", name="name"),
        # A tile of sites is read from the index alone; the limit on names keeps them small enough for it.
        Index("ix_sites_county_tile_key", "county", "tile_key", postgresql_include=TILE_COLUMNS),
        Index("ix_sites_county_township_id", "county", "township_id"),
        Index("ix_sites_county_zone_id", "county", "zone_id"),
        Index(
            "ix_sites_county_watched_until", "county", "watched_until", postgresql_where=text("state = 'closed'")
        ),
        # Else taking an import back would read all sites once for each that goes
        Index("ix_sites_county_moved_from_id", "county", "moved_from_id"),
    )

    kind: Mapped[SiteKind] = mapped_column(choice(SiteKind, "kind"))
    category: Mapped[SiteCategory] = mapped_column(choice(SiteCategory, "category"))
    state: Mapped[SiteState] = mapped_column(choice(SiteState, "state"))
    name: Mapped[str]
    external_key: Mapped[str | None]
    ownership: Mapped[Ownership | None] = mapped_column(choice(Ownership, "ownership"))
    premises: Mapped[Premises | None] = mapped_column(choice(Premises, "premises"))
    licence_state: Mapped[LicenceState | None] = mapped_column(choice(LicenceState, "licence_state"))
    public_list: Mapped[PublicList | None] = mapped_column(choice(PublicList, "public_list"))

    location: Mapped[Any | None] = mapped_column(columns.point())
    location_datum: Mapped[str | None]
    location_accuracy_m: Mapped[float | None]
    tile_key: Mapped[int | None] = mapped_column(BigInteger, Computed("tile_key(location)", persisted=True))
    tile_column: Mapped[int | None] = mapped_column(Computed("tile_column(location)", persisted=True))
    tile_row: Mapped[int | None] = mapped_column(Computed("tile_row(location)", persisted=True))
    address: Mapped[str | None]
    compound: Mapped[str | None]
    building: Mapped[str | None]
    unit: Mapped[str | None]
    floor: Mapped[str | None]
    room: Mapped[str | None]
    stated_township: Mapped[str | None]
    township_id: Mapped[UUID | None]
    village_id: Mapped[UUID | None]
    zone_id: Mapped[UUID | None]
    grid_cell_id: Mapped[UUID | None]

    person_in_charge: Mapped[str | None]
    phone: Mapped[str | None]
    pupils: Mapped[int | None]
    staff: Mapped[int | None]
    remark: Mapped[str | None]
    closed_on: Mapped[date | None]
    watched_until: Mapped[date | None]
    moved_from_id: Mapped[UUID | None]
    created_by_id: Mapped[UUID | None]

    @property
    def place(self) -> LonLat | None:
        return None if self.location is None else LonLat(*shapely.get_coordinates(to_shape(self.location))[0])

    def can_become(self, state: SiteState) -> bool:
        return state in NEXT_STATES[self.state]
