"""HTTP only: parse, authorise, call the domain, render."""

from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from inspections.evidence.store import open_store


def create_app(config: dict[str, Any] | None = None) -> Flask:
    """The application, with settings from the environment and then from `config`."""
    from . import (
        account,
        api,
        auth,
        cli,
        cross_origin,
        csp,
        db,
        desk,
        errors,
        field,
        i18n,
        level,
        lost_connections,
        plates,
        portal,
        rate_limits,
        static_files,
        tile_sources,
    )
    from .config import read

    static = Path(__file__).parent.parent / "static"
    app = Flask(__name__, static_folder=static, static_url_path="/static")
    app.config.update(read() | (config or {}))
    app.logger.setLevel(app.config["LOG_LEVEL"])
    places = app.config["BLOB_STORE"], app.config["PIECES"], app.config["RESERVE_BYTES"]
    app.extensions["store"] = open_store(*places)
    if proxies := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, proxies, proxies, proxies)  # type: ignore[method-assign]
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
    for part in (account, field, field.kept, api, desk, level, plates, portal):
        app.register_blueprint(part.bp)
    db.commit_around_views(app)
    return app
