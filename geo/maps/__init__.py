"""Analytical maps: Folium pages that need no network and let no text become code.

A map here is a real `folium.Map` with our own elements. Its page names no other host: Leaflet is inlined or
comes from the given address, and `LocalMap` carries none of Folium's links to public servers.

Text is data. Branca renders what a macro returns *a second time as a Jinja template*, and Folium writes
popups into JavaScript template literals, so a name in a macro, popup or tooltip can run in the server or in
the reader's browser. Here every text and number travels in one JSON island, added as `Verbatim` (never a
template), and the page's script shows it with textContent alone.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template

HERE = Path(__file__).parent
POLICY_MARK = "<!--policy-->"
ISLAND = "map-data"


@dataclass(frozen=True)
class InlineAssets:
    """Leaflet written into the page, from a folder that holds `leaflet/leaflet.js`, `leaflet.css` and
    `images/`.
    """

    vendor: Path


@dataclass(frozen=True)
class LinkedAssets:
    """Leaflet fetched from this address, which holds `leaflet/leaflet.js` and `leaflet.css`:
    `/static/vendor`.
    """

    url: str


Assets = InlineAssets | LinkedAssets


class Verbatim(Element):
    """Text that goes into the page as it is: no template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **kwargs: object) -> str:
        return self.text


class Page(Figure):
    """The whole document around a map: language, title, policy, styles, body, data, script."""

    _template = Template(
        '<!DOCTYPE html>\n<html lang="{{ this.language }}">\n<head>\n<meta charset="utf-8">\n'
        + POLICY_MARK
        + '\n<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">\n'
        "<title>{{ this.safe_title }}</title>\n{{ this.header.render(**kwargs) }}\n</head>\n"
        "<body>\n{{ this.html.render(**kwargs) }}\n"
        "<script>\n{{ this.script.render(**kwargs) }}\n</script>\n</body>\n</html>\n"
    )

    def __init__(self, title: str, language: str) -> None:
        super().__init__()
        self.header._children.clear()
        self.safe_title = html.escape(title)
        self.language = html.escape(language)


