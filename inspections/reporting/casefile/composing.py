"""The job's part of a case file: photos made for paper, maps drawn, everything put in order, progress told."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from geoalchemy2.shape import to_shape
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo import columns
from geo.coordinates import LonLat

from ...access import get, visible
from ...casework.findings import Finding
from ...days import day_of
from ...errors import say
from ...evidence.recordings import is_recording
from ...jobs import Work
from ...registry.areas import Area, AreaLevel
from ...registry.people import Person
from ...registry.sites import Site
from ...registry.zones import Zone
from ..documents.blocks import Block, Line, table
from ..documents.files import COMPOSERS, Tell
from ..documents.kinds import Content, Frozen, Kind, register
from .gathering import Case, gather, place_of
from .pages import PHOTO_MM, Drawn, case_blocks
from .pictures import printed
from .site_map import Outline, Sketch, draw

GATHERING, PHOTOS, MAPS = say("正在收集材料"), say("正在准备照片"), say("正在画位置图")
CLOSE_M = 400
MOST_OTHERS = 2_000
WORDS = {"site": "本点位", "photo": "拍照位置", "other": "其他点位", "zone": "督学责任区"}


def compose(work: Work, person: Person, finding_id: UUID, tell: Tell) -> Content:
    tell(GATHERING, 0, 0)
    case = gather(work.session, person, finding_id)
    hashes = [each.sha256 for each in case.photos if not is_recording(each.media_type)]
    total = len(dict.fromkeys(hashes))
    tell(PHOTOS, 0, total)
    photos = printed(work.store, hashes, PHOTO_MM, lambda n: _tell_now_and_then(tell, n, total))
    tell(MAPS, 0, 0)
    drawn = Drawn(photos, _maps(work.session, person, case))
    return {"blocks": case_blocks(case, drawn, day_of(datetime.now(UTC))), "bureau": case.bureau}


def _tell_now_and_then(tell: Tell, n: int, total: int) -> None:
    """Each telling is a transaction of its own."""
    if n % 5 == 0 or n == total:
        tell(PHOTOS, n, total)


def _maps(session: Session, person: Person, case: Case) -> list[tuple[str, bytes]]:
    site = case.site.place
    if site is None:
        return []
    outlines = _outlines(session, case.site)
    photos = [place for each in case.photos if (place := place_of(each.location))]
    words = {
        name: text for name, text in WORDS.items() if name != "zone" or any(each.is_zone for each in outlines)
    }
    accuracy = case.site.location_accuracy_m
    whole = Sketch(site, case.site.name, outlines, _others(session, person, case.site), (), None, words)
    close = Sketch(site, case.site.name, outlines, whole.others, photos, accuracy, words)
    return [
        (f"图 1　{case.site.name}在本镇街的位置", draw(whole)),
        (f"图 2　{case.site.name}周边 {CLOSE_M} 米和拍照位置", draw(close, CLOSE_M)),
    ]


def _outlines(session: Session, site: Site) -> list[Outline]:
    areas = session.scalars(
        select(Area).where(
            Area.county == site.county, Area.level == AreaLevel.TOWNSHIP, Area.boundary.is_not(None)
        )
    )
    found = [Outline(_shape(each.boundary), each.name, each.id == site.township_id) for each in areas]
    zone = session.get(Zone, (site.county, site.zone_id)) if site.zone_id else None
    if zone is not None and zone.boundary is not None:
        found.append(Outline(_shape(zone.boundary), zone.name, is_zone=True))
    return found


def _shape(boundary: Any) -> Any:
    return to_shape(boundary)


def _others(session: Session, person: Person, site: Site) -> list[LonLat]:
    """Other sites that the person may see, the nearest first."""
    assert site.place is not None
    near = columns.distance_m(Site.location, columns.lonlat(*site.place))
    query = visible(person, Site).where(Site.location.is_not(None), Site.id != site.id).order_by(near)
    return [each.place for each in session.scalars(query.limit(MOST_OTHERS)) if each.place]


def _blocks(content: Content) -> list[Block]:
    return list(content["blocks"])


def _read(session: Session, person: Person, finding_id: UUID) -> Frozen:
    """Only who it is about: the rest is put together by the job."""
    finding = get(session, person, Finding, finding_id)
    site = session.get_one(Site, (finding.county, finding.site_id))
    return Frozen({}, f"案卷-{site.name}-{day_of(finding.found_at).isoformat()}")


SAMPLE: dict[str, Any] = {
    "bureau": "示例县教育体育局",
    "blocks": [
        Line("title", "案　卷"),
        Line("fact", "案由：20:30 以后仍在开展学科类培训（示例问题）"),
        Line("fact", "对象：示例培训中心"),
        Line("part", "证据清单"),
        table(["序号", "证据", "证明内容"], [["1", "照片（示例）", "问题存在（示例）"]]),
    ],
}

CASE_FILE = register(Kind("case_file", say("案卷"), "file", _blocks, SAMPLE, read=_read, is_slow=True))
COMPOSERS[CASE_FILE.code] = compose
