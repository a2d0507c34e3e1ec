"""What a person looks at before saying go, as JSON that is stored with the run."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from ...errors import Message
from .columns import FIELDS, Subject, map_columns
from .plans import Action, ImportPlan, Options
from .problems import Problem, Severity
from .tables import FileKind, Table

_SAMPLES = 5
_CHANGES = 200


def preview(table: Table, subject: Subject, planned: ImportPlan | None, options: Options) -> dict[str, Any]:
    """Columns with examples; with a plan also the evidence for the datum and the first changes."""
    samples = list(islice(table.rows(), _SAMPLES))
    columns = (
        planned.columns
        if planned
        else map_columns(table.columns, subject, {}, cut=table.kind is FileKind.SHAPEFILE)
    )
    field_of = {column: name for name, column in columns.columns.items()}
    shown: dict[str, Any] = {
        "kind": table.kind.value,
        "layer": table.layer,
        "layers": list(table.layers),
        "encoding": table.encoding,
        "declared_crs": table.declared_crs,
        "has_geometry": table.has_geometry,
        "notes": messages_as_json(planned.notes if planned else table.notes),
        "fields": [[field.name, field.label.template, field.required] for field in FIELDS[subject]],
        "columns": [
            {
                "name": name,
                "field": field_of.get(name, ""),
                "samples": [row.values.get(name, "")[:60] for row in samples],
            }
            for name in table.columns
        ],
    }
    return shown | (_of_plan(planned, options) if planned else {})


def _of_plan(planned: ImportPlan, options: Options) -> dict[str, Any]:
    verdict = planned.verdict
    changed = (c for c in planned.changes if c.action in (Action.NEW, Action.CHANGED))
    undecided = verdict is not None and planned.datum is None
    return {
        "datum": None if undecided else (planned.datum.value if planned.datum else ""),
        "verdict": _verdict(planned) if verdict else None,
        "changes": [
            {
                "row": c.row,
                "name": c.name,
                "action": c.action.value,
                "fields": {k: list(v) for k, v in c.fields.items()},
            }
            for c in islice(changed, _CHANGES)
        ],
    }


def _verdict(planned: ImportPlan) -> dict[str, Any]:
    verdict = planned.verdict
    assert verdict is not None
    return {
        "datum": verdict.datum.value if verdict.datum else None,
        "confidence": verdict.confidence.value,
        "reason": messages_as_json([verdict.reason])[0],
        "evidence": [
            {
                "datum": e.datum.value,
                "label": e.datum.label,
                "in_township": e.in_township,
                "with_township": e.with_township,
                "in_county": e.in_county,
                "points": e.points,
                "overlap": e.overlap,
            }
            for e in verdict.evidence
        ],
    }


def messages_as_json(messages: Iterable[Message]) -> list[list[Any]]:
    return [_written(message) for message in messages]


def message_from_json(written: list[Any]) -> Message:
    template, values = written
    return Message(template, {name: _message_or_value(each) for name, each in values.items()})


def _message_or_value(written: Any) -> Any:
    is_message = isinstance(written, list) and len(written) == 2 and isinstance(written[1], dict)
    return message_from_json(written) if is_message else written


def _written(value: Any) -> Any:
    """A message as a pair of template and values; those may be messages or lists themselves."""
    if isinstance(value, Message):
        return [value.template, {name: _written(each) for name, each in value.values.items()}]
    if isinstance(value, list):
        return [str(each) for each in value]
    return value if isinstance(value, int) else str(value)


def problems_as_json(problems: Iterable[Problem]) -> list[list[Any]]:
    return [[p.row, p.column, p.value, *messages_as_json([p.message])[0], p.severity.value] for p in problems]


def problem_from_json(written: list[Any]) -> Problem:
    row, column, value, template, values, severity = written
    return Problem(row, column, value, message_from_json([template, values]), Severity(severity))
