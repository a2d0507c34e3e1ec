"""Every setting: its default and one comment. The environment sets it as `MINGCHA_<NAME>`.

Other packages receive values as arguments and never read the environment.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple


class Setting(NamedTuple):
    name: str
    default: Any
    help: str


SETTINGS = (
    Setting("VAR", "var", "folder for what the installation keeps: database cluster, blobs, keys"),
    Setting(
        "BLOB_STORE", "", "where photos are kept: file:///folder or s3://bucket/prefix; empty means VAR/blobs"
    ),
    Setting(
        "PIECES",
        "",
        "local folder for files that are still coming, on one disk for all web processes; empty means a folder "
        "beside the photos, or VAR/pieces where those are in a bucket",
    ),
    Setting(
        "RESERVE_BYTES",
        1_000_000_000,
        "room that photos leave free on the disk, so that records and tips are still taken in",
    ),
    Setting(
        "SECRET_KEY",
        "",
        "signs short-lived messages and receipts, opens parcels; made by bin/serve in VAR/secret_key",
    ),
    Setting("SECRET_KEY_FALLBACKS", "", "earlier values of SECRET_KEY, separated by spaces, newest first"),
    Setting(
        "IDENTITY_KEY",
        "",
        "seals who complained; never stored in the database; made by bin/serve in VAR/identity_key; empty means "
        "it follows from SECRET_KEY",
    ),
    Setting("IDENTITY_KEY_FALLBACKS", "", "earlier values of IDENTITY_KEY, separated by spaces, newest first"),
    Setting("DEMO", False, "demonstration installation: demo logins are shown and may keep their passwords"),
    Setting("SECURE_COOKIES", False, "cookies only over HTTPS; set it wherever phones sign in"),
    Setting("TRUSTED_PROXIES", 0, "how many reverse proxies stand in front and set X-Forwarded-*"),
    Setting("TILE_SOURCES", "", "background maps as JSON, see docs/operations.md; empty means none"),
    Setting("MAX_PHOTO_BYTES", 20_000_000, "largest photo that is accepted"),
    Setting("BYTES_A_DAY", 20_000_000_000, "bytes of photos that one account may send on a day"),
    Setting("OPEN_UPLOADS", 500, "photos of one account that may be on their way at once"),
    Setting("MAX_RECORD_BYTES", 2_000_000, "largest record of a check, without its photos"),
    Setting("MAX_BATCH_BYTES", 50_000_000, "largest body of many records, without photos"),
    Setting("MAX_PARCEL_BYTES", 2_000_000_000, "largest exported queue of a phone that is accepted"),
    Setting("MAX_IMPORT_BYTES", 200_000_000, "largest file of a list that is brought in"),
    Setting("MAX_PIXELS", 60_000_000, "largest picture by its header, width × height"),
    Setting("MAX_ANSWER_BYTES", 100_000_000, "files of one report of a school, and of one self-check, together"),
    Setting("MAX_TIP_BYTES", 120_000_000, "files of one report from the public, together"),
    Setting("PUBLIC_BYTES_A_DAY", 5_000_000_000, "files that the public may send to one county in 24 hours"),
    Setting("TIPS_AN_HOUR", 30, "reports of one address in an hour that keep their lane, with a proof of work"),
    Setting("TIPS_AN_HOUR_UNPROVEN", 5, "the same without one"),
    Setting("UNPROVEN_TIPS_AN_HOUR", 200, "reports without proof of work that one county reads as they come"),
    Setting("FLOOD_TIPS_A_DAY", 20_000, "reports beyond those that one county still keeps in 24 hours"),
    Setting("PUBLIC_TIPS_A_DAY", 50_000, "reports of all lanes that one county keeps in 24 hours"),
    Setting(
        "SIGN_INS_PER_MINUTE",
        20,
        "attempts of one address in a minute to sign in, to prove its device, or to open a link that isn't one",
    ),
    Setting(
        "PUBLIC_URL",
        "",
        "where schools reach the installation, such as https://example.gov.cn: stands in the links on papers; "
        "empty means the address at which the paper was asked for",
    ),
    Setting("SILENCE_SECONDS", 30, "a connection over which nothing moves for so long is given up"),
    Setting(
        "TRAVEL_URL",
        "",
        "routing engine in the county's own network for the ways of sweeps, osrm:http://host:5000 or "
        "valhalla:http://host:8002; empty means the straight line times a factor",
    ),
    Setting("VIEWERS", 200, "live boards of sweeps that one web process serves; each holds a thread of it"),
    Setting("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR"),
)


def read(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Settings from the environment, each of the type of its default. A bad value raises ValueError by name."""
    config = {each.name: _value(each, environment.get(f"MINGCHA_{each.name}")) for each in SETTINGS}
    for name in ("SECRET_KEY_FALLBACKS", "IDENTITY_KEY_FALLBACKS"):
        config[name] = config[name].split()
    config["DATABASE_URL"] = environment.get("DATABASE_URL", "")
    config["APP_DATABASE_URL"] = environment.get("APP_DATABASE_URL", "")
    if not config["BLOB_STORE"]:
        config["BLOB_STORE"] = (Path(config["VAR"]).resolve() / "blobs").as_uri()
    if not config["PIECES"] and not config["BLOB_STORE"].startswith("file:"):
        config["PIECES"] = str(Path(config["VAR"]).resolve() / "pieces")
    return config


def _value(setting: Setting, text: str | None) -> Any:
    if text is None:
        return setting.default
    if isinstance(setting.default, bool):
        return text.lower() in {"1", "true", "yes", "on"}
    try:
        return type(setting.default)(text)
    except ValueError as error:
        raise ValueError(f"MINGCHA_{setting.name}={text!r}: {setting.help}") from error
