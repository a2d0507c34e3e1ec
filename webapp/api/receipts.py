"""Receipts as a phone reads them, signed."""

from collections.abc import Iterable
from typing import Any

from inspections.canvass.visit_receipts import VisitReceipt
from inspections.field.receipts import Receipt

from ..keys import key_ring
from .json_answers import in_words


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    named = {"refused": receipt.refused, "damaged": receipt.damaged}
    shape = vars(receipt) | {name: [in_words(each._asdict()) for each in files] for name, files in named.items()}
    return shape | {"signature": receipt.signature(key_ring())}


def visit_receipt_json(receipt: VisitReceipt) -> dict[str, Any]:
    return vars(receipt) | {"signature": receipt.signature(key_ring())}


def receipts_json(checks: Iterable[Receipt], visits: Iterable[VisitReceipt]) -> list[dict[str, Any]]:
    """Of checks and walks together: each says by `check` or `visit` which it is."""
    return [receipt_json(each) for each in checks] + [visit_receipt_json(each) for each in visits]
