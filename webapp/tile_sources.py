"""Background maps, as the operator configured them: none, Tianditu, Amap, or a server of the bureau's own."""

import json
from typing import Any, Literal
from urllib.parse import urlsplit

from flask import Flask, current_app, g
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator


class TileSource(BaseModel):
    """One entry of MINGCHA_TILE_SOURCES.

    `url` is a template with {z}, {x}, {y} and perhaps {s}; `datum` says where its pictures lie: Amap and Tencent
    are `gcj02`, Tianditu and OpenStreetMap `wgs84`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=40)
    url: str
    datum: Literal["wgs84", "gcj02"] = "wgs84"
    attribution: str = Field(default="", max_length=200)
    subdomains: list[str] = Field(default_factory=list)
    max_zoom: int = Field(default=18, ge=1, le=22)

    @field_validator("url")
    @classmethod
    def _is_a_template(cls, url: str) -> str:
        if not url.startswith(("https://", "http://", "/")) or not all(
            gap in url for gap in ("{z}", "{x}", "{y}")
        ):
            raise ValueError("must start with https://, http:// or / and hold {z}, {x} and {y}")
        return url

    @property
    def hosts(self) -> list[str]:
        """What the browser must be allowed to load pictures from, as CSP sources."""
        urls = [self.url.replace("{s}", each) for each in self.subdomains] or [self.url]
        parts = (urlsplit(url) for url in urls)
        return [f"{each.scheme}://{each.netloc}" for each in parts if each.netloc]


Sources = TypeAdapter(list[TileSource])


def init_app(app: Flask) -> None:
    """Read the setting once; a mistake in it stops the start, with its place named."""
    app.extensions["tile_sources"] = read(app.config["TILE_SOURCES"])


def read(text: str) -> list[TileSource]:
    """The sources of the setting. Raises ValueError with what is wrong and where."""
    if not text.strip():
        return []
    try:
        return Sources.validate_python(json.loads(text))
    except ValidationError as error:
        raise ValueError(f"MINGCHA_TILE_SOURCES: {error}") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"MINGCHA_TILE_SOURCES is not JSON: {error}") from error


def offer() -> list[dict[str, Any]]:
    """The sources for a page that shows a map; its policy then lets their pictures in."""
    sources: list[TileSource] = current_app.extensions["tile_sources"]
    g.tile_hosts = [host for source in sources for host in source.hosts]
    return [source.model_dump() for source in sources]
