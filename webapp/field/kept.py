"""What a phone keeps to open the app without a signal: its service worker and a frame that names nobody; and the
manifest by which it is put on the home screen.
"""

import hashlib
import re
from typing import Any, NamedTuple

from flask import Blueprint, Response, current_app, json, render_template, url_for
from flask_babel import force_locale, gettext
from werkzeug.routing import Rule

from inspections.errors import NotFound

from ..answers import pressed
from ..auth import public
from ..i18n import LANGUAGES, language
from ..script_graph import at_once, controllers, reached
from ..static_files import StaticFile, static_files
from ..translations.catalogue import SCRIPT

bp = Blueprint("kept", __name__)

WORKER = "field/sw.js"
# Before the first screen stands. Everything else is asked for once it does, or kept by the service worker.
FIRST = ("field/models/first-read.js", "app.js", "field/app.js")
NAMED = re.compile(r"""(?:src|href)="/static/(?:v[0-9a-f]{16}/)?([^"#]+)""")
THEME, PAPER = "#1c5d9f", "#f4f6f8"  # --primary and --paper of css/tokens.css


class Kept(NamedTuple):
    """One version of the app: its frames by language, and every file that they lead to."""

    version: str
    frames: dict[str, str]
    files: list[StaticFile]


def kept() -> Kept:
    """Of the files and words as they are; read once, and under debug each time."""
    known = current_app.extensions.get("kept_frames")
    if known is None or current_app.debug:
        known = current_app.extensions["kept_frames"] = _read()
    return known


def first_modules() -> list[str]:
    return reached(FIRST, _text, at_once)


@bp.get("/sw.js")
@public
def service_worker() -> Response:
    """Under debug there is none: what changes while one works must be seen."""
    script = static_files().find(WORKER)
    if script is None or current_app.debug:
        raise NotFound
    version = kept()
    what = {
        "version": version.version,
        "frames": {
            each: [url_for(".frame", each=each), _integrity(page)] for each, page in version.frames.items()
        },
        "files": [[url_for("static", filename=file.name), file.integrity] for file in version.files],
        "screens": _screens(),
    }
    text = f"const KEPT = {json.dumps(what)};\n{script.body.decode()}"
    return _answer(text.encode(), "text/javascript")


@bp.get("/m/frame/<any(zh, en):each>")
@public
def frame(each: str) -> Response:
    """The same for everyone who reads that language."""
    return _answer(kept().frames[each].encode(), "text/html")


def frame_for_reader() -> Response:
    return frame(language())


@bp.get("/m/manifest.webmanifest")
@public
def manifest() -> Response:
    content = {
        "id": "/m",
        "name": gettext("明察 · 现场检查"),
        "short_name": gettext("明察"),
        "description": gettext("没有信号也能做的现场检查"),
        "lang": "zh-CN" if language() == "zh" else language(),
        "start_url": "/m",
        "scope": "/",
        "display": "standalone",
        "orientation": "portrait",
        "theme_color": THEME,
        "background_color": PAPER,
        "icons": [
            _icon("icons/app-192.png", 192, "any"),
            _icon("icons/app-512.png", 512, "any"),
            _icon("icons/maskable-192.png", 192, "maskable"),
            _icon("icons/maskable-512.png", 512, "maskable"),
        ],
        "shortcuts": [
            {"name": gettext("附近"), "url": "/m/nearby"},
            {"name": gettext("登记疑似点"), "url": "/m/sites/new"},
            {"name": gettext("待传"), "url": "/m/outbox"},
        ],
    }
    return _answer(json.dumps(content).encode(), "application/manifest+json")


def _icon(name: str, size: int, purpose: str) -> dict[str, str]:
    address = url_for("static", filename=name)
    return {"src": address, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


def _read() -> Kept:
    """The version stands in the frames, so it is made from frames that have none yet."""
    unnamed = {each: _frame(each, "") for each in LANGUAGES}
    made_of = hashlib.sha256(static_files().version.encode())
    for page in unnamed.values():
        made_of.update(page.encode())
    version = made_of.hexdigest()[:16]
    frames = {each: _frame(each, version) for each in LANGUAGES}
    entries = [name for page in frames.values() for name in (*NAMED.findall(page), *controllers(page))]
    files = [static_files().files[name] for name in reached(entries, _text)]
    return Kept(version, frames, files)


def _frame(reads: str, version: str) -> str:
    messages = json.loads(SCRIPT.read_bytes()) if reads == "en" and SCRIPT.is_file() else None
    look = {"language": "zh-CN" if reads == "zh" else reads}
    with force_locale(reads):
        return render_template(
            "field/shell.html",
            title="",
            person=None,
            county=None,
            look=look,
            messages=messages,
            version=version,
            modules=first_modules(),
            get_flashed_messages=lambda **_: [],  # they are meant for one reader
        )


def _text(name: str) -> str | None:
    file = static_files().find(name)
    return file.body.decode("utf-8", "replace") if file else None


def _screens() -> list[str]:
    """Addresses of screens, as patterns; any other address below /m is for the server to refuse."""
    rules = [rule for rule in current_app.url_map.iter_rules() if rule.endpoint.startswith("field.")]
    return sorted(_pattern(rule) for rule in rules if "GET" in (rule.methods or ()))


def _pattern(rule: Rule) -> str:
    return f"^{re.sub(r'<uuid:[a-z_]+>', '[0-9a-f-]{36}', rule.rule)}$"


def _integrity(page: str) -> str:
    return StaticFile("", page.encode()).integrity


def _answer(body: bytes, media_type: str) -> Response:
    response = pressed(body, media_type)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Mingcha"] = "1"
    return response


def with_version(values: dict[str, Any]) -> dict[str, Any]:
    """What a frame for one person has from the kept ones."""
    return values | {"version": kept().version, "modules": first_modules()}
