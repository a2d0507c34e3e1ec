"""What the demo county knows of its suspected sites beside their rows: doors, rumours, clues, public lists."""

import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from ..intake.clues import Clue, ClueKind, normalise
from ..registry.people import Role
from ..registry.public_listings import PublicListing
from ..registry.sites import PublicList, SiteKind, SiteState
from ..registry.watching import LOOKS
from . import names
from .book import Book, Row
from .chance import Chance
from .people import Staff
from .spots import Spot

DOOR = re.compile(r"(\D+)?(\d+)栋(?:(\d+)单元(\d+)室|(\d+号车库)|(负一层))")
REASONS = {
    PublicList.WHITE: "年检合格，证照齐全，预收费全额存入监管账户",
    PublicList.BLACK: "擅自举办校外培训机构，经责令停办拒不改正，已依法取缔",
}
RUMOURS = 12


def know_more(book: Book, staff: Staff, sites: Sequence[Spot]) -> None:
    chance = book.chance.stream("suspicions")
    suspects = [spot for spot in sites if spot.kind is SiteKind.SUSPECTED]
    for spot in suspects:
        _split_address(spot.row)
        if spot.row["watched_until"]:
            spot.row["closed_on"] = spot.row["watched_until"] - timedelta(days=LOOKS[-1])
    _blur(chance, suspects)
    _write_clues(book, chance, suspects)
    director = staff.first(Role.DIRECTOR).id
    for spot in sites:
        if spot.row["public_list"]:
            _list(book, chance, spot, director)


def _split_address(row: Row) -> None:
    """The compound and the door that stand in an address."""
    if not (found := DOOR.search(row["address"] or "")):
        return
    start, building, unit, room, garage, below = found.groups()
    township = names.COUNTY_PLAIN + row["stated_township"]
    row["compound"], row["building"] = (start or "").removeprefix(township) or None, building
    row["unit"], row["room"] = unit, room or garage
    row["floor"] = "-1" if below else room[:-2] if room else None


def _blur(chance: Chance, suspects: Sequence[Spot]) -> None:
    """Of some that were only heard of nobody knows more than a circle."""
    heard = [spot for spot in suspects if spot.row["state"] is SiteState.REPORTED and spot.at]
    for spot in chance.some(heard, min(RUMOURS, len(heard))):
        spot.row["location_accuracy_m"] = float(chance.choice([150, 200, 300, 500]))
        for name in ("building", "unit", "floor", "room"):
            spot.row[name] = None
        spot.row["address"] = spot.row["compound"] or spot.row["stated_township"]


def _write_clues(book: Book, chance: Chance, suspects: Sequence[Spot]) -> None:
    """A class that moved keeps its payment account, and mostly its phone."""
    by_id = {spot.id: spot for spot in suspects}
    for spot in suspects:
        if spot.row["phone"] and chance.happens(0.5):
            _clue(book, spot, ClueKind.PHONE, spot.row["phone"])
        old = by_id.get(spot.row["moved_from_id"])
        if old:
            account = f"{names.phone(chance)[-8:]}@pay"
            for each in (old, spot):
                _clue(book, each, ClueKind.PAYMENT, account)
            if old.row["phone"] and chance.happens(0.7):
                spot.row["phone"] = old.row["phone"]


def _clue(book: Book, spot: Spot, kind: ClueKind, shown: str) -> None:
    book.add(
        Clue,
        id=book.new_id(spot.since),
        kind=kind,
        value=normalise(kind, shown),
        shown=shown,
        tip_id=None,
        site_id=spot.id,
        at=spot.since,
    )


def _list(book: Book, chance: Chance, spot: Spot, director: UUID) -> None:
    closed_on = spot.row["closed_on"]
    days = chance.uniform(0.1, 0.9) * ((book.until - spot.since) / timedelta(days=1))
    at = book.until - timedelta(days=days)
    if closed_on:
        at = max(at, book.until - timedelta(days=max(0, (book.today - closed_on).days)))
    book.add(
        PublicListing,
        id=book.new_id(at),
        site_id=spot.id,
        list=spot.row["public_list"],
        listed_at=at,
        listed_by_id=director,
        reason=REASONS[spot.row["public_list"]],
    )
