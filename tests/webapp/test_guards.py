"""Every route asks for a sign-in unless it is listed here."""

from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter, Rule, UUIDConverter

PUBLIC = {
    *("static", "account.sign_in", "account.begin_sign_in", "api.english_messages", "api.public_keys"),
    *("kept.frame", "kept.manifest", "kept.service_worker", "plates.open_plate"),
    *("report.counties", "report.letter", "report.send", "report.challenge", "report.look", "report.ask"),
    *("report.look_up", "report.add", "report.outlines", "report.land", "report.schools", "county_page.show"),
    *("report.begin", "report.progress", "report.go_on"),  # proved by the receipt code
    *("public_draws.every", "public_draws.one", "public_draws.file"),
    *("public_bulletins.every", "public_bulletins.one", "public_bulletins.map_picture"),
    *("api.seal_away", "api.answer_phone"),  # proved by the device's key
    *("portal.link_letter", "portal.link_send", "portal.link_begin"),  # proved by the link
    *("portal.link_progress", "portal.link_upload", "portal.link_proof"),
}


def test_every_route_is_guarded_unless_listed_as_public(app: Flask, client: FlaskClient) -> None:
    opened = set()
    for rule in app.url_map.iter_rules():
        values = {name: _example(rule, name) for name in rule.arguments}
        path = rule.build(values, append_unknown=False)[1]
        method = next(
            each for each in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS") if each in rule.methods
        )
        answer = client.open(path, method=method, headers={"Accept": "application/json"})
        if answer.status_code != 401:
            opened.add(rule.endpoint)
    assert opened <= PUBLIC, sorted(opened - PUBLIC)


def _example(rule: Rule, name: str) -> object:
    """A value that the converter of that name takes."""
    match rule._converters[name]:
        case UUIDConverter():
            return UUID("01890a5d-ac96-774b-bcce-b302099a8057")
        case AnyConverter() as choice:
            return min(choice.items)
        case _:
            return 1
