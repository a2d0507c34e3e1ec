"""escalation: ladders, the rounds and papers of steps, days of the clock, penalties and hand-overs"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from inspections.casework.ladder_data import read_ladders
from inspections.db import new_id
from migrations.security import APP_ROLE, secure

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OWN = "(select nullif(current_setting('app.county', true), '')::char(6))"
PAPERS = ("rectification", "supervision", "interview", "notice", "accountability", "handover")
ORDERS = PAPERS[:2]


def upgrade() -> None:
    ladders()
    steps()
    number(PAPERS)
    op.create_table(
        "clock_days",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("last_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_clock_days_county")),
        sa.PrimaryKeyConstraint("county", "day", name=op.f("pk_clock_days")),
    )
    penalties()
    handovers()
    secure("clock_days", "select, insert, update")
    for table in ("penalties", "handovers"):
        secure(table, "select, insert")


def ladders() -> None:
    days = ("due_soon", "reminder", "supervision", "interview", "notice", "accountability")
    table = op.create_table(
        "ladders",
        sa.Column("region", sa.CHAR(length=6), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in days),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("region ~ '^[0-9]{6}$'", name=op.f("ck_ladders_region")),
        sa.CheckConstraint("btrim(source) <> ''", name=op.f("ck_ladders_source")),
        sa.CheckConstraint(
            "reminder between 1 and 60 and due_soon between 1 and 60", name=op.f("ck_ladders_before")
        ),
        sa.CheckConstraint("reminder < due_soon", name=op.f("ck_ladders_order")),
        sa.CheckConstraint(
            "least(supervision, interview, notice, accountability) >= 1", name=op.f("ck_ladders_after")
        ),
        sa.CheckConstraint(
            "greatest(supervision, interview, notice, accountability) <= 60", name=op.f("ck_ladders_most")
        ),
        sa.PrimaryKeyConstraint("region", "version", name=op.f("pk_ladders")),
    )
    op.execute("alter table ladders enable row level security")
    op.execute(
        "create policy regions_above on ladders for select using"
        f" (region in ({OWN}, left({OWN}, 4) || '00', left({OWN}, 2) || '0000', '000000'))"
    )
    op.execute(f"create policy own_region on ladders for insert with check (region = {OWN})")
    op.execute(f"grant select, insert on ladders to {APP_ROLE}")
    op.bulk_insert(table, [row | {"id": new_id()} for row in read_ladders()])


def steps() -> None:
    for column in (
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("opening", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unpublished", sa.Integer(), nullable=True),
        sa.Column("ladder_region", sa.CHAR(length=6), nullable=True),
        sa.Column("ladder_version", sa.Integer(), nullable=True),
        sa.Column("lapse", sa.String(length=32), nullable=True),
        sa.Column("draft", postgresql.JSONB(), nullable=True),
        sa.Column("draft_by_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("signed_by_id", sa.Uuid(), nullable=True),
        sa.Column("record", postgresql.JSONB(), nullable=True),
    ):
        op.add_column("steps", column)
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_steps_{name}"), "steps", condition)
    for column in ("draft_by_id", "signed_by_id"):
        op.create_foreign_key(
            op.f(f"fk_steps_county_{column}"), "steps", "people", ["county", column], ["county", "id"]
        )
    op.create_index("ix_steps_county_state_kind", "steps", ["county", "state", "kind"])
    op.create_index(
        "uq_steps_round",
        "steps",
        ["county", "finding_id", "opening", "deadline", "kind"],
        unique=True,
        postgresql_where=sa.text("origin = 'clock' and lapse is null"),
    )
    op.execute(KEEP)
    op.execute(
        "create trigger keep_decided_step before update on steps for each row execute function keep_decided_step()"
    )


CHECKS = {
    "lapse": "lapse in ('closed', 'moved')",
    "signed": "(signed_at is null) = (signed_by_id is null)",
    "lapsed": "lapse is null or (state = 'skipped' and decided_by_id is null)",
    "clock_deadline": "origin <> 'clock' or deadline is not null",
    "interview_record": "record is null or (kind = 'interview' and state = 'done')",
}

# What was decided stands as it was decided, and what was signed as it was signed, whatever the app may try
KEEP = """
    create function keep_decided_step() returns trigger language plpgsql as $$
    begin
        if old.state <> 'proposed'
            or (old.number_text is not null and (new.number_text, new.content, new.signed_at, new.signed_by_id)
                is distinct from (old.number_text, old.content, old.signed_at, old.signed_by_id))
            or (new.finding_id, new.kind, new.origin, new.due_on, new.proposed_at, new.deadline, new.opening)
                is distinct from
               (old.finding_id, old.kind, old.origin, old.due_on, old.proposed_at, old.deadline, old.opening)
        then
            raise exception 'step % was decided and does not change', old.id using errcode = 'check_violation';
        end if;
        return new;
    end $$
