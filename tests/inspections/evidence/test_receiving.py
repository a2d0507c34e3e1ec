import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from inspections import jobs
from inspections.db import new_id, scope
from inspections.errors import Invalid
from inspections.events import Event
from inspections.evidence.blobs import Blob, BlobState
from inspections.evidence.derivatives import Decoder
from inspections.evidence.receiving import advice, derive, derive_what_is_missing, receive
from inspections.evidence.store import BlobMissing, BlobStore, ContentMismatch, open_store
from inspections.field.checks import Check, CheckKind, CheckState, Fence, Standing
from inspections.field.photos import Photo, PhotoPurpose, PhotoState
from inspections.registry.people import Person
from tests.factories import COUNTY, NOW, make_person, make_site
from tests.inspections.evidence.photographs import drawn, opened

PHOTO = drawn((640, 480))


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return open_store(str(tmp_path))


@pytest.fixture
def person(session: Session) -> Person:
    return make_person(session)


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as decoder:
        yield decoder


def name_of(content: bytes) -> str:
    return sha256(content).hexdigest()


def send(session: Session, store: BlobStore, person: Person, content: bytes, **limits: int) -> Blob:
    return receive(session, store, person, name_of(content), len(content), [content], **limits)


def make_photo(session: Session, person: Person, content: bytes, **values: Any) -> Photo:
    """A photo that a check of its own lists in its manifest."""
    check = Check(
        county=COUNTY,
        site_id=make_site(session).id,
        kind=CheckKind.ROUTINE,
        standing=Standing.LEAD,
        state=CheckState.INCOMPLETE,
        person_id=person.id,
        device_id="phone",
        device_sequence=session.scalar(select(func.count()).select_from(Check)),
        device_started_at=NOW,
        device_finished_at=NOW,
        received_at=NOW,
        fence=Fence.CANNOT_TELL,
        record=b"{}",
        record_sha256=name_of(b"{}"),
    )
    check.id = new_id()
    session.add(check)
    session.flush()
    photo = Photo(
        county=COUNTY,
        check_id=check.id,
        position=1,
        purpose=PhotoPurpose.SCENE,
        state=PhotoState.EXPECTED,
        sha256=name_of(content),
        size=len(content),
        media_type="image/jpeg",
        **values,
    )
    session.add(photo)
    session.flush()
    return photo


def waiting_jobs(session: Session) -> list[dict[str, Any]]:
    return list(session.scalars(text("select args from procrastinate_jobs where task_name = 'derive'")))


def test_a_photo_is_stored_written_down_and_queued_for_its_pictures(
    session: Session, store: BlobStore, person: Person
) -> None:
    blob = send(session, store, person, PHOTO)
    assert (blob.state, blob.media_type, blob.width, blob.height) == (BlobState.STORED, "image/jpeg", 640, 480)
    assert (blob.size, blob.received_from_id, blob.derived_at) == (len(PHOTO), person.id, None)
    assert store.intact(blob.sha256)
    assert waiting_jobs(session) == [{"county": COUNTY, "sha256": blob.sha256}]


def test_sending_again_gives_the_same_row_and_one_job(session: Session, store: BlobStore, person: Person) -> None:
    first = send(session, store, person, PHOTO).received_at
    assert send(session, store, person, PHOTO).received_at == first
    assert session.scalar(select(func.count()).select_from(Blob)) == 1
    assert len(waiting_jobs(session)) == 1


def test_what_a_phone_has_no_business_sending_is_refused_by_name_and_not_kept(
    session: Session, store: BlobStore, person: Person
) -> None:
    pdf = drawn(kind="PDF")
    blob = send(session, store, person, pdf)
    assert (blob.state, blob.refusal) == (BlobState.REFUSED, "pdf")
    assert str(advice(blob)) == "这是 PDF 文件，请把需要的一页拍成照片"
    assert not store.exists(name_of(pdf))
    assert waiting_jobs(session) == []
    derive(session, store, COUNTY, blob.sha256, Decoder())


def test_a_photo_over_the_limit_is_refused_before_a_byte_is_read(
    session: Session, store: BlobStore, person: Person
) -> None:
    def chunks() -> Iterator[bytes]:
        raise AssertionError("read")
        yield b""

    blob = receive(session, store, person, "0" * 64, 64_000_001, chunks())
    assert (blob.state, blob.refusal) == (BlobState.REFUSED, "too_big")


def test_a_refusal_is_lifted_when_the_photo_is_accepted_and_never_the_other_way(
    session: Session, store: BlobStore, person: Person
) -> None:
    assert send(session, store, person, PHOTO, max_pixels=1000).refusal == "too_many_pixels"
    blob = send(session, store, person, PHOTO)
    assert (blob.state, blob.refusal) == (BlobState.STORED, None)
    assert send(session, store, person, PHOTO, max_pixels=1000).state is BlobState.STORED


