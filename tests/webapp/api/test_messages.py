"""The words of scripts, as the browser fetches them."""

from flask.testing import FlaskClient

from webapp.translations.catalogue import compile_catalogue, read, script_words


def test_the_browser_gets_exactly_what_scripts_say(client: FlaskClient) -> None:
    compile_catalogue()
    answer = client.get("/api/v1/messages/en.json")
    assert answer.json == script_words(read())
    assert answer.json["刚刚"] == "just now"


def test_words_that_the_browser_has_are_not_sent_again(client: FlaskClient) -> None:
    compile_catalogue()
    answer = client.get("/api/v1/messages/en.json")
    assert "max-age" in answer.headers["Cache-Control"]
    again = client.get("/api/v1/messages/en.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_words_that_were_never_compiled_are_not_found(client: FlaskClient, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("webapp.api.messages.SCRIPT", tmp_path / "script.json")
    assert client.get("/api/v1/messages/en.json").status_code == 404
