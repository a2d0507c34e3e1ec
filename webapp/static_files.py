"""What stands in `static/`, at an address that changes with it: `/static/<version>/<path>`.

The version is made from all paths and bytes, read once at the start, so that a browser may keep what it has for
ever and a module finds those it imports in the same version. Under debug files are read anew and never kept.
"""

import base64
import gzip
import hashlib
import mimetypes
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, request

# The system's own table differs from machine to machine
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
    ".map": "application/json",
}
# A sheet of sheets is sent as one file
SHEET = re.compile(rb'^@import "([a-z-]+\.css)";\n', re.M)
TEXTS = ("text/", "image/svg+xml", "application/json")
IN_FRONT = re.compile(r"v[0-9a-f]{16}/")
FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class StaticFile:
    name: str
    body: bytes

    @cached_property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.body).digest()

    @property
    def integrity(self) -> str:
        """As `fetch` and `<link>` check it (Subresource Integrity)."""
        return f"sha256-{base64.b64encode(self.sha256).decode()}"

    @property
    def media_type(self) -> str:
        suffix = Path(self.name).suffix
        return TYPES.get(suffix) or mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    @cached_property
    def pressed(self) -> bytes | None:
        """Gzipped, where it is text and gets shorter."""
        if not self.media_type.startswith(TEXTS):
            return None
        pressed = gzip.compress(self.body, 9, mtime=0)
        return pressed if len(pressed) < len(self.body) else None


class StaticFiles:
    """All files of a folder as they were when it was read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {name: self._read(name) for name in _names(folder)}
        all_of_it = hashlib.sha256()
        for name, file in self.files.items():
            all_of_it.update(f"{len(name)} {name} ".encode() + file.sha256)
        self.version = f"v{all_of_it.hexdigest()[:16]}"

    def find(self, name: str, *, anew: bool = False) -> StaticFile | None:
        """`anew`: as it is on the disk now."""
        file = self.files.get(name)
        return self._read(name) if file and anew else file

    def _read(self, name: str) -> StaticFile:
        """With the sheets beside it that it is made of in their places."""
        path = self.folder / name
        body = path.read_bytes()
        if path.suffix == ".css":
            body = SHEET.sub(lambda found: (path.parent / found[1].decode()).read_bytes(), body)
        return StaticFile(name, body)


def init_app(app: Flask) -> None:
    """Stand in for Flask's own view of static files; `url_for('static', …)` gives the version's address."""
    app.extensions["static_files"] = StaticFiles(Path(app.static_folder or ""))
    app.view_functions["static"] = _answer
    app.url_defaults(_with_version)


def static_files() -> StaticFiles:
    return current_app.extensions["static_files"]


def _with_version(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static":
        values["filename"] = f"{static_files().version}/{values['filename']}"


def _answer(filename: str) -> Response:
    """The file of this version. To a page that was made before the last change it gives today's file, uncached."""
    files = static_files()
    in_front = IN_FRONT.match(filename)
    name = filename[in_front.end() :] if in_front else filename
    file = files.find(name, anew=current_app.debug)
    if file is None:
        abort(404)
    response = Response(file.body, mimetype=file.media_type)
    response.set_etag(file.sha256.hex()[:24], weak=True)
    is_current = filename == f"{files.version}/{name}" and not current_app.debug
    response.headers["Cache-Control"] = FOR_EVER if is_current else "no-cache"
    response.vary.add("Accept-Encoding")
    if file.pressed and "gzip" in request.accept_encodings:
        response.set_data(file.pressed)
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request)
    return response


def _names(folder: Path) -> list[str]:
    """Paths below the folder, also below linked ones, in an order that is the same everywhere."""
    found = [Path(root, name) for root, _, names in os.walk(folder, followlinks=True) for name in names]
    return sorted(path.relative_to(folder).as_posix() for path in found if path.is_file())