def test_an_empty_photo_and_a_mismatch_write_nothing_down(
    session: Session, store: BlobStore, person: Person
) -> None:
    with pytest.raises(Invalid, match="照片是空文件，请重拍"):
        send(session, store, person, b"")
    with pytest.raises(ContentMismatch):
        receive(session, store, person, name_of(PHOTO), len(PHOTO), [PHOTO[:-1]])
    with pytest.raises(Invalid, match="校验值"):
        receive(session, store, person, "../../etc/passwd", 3, [b"abc"])
    assert session.scalar(select(func.count()).select_from(Blob)) == 0


@pytest.mark.parametrize(
    ("content", "state"),
    [(PHOTO, PhotoState.RECEIVED), (drawn(kind="PDF"), PhotoState.REFUSED)],
)
def test_the_photos_of_checks_learn_what_became_of_their_bytes(
    session: Session, store: BlobStore, person: Person, content: bytes, state: PhotoState
) -> None:
    photo, other = make_photo(session, person, content), make_photo(session, person, b"another")
    send(session, store, person, content)
    assert (photo.state, other.state) == (state, PhotoState.EXPECTED)


def test_the_last_file_of_a_check_is_told_to_open_maps(session: Session, store: BlobStore, person: Person) -> None:
    photo = make_photo(session, person, PHOTO)
    session.get_one(Check, (COUNTY, photo.check_id)).state = CheckState.INCOMPLETE
    send(session, store, person, PHOTO)
    told = select(Event.subject_id).where(Event.subject == "checks", Event.verb == "complete")
    assert session.scalars(told).all() == [photo.check_id]


def test_the_job_makes_pictures_and_notes_size_and_time(
    session: Session, store: BlobStore, person: Person, decoder: Decoder
) -> None:
    blob = send(session, store, person, PHOTO)
    derive(session, store, COUNTY, blob.sha256, decoder)
    session.refresh(blob)
    assert blob.state is BlobState.STORED
    assert blob.derived_at
    with store.open_derived(blob.sha256, "1600") as large, store.open_derived(blob.sha256, "320") as small:
        assert (opened(large.read()).size, opened(small.read()).size) == ((640, 480), (320, 240))


def test_deriving_twice_changes_nothing_but_the_time(
    session: Session, store: BlobStore, person: Person, decoder: Decoder
) -> None:
    blob = send(session, store, person, PHOTO)
    for _ in range(2):
        derive(session, store, COUNTY, blob.sha256, decoder)
    assert blob.state is BlobState.STORED


def test_a_photo_that_breaks_off_is_kept_marked_and_its_check_says_so(
    session: Session, store: BlobStore, person: Person, decoder: Decoder
) -> None:
    broken = drawn((1200, 900), quality=95)
    broken = broken[: len(broken) * 2 // 3]
    photo = make_photo(session, person, broken)
    blob = send(session, store, person, broken)
    assert photo.state is PhotoState.RECEIVED
    derive(session, store, COUNTY, blob.sha256, decoder)
    assert (blob.state, photo.state, photo.refusal) == (BlobState.DAMAGED, PhotoState.DAMAGED, "truncated")
    assert str(advice(blob)) == "照片不完整，请在现场重拍"
    assert store.intact(blob.sha256)
    with store.open_derived(blob.sha256, "320") as small:
        assert max(opened(small.read()).size) == 320


def test_metadata_is_compared_with_the_phones_fix_and_only_flagged(
    session: Session, store: BlobStore, person: Person, decoder: Decoder
) -> None:
    content = located_photo()
    fix = {"at": "2026-11-20T12:40:00Z", "lon": 117.07, "lat": 28.69, "accuracy_m": 10}
    there, elsewhere = make_photo(session, person, content, fix=fix), make_photo(session, person, content)
    elsewhere.fix = fix | {"lon": 117.2, "at": "2026-11-20T14:00:00Z"}
    session.flush()
    blob = send(session, store, person, content)
    derive(session, store, COUNTY, blob.sha256, decoder)
    session.refresh(blob)
    assert blob.exif_taken_at == datetime(2026, 11, 20, 12, 41, tzinfo=UTC)
    assert session.scalar(select(func.ST_AsText(Blob.exif_location, 2))) == "POINT(117.07 28.69)"
    assert [flag["code"] for flag in there.flags] == ["used_in_another_check"]
    assert [flag["code"] for flag in elsewhere.flags] == [
        "photo_elsewhere",
        "photo_at_another_time",
        "used_in_another_check",
    ]


def located_photo() -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: "2026:11:20 20:41:00", 0x9011: "+08:00"})
    exif.get_ifd(0x8825).update({1: "N", 2: (28.0, 41.0, 24.0), 3: "E", 4: (117.0, 4.0, 12.0)})
    return drawn((640, 480), exif=exif)


def test_metadata_that_postgresql_can_not_hold_does_no_harm(
    session: Session, store: BlobStore, person: Person, decoder: Decoder
) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Ac\0me\udcff<script>".encode("utf-8", "surrogatepass").decode("latin-1")
    content = drawn((64, 48), exif=exif)
    blob = send(session, store, person, content)
    derive(session, store, COUNTY, blob.sha256, decoder)
    session.refresh(blob)
    assert blob.exif
    assert "\0" not in str(blob.exif)


