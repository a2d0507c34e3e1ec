"""About 160 training institutions with their licences, some of which don't fit what stands at the door."""

from datetime import date, timedelta

from ..registry import credit_code
from ..registry.licences import Licence, LicenceKind
from ..registry.sites import LicenceState, Ownership, Premises, PublicList, SiteCategory, SiteKind, SiteState
from . import addresses, names, plane
from .book import Book
from .chance import Chance
from .spots import Ground, Spot, add_site
from .troubles import cold_middle

Category = SiteCategory
COUNTS = {
    Category.SUBJECT: 18,
    Category.ARTS: 56,
    Category.SPORT: 32,
    Category.SCIENCE: 20,
    Category.VOCATIONAL: 14,
    Category.CHILDCARE: 20,
}
TRADES = {
    Category.SUBJECT: ("文化教育", "课外辅导", "教育"),
    Category.ARTS: ("美术", "舞蹈", "书法", "钢琴", "语言艺术", "古筝"),
    Category.SPORT: ("篮球", "跆拳道", "羽毛球", "游泳", "乒乓球"),
    Category.SCIENCE: ("少儿编程", "机器人", "科学实验"),
    Category.VOCATIONAL: ("职业技能", "计算机", "会计"),
    Category.CHILDCARE: ("托育", "婴幼儿照护"),
}
SCOPES = {
    Category.SUBJECT: "义务教育阶段学科类培训（非营利）",
    Category.ARTS: "文化艺术类校外培训；艺术交流活动组织",
    Category.SPORT: "体育类校外培训；体育场地经营",
    Category.SCIENCE: "科技类校外培训；科普活动组织",
    Category.VOCATIONAL: "职业技能培训（不面向中小学生）",
    Category.CHILDCARE: "3 岁以下婴幼儿托育服务",
}
NO_TRAINING = "文具用品零售；教育信息咨询（不含培训）；家政服务"
STATES = {SiteState.LICENSED: 84, SiteState.RECTIFYING: 9, SiteState.SUSPENDED: 5, SiteState.CLOSED: 2}
PAPERS = {LicenceState.COMPLETE: 84, LicenceState.REGISTRATION_ONLY: 11, LicenceState.PERMIT_ONLY: 5}


def open_institutions(book: Book, ground: Ground, schools: list[Spot]) -> list[Spot]:
    chance = book.chance.stream("institutions")
    given = names.Unique()
    made = []
    for category, count in COUNTS.items():
        for _ in range(count):
            made.append(_institution(book, ground, category, _place(ground, schools, chance), given, chance))
    return made


def _place(ground: Ground, schools: list[Spot], chance: Chance) -> plane.Point:
    """On streets of the town (as many in the new quarter as elsewhere) and of township seats."""
    if chance.happens(0.14):
        x, y = cold_middle()
        return x + chance.gauss(0, 230), y + chance.gauss(0, 230)
    if chance.happens(0.6):
        block = chance.choice(ground.land.blocks)
        x, y = chance.choice(list(block.exterior.coords))
        return x + chance.uniform(-12, 12), y + chance.uniform(-12, 12)
    x, y = chance.choice(ground.land.seats[1:])
    return x + chance.gauss(0, 170), y + chance.gauss(0, 170)


def _institution(
    book: Book, ground: Ground, category: SiteCategory, at: plane.Point, given: names.Unique, chance: Chance
) -> Spot:
    sign = given(chance.choice(names.BRANDS) + chance.choice(TRADES[category]))
    premises = chance.weighted({Premises.SHOP: 60, Premises.OFFICE: 28, Premises.RESIDENTIAL: 12})
    papers = LicenceState.COMPLETE if category is Category.SUBJECT else chance.weighted(PAPERS)
    state = chance.weighted(STATES)
    spot = add_site(
        book,
        ground,
        SiteKind.INSTITUTION,
        category,
        state,
        sign,
        at,
        book.days_ago(chance.uniform(366, 380)),
        external_key=f"PX{chance.randrange(10**8):08}",
        ownership=Ownership.PRIVATE,
        premises=premises,
        licence_state=papers,
        public_list=_public_list(state, papers, chance),
        address=addresses.of(ground.land, at, chance, premises),
        person_in_charge=names.person(chance),
        phone=names.phone(chance),
        pupils=chance.randint(18, 260),
        staff=chance.randint(3, 24),
    )
    _license(book, spot, papers, chance)
    return spot


