"""The demonstration county: fictional, drawn by a seeded generator, marked as demonstration everywhere.

Twelve townships around a county town, some ninety schools, 160 training institutions and 220 suspected sites, the
people of all roles, and a year of tips, checks, photos, problems and tasks up to the beginning of today. The same
seed and date give the same county. What is planted for analyses to find is written down in `troubles`.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ..canvass.campaigns import CampaignCell, CanvassCampaign
from ..canvass.visits import CanvassVisit
from ..casework.closures import Closure
from ..casework.findings import Finding
from ..casework.rechecks import Recheck
from ..days import CHINA
from ..db import Model, scope
from ..errors import Conflict, say
from ..events import Event
from ..evidence import receiving  # noqa: F401 - registers the job that makes thumbnails
from ..evidence.blobs import Blob
from ..evidence.keys import KeyRing
from ..evidence.store import BlobStore
from ..field.checklists import Checklist, ListState
from ..field.checks import Answer, Check
from ..field.phones import Phone, PhoneItem
from ..field.photos import Photo
from ..field.tasks import Task
from ..intake.clues import Clue
from ..intake.tip_moves import TipMove
from ..intake.tips import Tip
from ..jobs import enqueue_each
from ..registry.accounts import Account
from ..registry.areas import Area
from ..registry.counties import County, create_county, find_county
from ..registry.departments import Department
from ..registry.grid.holders import CellHolder
from ..registry.grid_cells import GridCell
from ..registry.licences import Licence
from ..registry.map_features import MapFeature
from ..registry.people import Certificate, Person, PersonRole, Role
from ..registry.public_listings import PublicListing
from ..registry.sites import Site
from ..registry.zones import Zone
from ..rules.observations import Observation
from ..rules.school_year import SchoolPeriod
from ..targeting.hotspots import Method, Settings, order_run
from . import names, sheets
from .answers import write_answers
from .book import Book
from .bulletins import write_bulletins
from .casework import write_casework
from .complainants import write_complainants
from .county import SEED, Drawn, draw_county
from .draws import write_draws
from .escalation import write_escalation
from .ledger import write_ledger
from .levels import write_levels
from .orders import write_orders
from .reports import write_reports
from .risk import order_models
from .sent import write_sent
from .special_campaigns import write_special_campaign
from .targets import write_targets
from .triage import write_triage
from .warnings import order_warnings

STORING_THREADS = 8  # storing is waiting for the disk

# Parents before children; the heads of schools and institutions come after their sites.
LAND = (Area, Department, Account)
WORK = (Zone, GridCell, MapFeature, Site)
STORY = (
    Licence,
    Tip,
    TipMove,
    Clue,
    PublicListing,
    Check,
    Answer,
    Blob,
    CanvassCampaign,
    CampaignCell,
    CanvassVisit,
    CellHolder,
    Finding,
    Photo,
    Task,
    Recheck,
    Closure,
    Phone,
    PhoneItem,
    SchoolPeriod,
    Observation,
    Event,
)


def create_demo_county(
    session: Session,
    store: BlobStore,
    today: date | None = None,
    seed: str = SEED,
    keys: KeyRing | None = None,
) -> County:
    """Draw the demo county and write it, as the owner of the database. The caller commits.

    Without `keys` nobody is known of those who sent its tips.

    `today` (default: the current date in China) is the day after the story ends. Raises `Conflict` where the demo
    county exists already.
    """
    if find_county(session, names.COUNTY_CODE):
        raise Conflict(say("演示县已经存在"))
    today = today or datetime.now(CHINA).date()
    drawn = draw_county(today, _standard_checklist(session), seed)
    county = create_county(session, names.COUNTY_CODE, names.COUNTY, names.BUREAU, is_demonstration=True)
    scope(session, names.COUNTY_CODE)
    _write(session, drawn.book)
    _count_rows(session)
    write_orders(session, today, seed)
    write_ledger(session, today, seed)
    write_answers(session, today, seed)
    write_escalation(session, today, seed)
    write_casework(session, today)
    write_reports(session, today, seed)
    write_levels(session, today, seed)
    write_triage(session, today)
    write_bulletins(session, today)
    write_complainants(session, today, keys or KeyRing(), seed)
    write_draws(session, today, keys or KeyRing())
    write_sent(session, drawn.photos, seed)
    write_special_campaign(session, today, keys or KeyRing(), seed)
    order_warnings(session, datetime.now(UTC))
    write_targets(session, today, seed)
    _order_hotspots(session)  # before the thumbnails, which keep the worker busy for a minute
    order_models(session, datetime.now(UTC))
    _store(session, store, drawn)
    return county


def _standard_checklist(session: Session) -> sheets.Checklist | None:
    """The newest version of the 25 items, if this installation has published it."""
    found = session.scalars(
        select(Checklist)
        .where(Checklist.code == sheets.STANDARD.code, Checklist.state == ListState.PUBLISHED)
        .order_by(Checklist.version.desc())
    ).first()
    if found is None:
        return None
    return sheets.Checklist(found.code, found.version, tuple(item.code for item in found.items))


def _write(session: Session, book: Book) -> None:
    everyone = book.rows.pop(Person)
    book.rows[Person] = [row for row in everyone if row["site_id"] is None]
    book.write(session, *LAND, Person)
    book.write(session, *WORK)
    book.rows[Person] = [row for row in everyone if row["site_id"] is not None]
    book.write(session, Person, PersonRole, Certificate, *STORY)


def _count_rows(session: Session) -> None:
    """The planner knows nothing of rows written in this transaction.

    Our own tables alone: what all databases of the server share would stay locked until the transaction ends, and
    whoever counts his own rows there would wait for it.
    """
    session.execute(text(f"analyze {', '.join(sorted(Model.metadata.tables))}"))


def _store(session: Session, store: BlobStore, drawn: Drawn) -> None:
    """Keep the photos where all evidence is kept, and have their thumbnails made."""
    with ThreadPoolExecutor(STORING_THREADS) as pool:
        list(pool.map(lambda item: store.put([item[1]], len(item[1]), item[0]), drawn.photos.items()))
    wanted = [(f"derive {names.COUNTY_CODE} {sha256}", {"sha256": sha256}) for sha256 in drawn.photos]
    # A photo that a phone sends meanwhile need not wait for them all
    enqueue_each(session, "derive", names.COUNTY_CODE, wanted, is_last=True)


HOTSPOT_MAPS = (
    Settings(),
    Settings(method=Method.LOCAL_MORAN),
    Settings(method=Method.KERNEL),
    Settings(method=Method.EMERGING),
    Settings(method=Method.RATE),
    Settings(size_m=1000, method=Method.SCAN),
    Settings(size_m=1000, method=Method.SCAN_SPACE_TIME),
)


def _order_hotspots(session: Session) -> None:
    """Have the first hotspot maps computed, so that they are there when they are first opened."""
    dispatchers = select(PersonRole.person_id).where(
        PersonRole.county == names.COUNTY_CODE, PersonRole.role == Role.DISPATCHER
    )
    dispatcher = session.scalars(
        select(Person).where(Person.county == names.COUNTY_CODE, Person.id.in_(dispatchers)).order_by(Person.id)
    ).first()
    if dispatcher:
        for settings in HOTSPOT_MAPS:
            order_run(session, dispatcher, settings, datetime.now(UTC))
