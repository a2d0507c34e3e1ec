import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import docx
import pytest
from PIL import Image
from sqlalchemy import func
from sqlalchemy.orm import Session

from geo.columns import lonlat
from geo.coordinates import LonLat
from inspections.casework.attaching import EXTENSION, open_form
from inspections.casework.extending import ask_for_more_time
from inspections.casework.invitations import Guest
from inspections.casework.inviting import invite
from inspections.casework.issuing import withdraw
from inspections.casework.orders import items_of
from inspections.casework.responding import read_letter
from inspections.evidence.store import BlobStore, open_store
from inspections.field.photos import Photo
from inspections.jobs import Work
from inspections.registry.areas import AreaLevel
from inspections.registry.zones import Zone
from inspections.reporting.casefile import composing
from inspections.reporting.casefile.evidence import pieces
from inspections.reporting.casefile.gathering import gather
from inspections.reporting.casefile.pictures import printed
from inspections.reporting.casefile.site_map import Outline, Sketch, draw
from inspections.reporting.documents import files
from inspections.reporting.documents.filling import says
from inspections.reporting.documents.making import DocumentFormat, DocumentState
from tests.answers import KEYS, PDF, add
from tests.casefile import HOSTILE, make_area, make_photo, make_recheck
from tests.factories import COUNTY, PLACE
from tests.orders import AT as SERVED
from tests.orders import TODAY, Case
from tests.word_files import what_is_wrong

