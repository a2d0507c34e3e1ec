"""Finds the Chinese words in the sources that are meant for the screen."""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.jslexer import Token, tokenize, unquote_string
from jinja2 import Environment
from jinja2.ext import extract_from_ast

ROOT = Path(__file__).resolve().parents[2]

# `say` and `marked` keep their words for whoever translates them at the edge
PYTHON = {"_", "gettext", "lazy_gettext", "say", "marked"}
JAVASCRIPT = {"t", "marked"}
TEMPLATE = ("_", "gettext")

_jinja = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


def words_by_file() -> dict[str, set[str]]:
    """What each source file says; paths are relative to the repository."""
    found = {}
    for path in python_files():
        found[path] = set(python_words(path.read_text(encoding="utf-8")))
    for path in templates():
        found[path] = set(template_words(path.read_text(encoding="utf-8")))
    for path in scripts():
        found[path] = set(script_words(path.read_text(encoding="utf-8")))
    return {path.relative_to(ROOT).as_posix(): words for path, words in found.items() if words}


def python_files() -> list[Path]:
    return sorted(path for package in ("geo", "inspections", "webapp") for path in (ROOT / package).rglob("*.py"))


def templates() -> list[Path]:
    return sorted((ROOT / "webapp" / "templates").rglob("*.html"))


def scripts() -> list[Path]:
    static = ROOT / "static"
    return sorted(path for path in static.rglob("*.js") if "vendor" not in path.relative_to(static).parts)


def python_words(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and name_of(node.func) in PYTHON and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def name_of(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def template_words(source: str) -> Iterator[str]:
    for _line, _function, words in extract_from_ast(_jinja.parse(source), TEMPLATE):
        yield from [words] if isinstance(words, str) else filter(None, words or ())


def script_words(source: str) -> Iterator[str]:
    """The first argument of each t(…), where it is a literal; calls inside of `${…}` count as well."""
    before: list[Token] = []
    for token in script_tokens(source):
        is_argument = [each.value for each in before[1:]] == ["("] and before[0].value in JAVASCRIPT
        if token.type == "string" and is_argument:
            yield unquote_string(token.value)
        before = [*before[-1:], token]


def script_tokens(source: str) -> Iterator[Token]:
    """Tokens without comments; those of the expressions in a template literal follow it."""
    for token in tokenize(source, jsx=False, dotted=False):
        if "comment" in token.type:
            continue
        yield token
        if token.type == "template_string":
            for expression in _expressions(token.value):
                yield from script_tokens(expression)


def _expressions(literal: str) -> Iterator[str]:
    """What stands in the `${…}` of a template literal."""
    start, depth = 0, 0
    for at, character in enumerate(literal):
        if literal.startswith("${", at) and depth == 0:
            start, depth = at + 2, 1
        elif depth and character == "{" and at >= start:
            depth += 1
        elif depth and character == "}":
            depth -= 1
            if depth == 0:
                yield literal[start:at]
