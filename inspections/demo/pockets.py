"""What the field workers' phones hold when the story ends: mostly nothing, a few what the office asks after."""

from datetime import datetime, timedelta
from typing import Any

from ..field.phones import ItemKind, Phone, PhoneItem
from ..registry.people import Role
from .book import Book
from .chance import Chance
from .people import Worker
from .spots import Spot

CARRIERS = (Role.INSPECTOR, Role.GRID_WORKER, Role.ENFORCER, Role.VOLUNTEER)
GIGABYTE = 10**9
# Kind, hours since it was begun or finished, photos that are missing, hours since the phone stopped naming it
Held = tuple[ItemKind, float, int, float | None]
# By the number of the carrier
POCKETS: dict[int, tuple[Held, ...]] = {
    3: ((ItemKind.CHECK, 5, 2, None),),
    5: ((ItemKind.CHECK, 40, 6, None), (ItemKind.CHECK, 37, 3, None), (ItemKind.SITE, 36, 0, None)),
    8: ((ItemKind.DRAFT, 60, 0, None),),
    11: ((ItemKind.DRAFT, 80, 0, 30),),
    14: ((ItemKind.CHECK, 9, 1, None), (ItemKind.DRAFT, 7, 0, None)),
}
SILENT_FOR_H = {5: 33.0}
FRAGILE = {5, 11, 14, 17}


def fill(book: Book, workers: list[Worker], sites: list[Spot]) -> None:
    """Phones of all who work in the field, and their items."""
    chance = book.chance.stream("phones")
    carriers = [worker for worker in workers if worker.role in CARRIERS]
    for number, worker in enumerate(carriers):
        seen = book.until - timedelta(hours=SILENT_FOR_H.get(number, chance.uniform(1, 8)))
        phone = _phone(book, chance, worker, seen, is_persistent=number not in FRAGILE)
        for held in POCKETS.get(number, ()):
            _item(book, chance, phone, chance.choice(sites), held)


def _phone(book: Book, chance: Chance, worker: Worker, seen: datetime, *, is_persistent: bool) -> dict[str, Any]:
    first = book.days_ago(chance.uniform(200, 360))
    return book.add(
        Phone,
        id=chance.id(first),
        person_id=worker.id,
        device_id=str(chance.id(first)),
        key_id=None,
        signing_key=None,
        is_rekeyed=False,
        app_version="0.2.0",
        first_seen_at=first,
        seen_at=seen,
        is_persistent=is_persistent,
        usage_bytes=chance.randint(20, 400) * 10**6,
        quota_bytes=chance.randint(2, 60) * GIGABYTE,
    )


def _item(book: Book, chance: Chance, phone: dict[str, Any], spot: Spot, held: Held) -> None:
    kind, hours, files_missing, gone_for_h = held
    since = book.until - timedelta(hours=hours)
    book.add(
        PhoneItem,
        phone_id=phone["id"],
        id=chance.id(since),
        kind=kind,
        site_id=None if kind is ItemKind.SITE else spot.id,
        since=since,
        files_missing=files_missing,
        gone_at=None if gone_for_h is None else book.until - timedelta(hours=gone_for_h),
    )