"""


def number(kinds: tuple[str, ...]) -> None:
    named = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("order_counters", "order_series"):
        op.drop_constraint(op.f(f"ck_{table}_kind"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_kind"), table, f"kind in ({named})")


def words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def versions(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """What rows that are never changed, but followed by further versions, have in common."""
    return (
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("version >= 1 and (version > 1 or root_id = id)", name=op.f(f"ck_{table}_version")),
        sa.CheckConstraint("version = 1 or reason <> ''", name=op.f(f"ck_{table}_why_changed")),
        sa.ForeignKeyConstraint(
            ["county", "author_id"], ["people.county", "people.id"], name=op.f(f"fk_{table}_county_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "finding_id"],
            ["findings.county", "findings.id"],
            name=op.f(f"fk_{table}_county_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f(f"fk_{table}_county_site_id")
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{table}_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("county", "root_id", "version", name=op.f(f"uq_{table}_county_root_id_version")),
    )


def penalties() -> None:
    op.create_table(
        "penalties",
        sa.Column("root_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            words("kind", "suspension", "removal", "refund", "confiscation", "fine", "black_list"),
            nullable=False,
        ),
        sa.Column("state", words("state", "decided", "carried_out", "cancelled"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("amount_yuan", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("carried_out_on", sa.Date(), nullable=True),
        sa.CheckConstraint("amount_yuan > 0", name=op.f("ck_penalties_amount")),
        sa.CheckConstraint(
            "(amount_yuan is not null) = (kind in ('refund', 'confiscation', 'fine'))",
            name=op.f("ck_penalties_sum"),
        ),
        sa.CheckConstraint(
            "(state = 'carried_out') = (carried_out_on is not null)", name=op.f("ck_penalties_carried_out")
        ),
        sa.CheckConstraint("carried_out_on >= decided_on", name=op.f("ck_penalties_carried_out_later")),
        *versions("penalties"),
    )
    for column in ("site_id", "finding_id"):
        op.create_index(f"ix_penalties_county_{column}", "penalties", ["county", column])


def handovers() -> None:
    op.create_table(
        "handovers",
        sa.Column("root_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state", words("state", "sent", "accepted", "answered", "returned", "withdrawn"), nullable=False
        ),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("matter", sa.Text(), nullable=False),
        sa.Column("papers", postgresql.JSONB(), nullable=False),
        sa.Column("handed_on", sa.Date(), nullable=False),
        sa.Column("due_back_on", sa.Date(), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("answer_reference", sa.Text(), server_default="", nullable=False),
        sa.Column("number_text", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "answered_on is null or answered_on >= handed_on", name=op.f("ck_handovers_answer_later")
        ),
        sa.UniqueConstraint(
            "county", "number_text", "version", name=op.f("uq_handovers_county_number_text_version")
        ),
        *versions("handovers"),
    )
    for column in ("site_id", "finding_id"):
        op.create_index(f"ix_handovers_county_{column}", "handovers", ["county", column])


def downgrade() -> None:
    op.drop_table("handovers")
    op.drop_table("penalties")
    op.drop_table("clock_days")
    op.execute("delete from order_counters where kind not in ('rectification', 'supervision')")
    op.execute("delete from order_series where kind not in ('rectification', 'supervision')")
    number(ORDERS)
    op.execute("drop trigger keep_decided_step on steps")
    op.execute("drop function keep_decided_step()")
    op.drop_index("uq_steps_round", table_name="steps")
    op.drop_index("ix_steps_county_state_kind", table_name="steps")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_steps_{name}"), "steps", type_="check")
    for column in (
        *(
            "record",
            "signed_by_id",
            "signed_at",
            "draft_by_id",
            "draft",
            "lapse",
            "ladder_version",
            "ladder_region",
        ),
        *("unpublished", "opening", "deadline"),
    ):
        op.drop_column("steps", column)
    op.drop_table("ladders")
