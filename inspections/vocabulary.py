"""Closed lists of domain words: a stored value and the Chinese the screen shows."""

from enum import StrEnum
from typing import Any, Self

from sqlalchemy import Enum

from .errors import Message


class Choice(StrEnum):
    """One word of a closed list; `label` is its translatable Chinese name."""

    label: Message

    def __new__(cls, value: str, label: Message) -> Self:
        word = str.__new__(cls, value)
        word._value_ = value
        word.label = label
        return word


def choice(words: type[Choice], name: str) -> Enum:
    """Column type: text with a CHECK named `ck_<table>_<name>`, easier to extend than a native enum."""
    values: Any = [word.value for word in words]
    return Enum(
        words,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda _: values,
    )