def _public_list(state: SiteState, papers: LicenceState, chance: Chance) -> PublicList | None:
    if state is SiteState.LICENSED and papers is LicenceState.COMPLETE and chance.happens(0.75):
        return PublicList.WHITE
    return PublicList.BLACK if state in (SiteState.SUSPENDED, SiteState.CLOSED) else None


def _license(book: Book, spot: Spot, papers: LicenceState, chance: Chance) -> None:
    """What the papers say. One institution in six has papers that contradict its sign, its classes or its door."""
    civil = spot.category is Category.SUBJECT or chance.happens(0.25)
    holder = f"{names.COUNTY_PLAIN}{spot.name.partition('（')[0]}培训{'中心' if civil else '有限公司'}"
    scope, address = SCOPES[spot.category], spot.row["address"]
    match chance.weighted({"fits": 84, "sign": 6, "scope": 5, "address": 5}):
        case "sign":
            holder = f"{names.COUNTY_PLAIN}{chance.choice(names.TUTOR_BRANDS)}商贸有限公司"
        case "scope":
            scope = NO_TRAINING
        case "address":
            address = f"{names.COUNTY_PLAIN}{chance.choice(names.TOWNSHIPS)}老街{chance.randint(1, 99)}号"
    start = book.today - timedelta(days=chance.randint(200, 1700))
    common = {"holder": holder, "scope": scope, "address": address}
    if papers is not LicenceState.REGISTRATION_ONLY:
        _permit(book, spot, start, chance, **common)
    if papers is not LicenceState.PERMIT_ONLY:
        _registration(book, spot, start, civil, chance, **common)


def _permit(book: Book, spot: Spot, start: date, chance: Chance, **values: str) -> None:
    """For five years; a few ran out and were not renewed."""
    start = start - timedelta(days=600) if chance.happens(0.06) else start
    book.add(
        Licence,
        id=book.new_id(spot.since),
        site_id=spot.id,
        kind=LicenceKind.PERMIT,
        number=f"教民{names.COUNTY_CODE}7{chance.randrange(10**7):07}号",
        credit_code=None,
        issuer=names.BUREAU,
        valid_from=start,
        valid_until=start + timedelta(days=5 * 365 if chance.happens(0.93) else 190),
        **values,
    )


def _registration(book: Book, spot: Spot, start: date, civil: bool, chance: Chance, **values: str) -> None:
    code = new_credit_code(chance, civil)
    book.add(
        Licence,
        id=book.new_id(spot.since),
        site_id=spot.id,
        kind=LicenceKind.CIVIL if civil else LicenceKind.BUSINESS,
        number=code,
        credit_code=code,
        issuer=f"{names.COUNTY_PLAIN}{'民政局' if civil else '市场监督管理局'}（演示）",
        valid_from=start,
        valid_until=None,
        **values,
    )


def new_credit_code(chance: Chance, civil: bool) -> str:
    """A code with valid check digits in the demo county's own, unassigned division (GB 32100-2015).

    Inside it stands an organisation code of nine characters with its own check digit (GB 11714-1997).
    """
    organisation = "MA" + "".join(chance.choice(credit_code.ALPHABET) for _ in range(6))
    first = ("52" if civil else "91") + names.COUNTY_CODE + organisation + _organisation_digit(organisation)
    return first + credit_code.check_digit(first)


def _organisation_digit(first_8: str) -> str:
    """GB 11714-1997: weights 3, 7, 9, 10, 5, 8, 4, 2 modulo 11; 10 is written X, 11 is written 0."""
    values = (int(c, 36) for c in first_8)
    total = sum(value * weight for value, weight in zip(values, (3, 7, 9, 10, 5, 8, 4, 2), strict=True))
    return "0123456789X0"[11 - total % 11]
