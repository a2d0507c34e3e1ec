"""About ninety schools: some of each stage in the county town, a centre school and village schools elsewhere."""

from ..registry.sites import Ownership, Premises, SiteCategory, SiteKind, SiteState
from . import addresses, names, plane
from .book import Book
from .chance import Chance
from .land import Land
from .spots import Ground, Spot, add_site
from .troubles import cold_middle, hotspots

TOWN: list[tuple[SiteCategory, int]] = [
    (SiteCategory.PRIMARY, 8),
    (SiteCategory.KINDERGARTEN, 9),
    (SiteCategory.JUNIOR, 3),
    (SiteCategory.NINE_YEAR, 2),
    (SiteCategory.SENIOR, 2),
]
PUPILS = {
    SiteCategory.KINDERGARTEN: (60, 320),
    SiteCategory.PRIMARY: (120, 1600),
    SiteCategory.JUNIOR: (300, 1900),
    SiteCategory.NINE_YEAR: (400, 2200),
    SiteCategory.SENIOR: (900, 3200),
}


def open_schools(book: Book, ground: Ground) -> list[Spot]:
    chance = book.chance.stream("schools")
    schools = _town_schools(book, ground, chance)
    for i, name in list(enumerate(names.TOWNSHIPS))[1:]:
        schools += _township_schools(book, ground, i, name[:-1], chance)
    return schools


def _town_schools(book: Book, ground: Ground, chance: Chance) -> list[Spot]:
    """On blocks of their own, the first ones in the planted quarters: trouble gathers around schools."""
    free = _free_blocks(ground.land)
    wanted = [spot.middle for spot in hotspots(ground.land)[:2]] + [cold_middle(), cold_middle()]
    sites = [free.pop(min(range(len(free)), key=lambda i: plane.away(free[i], at))) for at in wanted]
    stages = [stage for stage, count in TOWN for _ in range(count)]
    sites += chance.some(free, len(stages) - len(sites))
    numbers: dict[SiteCategory, int] = {}
    made = []
    for stage, at in zip(stages, sites, strict=True):
        numbers[stage] = numbers.get(stage, 0) + 1
        made.append(_school(book, ground, stage, _town_name(stage, numbers[stage]), at, chance))
    return made


def _free_blocks(land: Land) -> list[plane.Point]:
    taken = [compound.outline for compound in land.compounds if compound.township == 0]
    free = [block for block in land.blocks if not any(block.intersects(outline) for outline in taken)]
    return [(block.centroid.x, block.centroid.y) for block in free]


def _town_name(stage: SiteCategory, number: int) -> str:
    word = (
        names.KINDERGARTEN_WORDS[number % 12] if stage is SiteCategory.KINDERGARTEN else names.SCHOOL_WORDS[number]
    )
    match stage:
        case SiteCategory.KINDERGARTEN:
            return f"{names.COUNTY_PLAIN}{word}幼儿园"
        case SiteCategory.PRIMARY:
            return f"{names.COUNTY_PLAIN}第{'一二三四五六七八九'[number - 1]}小学"
        case SiteCategory.JUNIOR:
            return f"{names.COUNTY_PLAIN}{word}初级中学"
        case SiteCategory.NINE_YEAR:
            return f"{names.COUNTY_PLAIN}{word}学校"
        case _:
            return f"{names.COUNTY_PLAIN}第{'一二三四五'[number - 1]}中学"


def _township_schools(book: Book, ground: Ground, i: int, name: str, chance: Chance) -> list[Spot]:
    """A centre kindergarten, primary and junior school at the seat, and primary schools in three villages."""
    x, y = ground.land.seats[i]
    at_seat = [
        (SiteCategory.PRIMARY, f"{name}中心小学", (x - 60, y + 90)),
        (SiteCategory.KINDERGARTEN, f"{name}中心幼儿园", (x + 160, y - 190)),
        (SiteCategory.JUNIOR, f"{name}初级中学", (x - 330, y - 120)),
    ]
    made = [_school(book, ground, *each, chance) for each in at_seat]
    own = [village for village in ground.land.villages if village.township == i and village.seat != (x, y)]
    for village in chance.some(own, 3):
        near = (village.seat[0] + chance.gauss(0, 90), village.seat[1] + chance.gauss(0, 90))
        at = near if ground.land.township_at(near) == i else village.seat
        made.append(_school(book, ground, SiteCategory.PRIMARY, f"{name}{village.name[:-1]}小学", at, chance))
    return made


def _school(book: Book, ground: Ground, stage: SiteCategory, name: str, at: plane.Point, chance: Chance) -> Spot:
    fewest, most = PUPILS[stage]
    rural = ground.land.township_at(at) != 0
    pupils = int(chance.triangular(fewest, most * (0.35 if rural else 1), fewest))
    private = stage is SiteCategory.KINDERGARTEN and chance.happens(0.5)
    return add_site(
        book,
        ground,
        SiteKind.SCHOOL,
        stage,
        SiteState.LICENSED,
        name,
        at,
        book.days_ago(chance.uniform(370, 380)),
        external_key=f"YS{chance.randrange(10**8):08}",
        ownership=Ownership.PRIVATE if private else Ownership.PUBLIC,
        premises=Premises.CAMPUS,
        address=addresses.of(ground.land, at, chance),
        person_in_charge=names.person(chance),
        phone=names.phone(chance),
        pupils=pupils,
        staff=max(4, pupils // chance.randint(11, 17)),
    )
