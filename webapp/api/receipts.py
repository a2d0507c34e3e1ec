"""Receipts as a phone reads them, signed."""

from typing import Any

from inspections.field.receipts import Receipt

from ..keys import key_ring
from .json_answers import in_words


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    named = {"refused": receipt.refused, "damaged": receipt.damaged}
    shape = vars(receipt) | {name: [in_words(each._asdict()) for each in files] for name, files in named.items()}
    return shape | {"signature": receipt.signature(key_ring())}
