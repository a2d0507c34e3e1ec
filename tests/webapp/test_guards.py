"""Every route asks for a sign-in unless it is listed here."""

from flask import Flask
from flask.testing import FlaskClient

PUBLIC = {"static", "account.sign_in", "account.begin_sign_in"}


def test_every_route_is_guarded_unless_listed_as_public(app: Flask, client: FlaskClient) -> None:
    opened = set()
    for rule in app.url_map.iter_rules():
        values = {name: _example(rule.rule, name) for name in rule.arguments}
        path = rule.build(values, append_unknown=False)[1]
        method = next(iter(rule.methods - {"HEAD", "OPTIONS"}), "HEAD")
        answer = client.open(path, method=method, headers={"Accept": "application/json"})
        if answer.status_code != 401:
            opened.add(rule.endpoint)
    assert opened <= PUBLIC, sorted(opened - PUBLIC)


def _example(rule: str, name: str) -> object:
    if f"<uuid:{name}>" in rule:
        return "01890a5d-ac96-774b-bcce-b302099a8057"
    return 1