class LocalMap(folium.Map):
    """A Folium map that links to nothing, may be zoomed by hand, and has the same name each time it is
    drawn.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012
    default_css: list[tuple[str, str]] = []  # noqa: RUF012
    _template = Template(
        """
        {% macro html(this, kwargs) %}<div id="{{ this.get_name() }}" class="folium-map"></div>{% endmacro %}
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }}, {
            center: {{ this.location|tojson }},
            crs: L.CRS.{{ this.crs }},
            ...{{ this.options|tojavascript }}
        });
        {% endmacro %}
        """
    )

    def get_name(self) -> str:
        return "map"


class Application(MacroElement):
    """Styles, body, data and script of one kind of map, named by files in `css/`, `html/` and `js/`."""

    def __init__(self, data: Mapping[str, object], scripts: list[str], styles: list[str], body: str) -> None:
        super().__init__()
        self._name = "Application"
        self.data = data
        self.scripts = scripts
        self.styles = styles
        self.body = body

    def render(self, **kwargs: object) -> str:
        page: Any = self.get_root()
        page.header.add_child(Verbatim(f"<style>\n{_own(self.styles)}\n</style>"), name="styles")
        page.html.add_child(Verbatim(_own([self.body])), name="body")
        island = f'<script type="application/json" id="{ISLAND}">{json_island(self.data)}</script>'
        page.html.add_child(Verbatim(island), name="data")
        page.script.add_child(Verbatim(f"{{\n{_own(self.scripts)}\n}}"), name="application")
        return ""


def bare_map(west: float, south: float, east: float, north: float) -> LocalMap:
    """A map with nothing on it and no tiles, on the middle of a box in WGS-84 degrees."""
    map_ = LocalMap(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=11,
        tiles=None,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        wheel_px_per_zoom_level=90,
    )
    # Folium hands its own min_zoom and max_zoom to a tile layer, and there is none
    map_.options |= {"min_zoom": 7, "max_zoom": 19}
    return map_


def document(map_: LocalMap, title: str, language: str, assets: Assets) -> str:
    """The finished page, under its own Content-Security-Policy. Drawn again from the same data it has the
    same bytes.
    """
    page = Page(title, language)
    page.header.add_child(Verbatim(_leaflet(assets)), name="leaflet")
    page.add_child(map_, name="map")
    text = page.render().replace("\r\n", "\n")
    policy = content_security_policy(text, assets, meta=True)
    inner = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return text.replace(POLICY_MARK, inner, 1)


def json_island(data: Mapping[str, object]) -> str:
    """JSON that can't leave its script element: no <, >, & and no line separators. NaN is refused."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def content_security_policy(
    page: str, assets: Assets | None = None, *, meta: bool = False, links: bool = False
) -> str:
    """The policy under which `page` works and nothing else does: each inline script and style by its SHA-256.

    Send it as a header with the page; `LinkedAssets` adds 'self' for Leaflet's own files. The page holds
    the same policy in a meta element (`meta=True`, without the directives that only a header may carry),
    for when it is opened from disk. With `links` the page may open other pages in windows of their own.
    """
    found = _InlineCode()
    found.feed(page)
    found.close()
    own = ["'self'"] if isinstance(assets, LinkedAssets) else []
    directives = [
        "default-src 'none'",
        " ".join(["script-src", *own, *found.hashes("script")]),
        " ".join(["style-src", *own, *found.hashes("style")]),
        " ".join(["img-src", "data:", *own]),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    sandbox = f"sandbox allow-scripts{' allow-popups allow-popups-to-escape-sandbox' if links else ''}"
    return "; ".join(directives if meta else [sandbox, *directives, "frame-ancestors 'self'"])


class _InlineCode(HTMLParser):
    """Collects what stands inside script and style elements, data blocks apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.blocks: list[tuple[str, list[str]]] = []
        self.open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        is_data = "src" in named or named.get("type") == "application/json"
        self.open = tag == "style" or (tag == "script" and not is_data)
        if self.open:
            self.blocks.append((tag, []))

    def handle_data(self, data: str) -> None:
        if self.open:
            self.blocks[-1][1].append(data)

    def handle_endtag(self, tag: str) -> None:
        self.open = False

    def hashes(self, kind: str) -> list[str]:
        texts = ("".join(text).encode() for tag, text in self.blocks if tag == kind)
        digests = (hashlib.sha256(text).digest() for text in texts)
        return [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]


def _leaflet(assets: Assets) -> str:
    if isinstance(assets, LinkedAssets):
        at = html.escape(assets.url.rstrip("/"))
        style = f'<link rel="stylesheet" href="{at}/leaflet/leaflet.css">'
        return f'{style}\n<script src="{at}/leaflet/leaflet.js"></script>'
    folder = assets.vendor / "leaflet"
    if not (folder / "leaflet.js").is_file():
        raise FileNotFoundError(f"no Leaflet in {folder}: run bin/setup")
    return _inlined(folder, (folder / "leaflet.js").stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _inlined(folder: Path, changed_ns: int) -> str:
    """Leaflet's style and script in elements of their own, its pictures as data addresses."""
    css = (folder / "leaflet.css").read_text("utf-8")
    css = re.sub(r"/\*.*?\*/|behavior:\s*url\(#default#VML\);?", "", css, flags=re.S)
    css = re.sub(r"url\((images/[\w.-]+)\)", lambda found: f"url({_data_url(folder / found[1])})", css)
    script = (folder / "leaflet.js").read_text("utf-8")
    script = re.sub(r"//# sourceMappingURL=\S+\s*$", "", script).replace("</script", "<\\/script")
    return f"<style>\n{css}\n</style>\n<script>\n{script}\n</script>".replace("\r\n", "\n")


def _data_url(picture: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture.read_bytes()).decode('ascii')}"


def _own(names: list[str]) -> str:
    return "\n".join((HERE / name).read_text("utf-8") for name in names)
