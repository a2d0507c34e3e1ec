"""Chinese is written in the code; English comes from the catalogue. The choice is kept per person."""

from flask import Flask, g, request
from flask_babel import Babel, gettext

from inspections.errors import Message

LANGUAGES = ("zh", "en")


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_DEFAULT_LOCALE", "zh")
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    Babel(app, locale_selector=language)
    app.jinja_env.filters["translated"] = translated
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
    """The person's own choice, else what was picked before signing in, else Chinese."""
    person = g.get("person")
    chosen = person.language if person else request.cookies.get("language", "zh")
    return chosen if chosen in LANGUAGES else "zh"


def translated(message: Message | str) -> str:
    """A domain message in the reader's language. Plain text passes through."""
    if isinstance(message, Message):
        return gettext(message.template).format(**message.values)
    return message
