"""Chinese is written in the code; English comes from the catalogue. The choice is kept per person."""

from string import Formatter
from typing import Any

from flask import Flask, g, request
from flask_babel import Babel, gettext

from inspections.errors import Message

LANGUAGES = ("zh", "en")


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "zh")
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    Babel(app, locale_selector=language)
    app.jinja_env.filters["translated"] = translated
    app.jinja_env.filters["own_words"] = own_words
    app.context_processor(lambda: {"look": _look()})


def _look() -> dict[str, str]:
    """What the page's frame needs to know of the person's taste."""
    person = g.get("person")
    return {
        "language": "zh-CN" if language() == "zh" else language(),
        "theme": person.theme if person else "light",
        "type": person.type_size if person else "normal",
    }


def language() -> str:
    """The person's own choice, else what was picked before signing in, else Chinese.

    Asked for when the database is away, too: `g.language` was noted when the person was found.
    """
    chosen = g.get("language") or request.cookies.get("language", "zh")
    return chosen if chosen in LANGUAGES else "zh"


def translated(message: Message | str) -> str:
    """A domain message in the reader's language, and so the messages within it. Plain text passes through."""
    if not isinstance(message, Message):
        return message
    values = {name: _read_out(value) for name, value in message.values.items()}
    return _words.vformat(gettext(message.template), (), values)


def _read_out(value: Any) -> Any:
    if isinstance(value, Message):
        return translated(value)
    return gettext("、").join(str(_read_out(each)) for each in value) if isinstance(value, list) else value


def own_words(thing: Any, name: str) -> str:
    """A text of reference data that has its English beside it: `text` and `text_en`."""
    return (getattr(thing, f"{name}_en") if language() == "en" else "") or getattr(thing, name)


class _Words(Formatter):
    """Like str.format; `{n:site|sites}` chooses by the number n, for languages that have a plural."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, bar, many = format_spec.partition("|")
        if bar:
            return one if value == 1 else many
        return super().format_field(value, format_spec)


_words = _Words()
