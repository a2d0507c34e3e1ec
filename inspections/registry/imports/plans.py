"""What an import would do, before it does it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from geo.coordinates import Datum

from ...errors import Invalid, Message, say
from .columns import ColumnMap, Subject
from .datums import Verdict
from .problems import Problem, Severity


class Action(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to the thing of one row; `fields` maps a changed field to (before, after) as text."""

    row: int
    name: str
    action: Action
    id: UUID | None = None
    fields: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """How the user wants a file read. `datum` None asks for a guess; `columns` is column → field."""

    columns: Mapping[str, str] = field(default_factory=dict)
    datum: Datum | None = None
    layer: str = ""
    category: str = ""
    level: str = ""
    swapped: bool = False
    repair: bool = False
    skip_refused: bool = False


@dataclass
class ImportPlan:
    """`writes` is what `apply` stores, in the shape its subject needs."""

    subject: Subject
    columns: ColumnMap
    datum: Datum | None
    verdict: Verdict | None
    changes: list[Change]
    problems: list[Problem]
    writes: Any
    notes: tuple[Message, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(change.action.value for change in self.changes)
        counts = {action.value: found[action.value] for action in Action}
        counts["errors"] = sum(p.severity is Severity.ERROR for p in self.problems)
        counts["warnings"] = len(self.problems) - counts["errors"]
        return counts

    def check(self, options: Options) -> None:
        """Raise Invalid unless everything, or by the user's choice everything good, may be stored."""
        if self.datum is None and self.verdict is not None:
            raise Invalid({"datum": say("请先选择坐标系：{reason}", reason=self.verdict.reason)})
        refused = self.counts[Action.REFUSED]
        if refused and not options.skip_refused:
            raise Invalid(message=say("有 {n} 行有错误，一行也没有导入；请改好文件，或选择跳过这些行", n=refused))