def test_a_missing_original_fails_the_job_and_not_the_photo(
    session: Session, store: BlobStore, person: Person, decoder: Decoder, tmp_path: Path
) -> None:
    blob = send(session, store, person, PHOTO)
    empty = open_store(str(tmp_path / "elsewhere"))
    with pytest.raises(BlobMissing):
        derive(session, empty, COUNTY, blob.sha256, decoder)
    assert blob.state is BlobState.STORED


@pytest.fixture
def committed_person(app_engine: Engine, owner_engine: Engine) -> Iterator[Person]:
    """Seen by every connection; what hangs on it is removed afterwards."""
    with Session(app_engine, expire_on_commit=False) as session:
        scope(session, COUNTY)
        person = make_person(session)
        session.commit()
    yield person
    with owner_engine.begin() as connection:
        connection.execute(text("delete from procrastinate_jobs"))
        connection.execute(text("delete from blobs"))
        connection.execute(text("delete from people where id = :id"), {"id": person.id})


def test_five_phones_sending_one_photo_at_once_leave_one_row(
    app_engine: Engine, store: BlobStore, committed_person: Person
) -> None:
    start, outcomes = Barrier(5), []

    def phone() -> None:
        with Session(app_engine) as session:
            scope(session, COUNTY)
            start.wait()
            outcomes.append(send(session, store, committed_person, PHOTO).state)
            session.commit()

    phones = [Thread(target=phone) for _ in range(5)]
    for each in phones:
        each.start()
    for each in phones:
        each.join()
    assert outcomes == [BlobState.STORED] * 5
    with Session(app_engine) as session:
        scope(session, COUNTY)
        assert session.scalar(select(func.count()).select_from(Blob)) == 1


def test_the_queued_job_does_its_work_in_a_transaction_of_its_own(
    app_engine: Engine, store: BlobStore, committed_person: Person
) -> None:
    with Session(app_engine) as session:
        scope(session, COUNTY)
        send(session, store, committed_person, PHOTO)
        session.commit()
        [arguments] = waiting_jobs(session)
    jobs.run(app_engine, store, "derive", **arguments)
    with Session(app_engine) as session:
        scope(session, COUNTY)
        assert session.scalars(select(Blob)).one().derived_at


def test_a_worker_that_imports_nothing_else_knows_the_job() -> None:
    program = "from inspections import jobs; print(*jobs.worker(None, '', None).tasks)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "derive" in done.stdout.split()


REAL = {
    "broken_stream.png": BlobState.DAMAGED,
    "corrupted.heic": BlobState.REFUSED,
    "gps.png": BlobState.STORED,
    "gps_china_iphone8.heic": BlobState.STORED,
    "gps_china_pixel6_truncated_pixels.jpg": BlobState.DAMAGED,
    "gps_htc_desire.jpg": BlobState.STORED,
    "gps_ifd_no_fix.jpg": BlobState.STORED,
    "gps_orient6.webp": BlobState.STORED,
    "gps_zero_zero.jpg": BlobState.STORED,
    "orient3.jpg": BlobState.STORED,
    "orient6.jpg": BlobState.STORED,
    "orient8.jpg": BlobState.STORED,
    "truncated.jpg": BlobState.DAMAGED,
    "truncated_32_bytes.jpg": BlobState.REFUSED,
}


@pytest.mark.shared
def test_each_real_photo_ends_stored_damaged_or_refused_by_name(
    session: Session, store: BlobStore, person: Person, decoder: Decoder, shared_data: Path
) -> None:
    outcomes = {}
    for path in sorted((shared_data / "photos").iterdir()):
        content = path.read_bytes()
        if not content:
            with pytest.raises(Invalid, match="照片是空文件，请重拍"):
                send(session, store, person, content)
            continue
        blob = send(session, store, person, content)
        derive(session, store, COUNTY, blob.sha256, decoder)
        outcomes[path.name] = blob.state
        assert (advice(blob) is None) == (blob.state is BlobState.STORED)
        assert store.exists(blob.sha256) == (blob.state is not BlobState.REFUSED)
    assert outcomes == REAL


def test_pictures_whose_job_was_given_up_are_asked_for_again_once(session, store, person) -> None:
    waiting = "select count(*) from procrastinate_jobs where status = 'todo' and args->>'sha256' = :name"
    blob = send(session, store, person, PHOTO)
    session.execute(text("update procrastinate_jobs set status = 'failed'"))
    work = jobs.Work(session, COUNTY, store)

    derive_what_is_missing(work)
    assert session.scalar(text(waiting), {"name": blob.sha256}) == 0, "its first job may still be under way"

    session.execute(text("update blobs set received_at = received_at - interval '1 year'"))
    for _ in range(2):
        derive_what_is_missing(work)
    assert session.scalar(text(waiting), {"name": blob.sha256}) == 1
