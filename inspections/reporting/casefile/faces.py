"""A Chinese face to draw with: the first that is installed, looked for once."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from PIL import ImageFont

USUAL = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc"),
)
SIMPLIFIED = 2  # of the faces in Noto's collection: Japanese, Korean, simplified, traditional, Hong Kong


@cache
def face(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own face, which has no Chinese, where there is no other."""
    path = _find()
    if path is None:
        return ImageFont.load_default(size_px)
    return ImageFont.truetype(str(path), size_px, index=SIMPLIFIED if path.suffix == ".ttc" else 0)


@cache
def _find() -> Path | None:
    found = next((path for path in USUAL if path.is_file()), None)
    if found or not (program := shutil.which("fc-match")):
        return found
    said = subprocess.run(  # noqa: S603 - found on the path, arguments of our own
        [program, "-f", "%{file}", "Noto Sans CJK SC:lang=zh-cn"], capture_output=True, text=True, check=False
    ).stdout.strip()
    path = Path(said)
    return path if said and path.is_file() else None
