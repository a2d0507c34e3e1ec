"""What the public sent along with its newest tips, and in which lane each tip came."""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta

from PIL import Image
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from ..evidence.blobs import Blob, BlobState
from ..intake.tip_files import TipFile
from ..intake.tips import Tip, TipChannel, TipState
from . import names, pictures
from .chance import Chance

TIPS, WIDTH, HEIGHT = 9, 800, 600
SCENES: tuple[tuple[str, Callable[[pictures.Sketch, Chance], None]], ...] = (
    ("门口.jpg", pictures.shopfront),
    ("楼下.jpg", pictures.flats),
    ("传单.jpg", pictures.papers),
    ("微信图片.jpg", pictures.classroom),
)
# One of six reporters has a phone that runs no scripts, or is too quick for them
LANES = text(
    """
    update tips set lane = case when hashtext(code) % 6 = 0 then 'unproven' else 'proven' end
    where county = :county and channel = 'web'
    """
)


def write_sent(session: Session, photos: dict[str, bytes], seed: str) -> None:
    """Lanes and files of tips; the bytes are added to `photos`, whose thumbnails are made with all others."""
    session.execute(LANES, {"county": names.COUNTY_CODE})
    chance = Chance(seed, "sent")
    newest = select(Tip).where(
        Tip.county == names.COUNTY_CODE,
        Tip.channel == TipChannel.WEB,
        Tip.state.in_([TipState.NEW, TipState.ASSIGNED]),
    )
    tips = session.scalars(newest.order_by(Tip.received_at.desc(), Tip.id).limit(TIPS)).all()
    blobs, files = {}, []
    for number, tip in enumerate(tips):
        for name, scene in (SCENES[number % 4], SCENES[(number + 2) % 4])[: 1 + number % 2]:
            content = _drawn(scene, chance)
            sha256, at = hashlib.sha256(content).hexdigest(), tip.received_at + timedelta(seconds=40)
            photos[sha256] = content
            same = {"county": tip.county, "sha256": sha256, "size": len(content), "media_type": "image/jpeg"}
            blobs[sha256] = same | {"state": BlobState.STORED, "width": WIDTH, "height": HEIGHT, "received_at": at}
            files.append(same | {"tip_id": tip.id, "name": name, "received_at": at})
    if files:
        session.execute(insert(Blob), list(blobs.values()))
        session.execute(insert(TipFile), files)


def _drawn(scene: Callable[[pictures.Sketch, Chance], None], chance: Chance) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT), (214, 212, 206))
    scene(pictures.Sketch(image), chance)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=70)
    return file.getvalue()