AT = datetime(2026, 12, 3, 1, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return open_store(str(tmp_path))


def photograph(number: int, size: tuple[int, int] = (1200, 900), orientation: int = 1) -> bytes:
    image = Image.new("RGB", size, (number * 7 % 256, 120, 90))
    exif = Image.Exif()
    exif[274] = orientation
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


def stored(store: BlobStore, content: bytes) -> str:
    digest = sha256(content).hexdigest()
    store.put([content], len(content), digest)
    return digest


class Full(Case):
    """A problem with a served notice, one taken back, a re-check, and photos before and after."""

    def __init__(self, session: Session, store: BlobStore, photos: int):
        super().__init__(session)
        make_area(session, "陈营镇", AreaLevel.TOWNSHIP, (117.0, 28.6, 117.2, 28.8))
        shape = func.ST_Multi(func.ST_Buffer(lonlat(*PLACE), 0.02))
        zone = Zone(county=COUNTY, name="第三责任区", boundary=shape)
        session.add(zone)
        session.flush()
        self.site.zone_id = zone.id
        session.flush()
        session.refresh(self.site)
        self.shoot(store, photos)
        withdraw(session, self.director, self.issued().id, "名称有误", AT - timedelta(days=8))
        self.served()
        self.recheck = make_recheck(session, self.findings[0], self.officers, photos=0)
        content = photograph(200)
        before = self.photos[0].id
        make_photo(
            session, self.check_of_recheck(), 0, finding_id=self.findings[0].id, before_id=before,
            sha256=stored(store, content), caption=HOSTILE[1], location=lonlat(*PLACE), accuracy_m=7.0,
        )  # fmt: skip

    def shoot(self, store: BlobStore, n: int) -> None:
        self.photos: Sequence[Photo] = [
            make_photo(
                self.session, self.check, position, sha256=stored(store, photograph(position, orientation=6)),
                caption=f"第 {position + 1} 张", location=lonlat(*PLACE), accuracy_m=8.0,
            )
            for position in range(n)
        ]  # fmt: skip

    def check_of_recheck(self) -> Any:
        from inspections.field.checks import Check

        return self.session.get_one(Check, (COUNTY, self.recheck.check_id))


@pytest.fixture
def full(session: Session, store: BlobStore) -> Full:
    return Full(session, store, photos=5)


def made(full: Full, store: BlobStore) -> bytes:
    finding = full.findings[0]
    document = files.ask(full.session, full.dispatcher, "case_file", finding.id, DocumentFormat.DOCX, AT)
    full.session.flush()
    files.make(Work(full.session, COUNTY, store), str(document.id))
    assert document.state is DocumentState.DONE, files.why_failed(document)
    _, file = files.open_file(full.session, store, full.dispatcher, document.id)
    with file:
        return file.read()


def test_a_case_file_holds_everything_of_the_case(full: Full, store: BlobStore) -> None:
    file = made(full, store)
    assert what_is_wrong(file) == []
    said = says(file)
    for part in ("卷内目录", "整改通知书", "送达情况", "检查和复查记录", "照片", "位置图", "证据清单", "办理经过"):
        assert part in said
    assert "万教整改〔2026〕1号" in said
    assert "（已撤回）" in said
    assert "整改通知书（已撤回）" in said
    squeezed = "".join(said.split())
    for photo in full.photos:
        assert squeezed.count(photo.sha256) == 2  # under the photo and in the list
    assert full.check.record_sha256 in squeezed
    assert HOSTILE[1] in said
    assert "117.07" in said
    assert "张敏" in said


def test_what_came_with_a_request_for_more_time_is_evidence_too(session: Session, store: BlobStore) -> None:
    case = Case(session)
    order = case.served()
    made = invite(session, case.director, order.id, KEYS, SERVED)
    guest = Guest(made.county, made.id)
    form_id = open_form(session, order, SERVED, extension=True)
    proof = add(session, store, guest, order, form_id, io.BytesIO(PDF), "核对表.pdf", EXTENSION)
    ticked = {f"take-{each.item.id}": "1" for each in items_of(session, order)}
    form = {"form_id": str(form_id), "name": "刘校长", "days": "5", "reason": "退费名单还在核对", **ticked}
    ask_for_more_time(session, guest, read_letter(session, order, SERVED), form, SERVED, TODAY)
    gathered = gather(session, case.dispatcher, case.findings[0].id)
    assert [(each.what, each.who) for each in pieces(gathered) if each.sha256 == proof.sha256] == [
        ("申请延期的材料：核对表.pdf", f"{case.site.name}（刘校长）")
    ]


def test_photos_are_upright_and_small_and_originals_stay_as_they_were(full: Full, store: BlobStore) -> None:
    before = {photo.sha256: store.intact(photo.sha256) for photo in full.photos}
    file = made(full, store)
    assert set(before.values()) == {True}
    assert all(store.intact(sha256) for sha256 in before)
    with ZipFile(io.BytesIO(file)) as package:
        pictures = [
            Image.open(io.BytesIO(package.read(name))) for name in package.namelist() if name.endswith(".jpg")
        ]
    turned = [each for each in pictures if each.height > each.width]
    assert len(pictures) == 6
    assert len(turned) == 5  # an orientation of 6 is held upright
    assert all(each.width <= 644 and not each.getexif() for each in pictures)
    shapes = docx.Document(io.BytesIO(file)).inline_shapes
    assert len(shapes) == 6 + 2
    assert all(shape.height.mm <= 100 for shape in shapes)


def test_a_photo_that_cannot_be_opened_is_listed_and_said(full: Full, store: BlobStore) -> None:
    broken = stored(store, b"\xff\xd8\xff not a photo at all")
    absent = sha256(b"never came").hexdigest()
    for position, digest in ((20, broken), (21, absent)):
        make_photo(full.session, full.check, position, sha256=digest)
    said = says(made(full, store))
    assert said.count("（文件打不开或还没有传到，原件见证据清单）") == 2
    assert absent in "".join(said.split())


def test_progress_is_told_step_by_step(full: Full, store: BlobStore) -> None:
    told: list[tuple[str, int, int]] = []
    work = Work(full.session, COUNTY, store)
    composing.compose(
        work, full.dispatcher, full.findings[0].id, lambda step, n, of: told.append((str(step), n, of))
    )
    assert told == [
        ("正在收集材料", 0, 0),
        ("正在准备照片", 0, 6),
        ("正在准备照片", 5, 6),
        ("正在准备照片", 6, 6),
        ("正在画位置图", 0, 0),
    ]


def test_a_case_without_place_photos_and_papers_is_a_file_too(session: Session, store: BlobStore) -> None:
    case = Case(session, findings=1)
    case.site.location = None
    session.flush()
    document = files.ask(session, case.dispatcher, "case_file", case.findings[0].id, DocumentFormat.DOCX, AT)
    session.flush()
    files.make(Work(session, COUNTY, store), str(document.id))
    _, file = files.open_file(session, store, case.dispatcher, document.id)
    with file:
        content = file.read()
    assert what_is_wrong(content) == []
    assert "位置图" not in says(content)


def test_a_map_shows_site_scale_and_north_in_any_case() -> None:
    import shapely

    place = LonLat(117.07, 28.69)
    town = Outline(shapely.box(117.0, 28.6, 117.2, 28.8), "陈营镇", is_own=True)
    odd = Outline(shapely.MultiPolygon([shapely.box(117.0, 28.6, 117.05, 28.65)]), "责任区", is_zone=True)
    for sketch, radius in (
        (Sketch(place, "𰻝𰻝面馆</w:t>" * 5, [town, odd], [place] * 3, [place], 30.0, {"site": "本点位"}), None),
        (Sketch(place, "x"), None),
        (Sketch(place, "", [town]), 5),
        (Sketch(place, "远", [town]), 40_000),
    ):
        with Image.open(io.BytesIO(draw(sketch, radius))) as picture:
            assert picture.size == (1240, 860)
            assert len(picture.convert("RGB").getcolors(100_000) or []) > 4


def test_the_same_photo_twice_is_scaled_once(store: BlobStore) -> None:
    digest = stored(store, photograph(1, (3000, 2000)))
    heard: list[int] = []
    found = printed(store, [digest, digest], 74, heard.append)
    assert (list(found), heard) == ([digest], [1])
    with Image.open(io.BytesIO(found[digest])) as picture:
        assert picture.size == (644, 430)
