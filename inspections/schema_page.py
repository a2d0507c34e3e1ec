"""docs/database.md, drawn from the catalogue of a migrated database and the docstrings of its tables."""

import inspect
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Inspector, text
from sqlalchemy import inspect as inspect_database

from . import tables  # noqa: F401 - the docstrings of all tables
from .db import Model

AREAS = {
    "Registry": ("inspections.registry",),
    "Field work and evidence": ("inspections.field", "inspections.evidence", "inspections.events"),
    "Intake, casework and targeting": ("inspections.intake", "inspections.casework", "inspections.targeting"),
    "Sweeps": ("inspections.sweeps",),
    "Rules and calendars": ("inspections.rules",),
    "Accounts": (
        "inspections.registry.accounts",
        "inspections.registry.people",
        "inspections.registry.departments",
    ),
}
HEAD = """# The database

Drawn from a migrated database by `flask --app wsgi mingcha draw-database`; a test compares the two. Every row of
a county has the county in its key and in its foreign keys (decision 0002), and a policy shows the app's role that
county's rows alone. In the diagrams the lines are foreign keys inside the area, named by their columns without
`county`; `created_at` and `updated_at` are left out. Columns marked NULL may be empty.
"""
JOBS = """
## Jobs

The tables `procrastinate_*` belong to the job queue and are described by procrastinate. The app's role may work
on all of them. They hold names of jobs, ids and numbers; no policy stands on them.
"""


def draw(connection: Connection) -> str:
    """The page in Markdown, with one Mermaid diagram an area. Same schema, same text."""
    catalogue = inspect_database(connection)
    policies, excluded = _policies(connection), _exclusions(connection)
    models = sorted(
        (mapper.class_ for mapper in Model.registry.mappers), key=lambda model: str(model.__tablename__)
    )
    parts = [HEAD]
    for area in AREAS:
        chosen = [model for model in models if area_of(model) == area]
        parts.append(f"\n## {area}\n\n{_diagram(catalogue, chosen)}")
        for model in chosen:
            name = str(model.__tablename__)
            parts.append(_section(catalogue, model, excluded.get(name, []), policies.get(name, [])))
    return "".join([*parts, JOBS])


def area_of(model: type[Model]) -> str:
    """The area whose package name fits best."""
    fits = {
        area: max((len(package) for package in packages if model.__module__.startswith(package)), default=0)
        for area, packages in AREAS.items()
    }
    return max(fits, key=lambda area: fits[area])


def _diagram(catalogue: Inspector, models: Iterable[type[Model]]) -> str:
    lines = ["```mermaid", "erDiagram"]
    names = [str(model.__tablename__) for model in models]
    for name in names:
        for key in _foreign_keys(catalogue, name):
            columns = [each for each in key["constrained_columns"] if each != "county"]
            if columns and key["referred_table"] in names:
                lines.append(f'    {key["referred_table"]} ||--o{{ {name} : "{", ".join(columns)}"')
    for name in names:
        keys = set(catalogue.get_pk_constraint(name)["constrained_columns"])
        pointing = {each for key in _foreign_keys(catalogue, name) for each in key["constrained_columns"]}
        lines.append(f"    {name} {{")
        for column in catalogue.get_columns(name):
            if column["name"] not in {"created_at", "updated_at"}:
                mark = "PK" if column["name"] in keys else "FK" if column["name"] in pointing else ""
                lines.append(f"        {_word(column['type'])} {column['name']} {mark}".rstrip())
        lines.append("    }")
    return "\n".join([*lines, "```\n"])


def _section(catalogue: Inspector, model: type[Model], excluded: list[str], policies: list[str]) -> str:
    name = str(model.__tablename__)
    columns = "".join(
        f"| `{column['name']}` | {_type(column)}{' NULL' if column['nullable'] else ''} | {_default(column)} |\n"
        for column in catalogue.get_columns(name)
    )
    facts = [f"key: {_columns(catalogue.get_pk_constraint(name)['constrained_columns'])}"]
    for key in _foreign_keys(catalogue, name):
        facts.append(f"{_columns(key['constrained_columns'])} → `{key['referred_table']}`")
    for unique in sorted(catalogue.get_unique_constraints(name), key=lambda each: str(each["name"])):
        facts.append(f"unique: {_columns(unique['column_names'])}")
    for index in sorted(catalogue.get_indexes(name), key=lambda each: str(each["name"])):
        if not index.get("duplicates_constraint") and not str(index["name"]).startswith("ex_"):
            facts.append(f"index `{index['name']}`: {_columns(index['column_names'])}")
    facts += excluded
    for check in sorted(catalogue.get_check_constraints(name), key=lambda each: str(each["name"])):
        facts.append(f"check `{check['name']}`: `{' '.join(check['sqltext'].split())}`")
    facts += policies or ["no policy: shared by all counties"]
    listed = "".join(f"- {fact}\n" for fact in facts)
    return f"\n### {name}\n\n{_about(model)}\n\n| column | type | default |\n|---|---|---|\n{columns}\n{listed}"


def _about(model: type[Model]) -> str:
    return " ".join((inspect.getdoc(model) or "").split())


def _foreign_keys(catalogue: Inspector, name: str) -> list[Any]:
    return sorted(catalogue.get_foreign_keys(name), key=lambda key: str(key["name"]))


def _columns(names: Iterable[str | None]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _word(kind: Any) -> str:
    return str(kind).split("(")[0].replace(" ", "_").replace("[]", "_array").lower()


def _type(column: Any) -> str:
    return str(column["type"]).lower()


def _default(column: Any) -> str:
    if computed := column.get("computed"):
        return f"computed: `{' '.join(computed['sqltext'].split())}`"
    return f"`{column['default']}`" if column["default"] else "identity" if column.get("identity") else ""


def _policies(connection: Connection) -> dict[str, list[str]]:
    """What the app's role sees of each table, in the words of its policies."""
    found: dict[str, list[str]] = {}
    for table, policy, command, kind, shown, written in connection.execute(POLICIES):
        said = [f"rows with `{' '.join(shown.split())}`"] if shown else []
        if written and written != shown:
            said.append(f"written only with `{' '.join(written.split())}`")
        scope = [command.lower()] if command != "ALL" else []
        scope += ["besides the others"] if kind == "RESTRICTIVE" else []
        named = f"policy `{policy}`" + (f" ({', '.join(scope)})" if scope else "")
        found.setdefault(table, []).append(f"{named}: {'; '.join(said)}")
    return found


def _exclusions(connection: Connection) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, name, definition in connection.execute(EXCLUSIONS):
        found.setdefault(table, []).append(f"no two rows of one kind overlap, `{name}`: `{definition}`")
    return found


EXCLUSIONS = text(
    """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
    where contype = 'x' and connamespace = 'public'::regnamespace order by 1, 2
    """
)
POLICIES = text(
    """
    select tablename, policyname, cmd, permissive, qual, with_check from pg_policies where schemaname = 'public'
    order by tablename, policyname
    """
)
