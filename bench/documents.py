"""A case file with thirty photos of 12 megapixels, made by its job, against the limit of five seconds.

The county is the demo county; the photos are of one of its cases. Usually their pictures of 1600 px were made when
they arrived; the second figure is of a case whose photos came a moment ago: each original is decoded first.
One order's Word file, drawn while somebody waits, stands beside them.
"""

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from statistics import median
from uuid import UUID

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

import inspections.tables  # noqa: F401 - all mappers
from geo.columns import lonlat
from inspections import jobs
from inspections.casework.findings import Finding
from inspections.casework.orders import Order, OrderItem, OrderState
from inspections.db import connect, new_id, scope
from inspections.demo import create_demo_county
from inspections.demo.names import COUNTY_CODE
from inspections.evidence.derivatives import process_decoder
from inspections.evidence.receiving import LARGE
from inspections.evidence.store import BlobStore, open_store
from inspections.field.checks import Check
from inspections.field.photos import Photo, PhotoPurpose, PhotoState
from inspections.registry.people import Person, PersonRole, Role
from inspections.reporting.casefile import composing  # noqa: F401 - it registers its kind
from inspections.reporting.documents import files
from inspections.reporting.documents.making import Document, DocumentFormat, DocumentState

from .photos import noisy_photo
from .result import Result, once
from .tiles_county import database

NAME = "documents"
PHOTOS = 30
LIMIT_MS, PAGE_MS = 5_000.0, 300.0
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def run(full: bool) -> list[Result]:
    server = os.environ.get("MINGCHA_BENCH_DATABASE_URL") or os.environ["MINGCHA_TEST_DATABASE_URL"]
    with database(server) as url, tempfile.TemporaryDirectory() as place:
        store = open_store(place)
        engine = connect(url)
        finding_id, order_id = load(engine, store)
        rounds = 7 if full else 3
        made = case_files(engine, store, finding_id, rounds)
        for sha256_ in hashes(engine, finding_id):
            (store.root / "derived" / sha256_[:2] / sha256_ / f"{LARGE}.jpg").unlink()  # type: ignore[attr-defined]
        decoding = case_files(engine, store, finding_id, 1)
        paper = median(once(lambda: drawn(engine, order_id)) for _ in range(9))
        engine.dispose()
    return [
        Result(f"case file, {PHOTOS} photos of 12 megapixels", made, LIMIT_MS, "≤ 1 ×", peer_name="limit"),
        Result("the same, its pictures not made yet", decoding, LIMIT_MS, peer_name="limit"),
        Result("the Word file of an order", paper, PAGE_MS, "≤ 1 ×", peer_name="limit"),
    ]


def load(engine: Engine, store: BlobStore) -> tuple[UUID, UUID]:
    """The demo county, and thirty photos on the check that found what a served order names."""
    with Session(engine) as session:
        create_demo_county(session, store, NOW.date())
        session.commit()
        scope(session, COUNTY_CODE)
        served = select(Order).where(Order.state == OrderState.SERVED).order_by(Order.id)
        order = session.scalars(served.limit(1)).one()
        items = select(OrderItem.finding_id).where(OrderItem.order_id == order.id)
        finding = session.scalars(
            select(Finding).where(Finding.id.in_(items), Finding.check_id.is_not(None))
        ).first()
        assert finding is not None
        check = session.scalars(select(Check).where(Check.id == finding.check_id)).one()
        session.execute(update(Photo).where(Photo.check_id == check.id).values(item_code="none"))
        content = noisy_photo(4000, 3000)
        large = process_decoder().derive(content).large
        assert large is not None
        for position in range(PHOTOS):
            photo = content + position.to_bytes(2, "big")  # bytes after the end of a JPEG are not looked at
            digest = sha256(photo).hexdigest()
            store.put([photo], len(photo), digest)
            store.put_derived(digest, LARGE, large)
            session.add(
                Photo(
                    county=COUNTY_CODE, id=new_id(), check_id=check.id, position=100 + position,
                    finding_id=finding.id, purpose=PhotoPurpose.SCENE, state=PhotoState.RECEIVED,
                    caption=f"现场 {position + 1}", sha256=digest, size=len(photo), media_type="image/jpeg",
                    device_taken_at=NOW, location=lonlat(101.8, 40.29), accuracy_m=9.0,
                )
            )  # fmt: skip
        session.commit()
        return finding.id, order.id


def hashes(engine: Engine, finding_id: UUID) -> list[str]:
    with Session(engine) as session:
        return list(
            session.scalars(select(Photo.sha256).where(Photo.finding_id == finding_id, Photo.position >= 100))
        )


def case_files(engine: Engine, store: BlobStore, finding_id: UUID, rounds: int) -> float:
    """The job alone, from its start to its commit; the first round warms up and isn't counted."""

    def make() -> None:
        with Session(engine) as session:
            scope(session, COUNTY_CODE)
            asked = files.ask(session, dispatcher(session), "case_file", finding_id, DocumentFormat.DOCX, NOW)
            document_id = asked.id
            session.commit()
        times.append(
            once(lambda: jobs.run(engine, store, "documents.make", COUNTY_CODE, document_id=str(document_id)))
        )
        with Session(engine) as session:
            document = session.scalars(select(Document).where(Document.id == document_id)).one()
            assert document.state is DocumentState.DONE, document.message

    times: list[float] = []
    repeat(make, rounds + (rounds > 1))
    return median(times[1:] or times)


def repeat(work: Callable[[], None], rounds: int) -> None:
    for _ in range(rounds):
        work()


def drawn(engine: Engine, order_id: UUID) -> bytes:
    with Session(engine) as session:
        scope(session, COUNTY_CODE)
        kind = session.scalars(select(Order.kind).where(Order.id == order_id)).one()
        return files.word_of(session, dispatcher(session), kind.value, order_id)[1]


def dispatcher(session: Session) -> Person:
    having = select(PersonRole.person_id).where(
        PersonRole.county == COUNTY_CODE, PersonRole.role == Role.DISPATCHER
    )
    query = select(Person).where(Person.county == COUNTY_CODE, Person.is_active, Person.id.in_(having))
    found = session.scalars(query.order_by(Person.id)).unique().first()
    assert found is not None
    return found
