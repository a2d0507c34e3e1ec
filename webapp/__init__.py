"""HTTP only: parse, authorise, call the domain, render."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from inspections.evidence.store import BlobStore, open_store
from inspections.sweeps.feed import Feed


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """The application, with settings from the environment and then from `config`."""
    from . import (
        account,
        api,
        auth,
        calls,
        cli,
        cross_origin,
        csp,
        db,
        desk,
        errors,
        field,
        hotline,
        i18n,
        instructions,
        level,
        log_masking,
        lost_connections,
        plates,
        portal,
        rate_limits,
        static_files,
        tile_sources,
    )

    log_masking.install()
    app = _configured(config or {})
    for part in (
        lost_connections,
        db,
        i18n,
        errors,
        cross_origin,
        rate_limits,
        auth,
        csp,
        static_files,
        tile_sources,
        cli,
    ):
        part.init_app(app)
    signed_in = (account, field, field.kept, api, desk, calls, hotline, instructions, level, plates, portal)
    for part in (*signed_in, *portal.FOR_EVERYBODY):
        app.register_blueprint(part.bp)
    db.commit_around_views(app)
    app.extensions["feed"] = Feed(app.extensions["engine"], app.config["VIEWERS"])
    return app


def configured_store(config: Mapping[str, Any]) -> BlobStore:
    return open_store(config["BLOB_STORE"], config["PIECES"], config["RESERVE_BYTES"])


def _configured(config: dict[str, Any]) -> Flask:
    from .config import read

    static = Path(__file__).parent.parent / "static"
    app = Flask(__name__, static_folder=static, static_url_path="/static")
    app.config.update(read() | config)
    app.logger.setLevel(app.config["LOG_LEVEL"])
    app.extensions["store"] = configured_store(app.config)
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies)  # type: ignore[method-assign]
    return app
