"""Sites of the demo county as rows, and where on the board each stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ..registry.sites import LicenceState, Ownership, Premises, Site, SiteCategory, SiteKind, SiteState
from . import names, plane
from .book import Book, Row
from .land import Land


@dataclass
class Spot:
    """A site and its place; `since` is when it became known."""

    row: Row
    at: plane.Point | None
    township: int
    since: datetime
    hotspot: str | None = None

    @property
    def id(self) -> UUID:
        return self.row["id"]

    @property
    def name(self) -> str:
        return str(self.row["name"])

    @property
    def kind(self) -> SiteKind:
        return self.row["kind"]

    @property
    def category(self) -> SiteCategory:
        return self.row["category"]


@dataclass
class Ground:
    """The land, and the ids of the rows that stand for its parts."""

    land: Land
    township_ids: list[UUID]
    village_ids: dict[str, UUID]
    zone_ids: list[UUID]
    zone_of_township: list[int]
    cell_at: Any  # plane.Point → UUID | None

    def keys_at(self, at: plane.Point) -> tuple[int, Row]:
        """The township of a place and the keys that a row there carries."""
        township = self.land.township_at(at)
        village = self.land.village_at(at)
        return township, {
            "township_id": self.township_ids[township],
            "village_id": self.village_ids[village.name],
            "zone_id": self.zone_ids[self.zone_at(at, township)],
            "grid_cell_id": self.cell_at(at),
            "stated_township": names.TOWNSHIPS[township],
        }

    def zone_at(self, at: plane.Point, township: int) -> int:
        """The county town is two zones, one north and one south of the middle; the others are whole townships."""
        return (0 if at[1] < 0 else 1) if township == 0 else self.zone_of_township[township]


def add_site(
    book: Book,
    ground: Ground,
    kind: SiteKind,
    category: SiteCategory,
    state: SiteState,
    name: str,
    at: plane.Point,
    since: datetime,
    *,
    known_place: bool = True,
    **more: Any,
) -> Spot:
    """A site standing at `at`; its row has no location unless the place is known."""
    township, keys = ground.keys_at(at)
    row = {
        "id": book.new_id(since),
        "kind": kind,
        "category": category,
        "state": state,
        "name": name,
        "external_key": None,
        "ownership": None,
        "premises": None,
        "licence_state": None,
        "public_list": None,
        "location": plane.point(at) if known_place else None,
        "location_datum": "wgs84" if known_place else None,
        "location_accuracy_m": None,
        "address": None,
        "compound": None,
        "building": None,
        "unit": None,
        "floor": None,
        "room": None,
        **keys,
        "person_in_charge": None,
        "phone": None,
        "pupils": None,
        "staff": None,
        "remark": None,
        "closed_on": None,
        "watched_until": None,
        "moved_from_id": None,
        "created_by_id": None,
        "created_at": since,
        **more,
    }
    return Spot(book.add(Site, **row), at if known_place else None, township, since)


__all__ = ["Ground", "LicenceState", "Ownership", "Premises", "Spot", "add_site"]
