"""The macros of webapp/templates/components: what a person typed comes out as text."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.ctx import AppContext
from flask_babel import Babel

ROOT = Path(__file__).parents[2]
NASTY = "\"><img src=x onerror='alert(1)'></script>${alert(1)}{{ 7 * 7 }}"

CALLS = {
    "icon.html": ["icon('map', nasty)"],
    "chinese.html": ["chinese(nasty)"],
    "button.html": [
        "button(nasty, name=nasty, value=nasty, attrs={'data-note': nasty})",
        "link_button(nasty, nasty)",
        "icon_button(nasty, 'more')",
    ],
    "field.html": [
        "field('name', nasty, value=nasty, hint=nasty, error=nasty, attrs={'placeholder': nasty})",
        "textarea('note', nasty, nasty, hint=nasty, error=nasty)",
        "select('kind', nasty, [(nasty, nasty)], nasty, hint=nasty, error=nasty)",
        "choices('verdict', nasty, [(nasty, nasty, nasty)], nasty, hint=nasty, error=nasty)",
        "checkbox('shown', nasty, value=nasty, hint=nasty)",
        "checkboxes('posted', nasty, [(nasty, nasty)], [nasty], hint=nasty, error=nasty)",
        "file('list', nasty, accept=nasty, hint=nasty, error=nasty)",
    ],
    "state.html": ["state(nasty, nasty)", "significance(nasty)", "notice(nasty, nasty, nasty)"],
    "card.html": [
        "empty(nasty, nasty, nasty, nasty)",
        "row(nasty, nasty, nasty, nasty, 'school', nasty, nasty)",
        "facts([(nasty, nasty)])",
        "stat(nasty, nasty, nasty, nasty, nasty, nasty)",
    ],
    "table.html": [
        "sort_header({'label': nasty, 'href': nasty, 'order': nasty})",
        "chips([{'label': nasty, 'href': nasty, 'on': True, 'count': nasty}], nasty)",
        "pager(nasty, nasty, nasty)",
        "search(nasty, nasty, nasty, [(nasty, nasty)], nasty)",
    ],
    "overlay.html": ["toast(nasty, nasty)", "progress(nasty, 1, 2, nasty, nasty)"],
    "evidence.html": [
        "photos([{'href': nasty, 'thumb': nasty, 'alt': nasty, 'caption': nasty,"
        " 'state_kind': nasty, 'state_text': nasty}, {'alt': nasty}])",
        "timeline([{'at': nasty, 'at_text': nasty, 'title': nasty, 'text': nasty, 'who': nasty}])",
    ],
    "fact.html": [
        f"fact_field({{'kind': '{kind}', 'name': 'n', 'label': nasty, 'unit': nasty, 'words': [(nasty, nasty)]}},"
        " nasty, nasty)"
        for kind in ("number", "time", "yes_no", "word", "words")
    ],
    "look.html": ["look_switch({'theme': nasty, 'type': nasty, 'language': nasty}, nasty, nasty)"],
}


@pytest.fixture
def page() -> Iterator[AppContext]:
    app = Flask("look", template_folder=str(ROOT / "webapp/templates"), static_folder=str(ROOT / "static"))
    Babel(app)
    with app.test_request_context() as context:
        yield context


@pytest.mark.parametrize(("file", "call"), [(file, call) for file, calls in CALLS.items() for call in calls])
def test_what_a_person_typed_stays_text(page: AppContext, file: str, call: str) -> None:
    name = call.split("(")[0]
    source = f'{{% from "components/{file}" import {name} %}}{{{{ {call} }}}}'
    html = page.app.jinja_env.from_string(source).render(nasty=NASTY)
    assert "<img src=x" not in html
    assert "</script>" not in html
    assert "49" not in html, "typed text was read as a template"


def test_every_component_file_is_tried_above() -> None:
    files = {file.name for file in (ROOT / "webapp/templates/components").glob("*.html")}
    assert files == set(CALLS)


def test_every_icon_that_a_template_names_is_drawn() -> None:
    sprite = ElementTree.parse(ROOT / "static/icons/sprite.svg")
    drawn = {symbol.get("id") for symbol in sprite.getroot().iter("{http://www.w3.org/2000/svg}symbol")}
    style_page = (ROOT / "webapp/templates/style.html").read_text("utf-8")
    listed = style_page.split("{% for name in [")[-1].split("]")[0]
    assert {name.strip(" '") for name in listed.split(",")} | {"mark"} == drawn


def test_no_template_has_inline_style_script_or_listener() -> None:
    for file in (ROOT / "webapp/templates").rglob("*.html"):
        text = file.read_text("utf-8")
        assert " style=" not in text, file
        assert "<style" not in text, file
        assert " onclick=" not in text, file
        assert "|safe" not in text, file
