"""rules: limits as dated, sourced data; the calendars they ask; facts of checks and the verdicts on them"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from inspections.db import new_id
from inspections.rules.rule_data import read_rules, read_years
from migrations.security import APP_ROLE, secure

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Equality beside a range in one exclusion constraint; comes with PostgreSQL
    op.execute("create extension if not exists btree_gist")
    op.create_table(
        "rules",
        sa.Column("region", sa.CHAR(length=6), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "subject",
            sa.Enum(
                "homework",
                "exam",
                "after_school",
                "lesson",
                "fee",
                "prepaid",
                "teachers",
                "content",
                "contract",
                "advert",
                "approval",
                "posting",
                name="subject",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.Text(), nullable=True),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("region"), "="),
            (sa.column("code"), "="),
            (sa.text("daterange(valid_from, valid_to, '[]')"), "&&"),
            where=sa.text("withdrawn_at is null"),
            using="gist",
            name="ex_rules_days",
        ),
        sa.CheckConstraint("btrim(source) <> ''", name=op.f("ck_rules_source")),
        sa.CheckConstraint("region ~ '^[0-9]{6}$'", name=op.f("ck_rules_region")),
        sa.CheckConstraint("severity between 1 and 3", name=op.f("ck_rules_severity")),
        sa.CheckConstraint("valid_to is null or valid_from <= valid_to", name=op.f("ck_rules_order")),
        sa.PrimaryKeyConstraint("region", "code", "version", name=op.f("pk_rules")),
    )
    op.create_table(
        "statutory_years",
        sa.Column("region", sa.CHAR(length=6), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("off", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("work", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("region", "year", name=op.f("pk_statutory_years")),
    )
    op.create_table(
        "school_periods",
        sa.Column(
            "kind",
            sa.Enum(
                "autumn_term",
                "winter",
                "spring_term",
                "summer",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("county"), "="),
            (sa.text("daterange(first_day, last_day, '[]')"), "&&"),
            using="gist",
            name="ex_school_periods_days",
        ),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_school_periods_order")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_school_periods_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_school_periods")),
    )
    op.create_table(
        "observations",
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column(
            "subject",
            sa.Enum(
                "homework",
                "exam",
                "after_school",
                "lesson",
                "fee",
                "prepaid",
                "teachers",
                "content",
                "contract",
                "advert",
                "approval",
                "posting",
                name="subject",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "check_id"], ["checks.county", "checks.id"], name=op.f("fk_observations_county_check_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "person_id"], ["people.county", "people.id"], name=op.f("fk_observations_county_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "withdrawn_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_observations_county_withdrawn_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_observations_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_observations")),
    )
    op.create_index("ix_observations_county_check_id", "observations", ["county", "check_id"], unique=False)
    op.create_table(
        "judgements",
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("observation_id", sa.Uuid(), nullable=False),
        sa.Column("rule_region", sa.CHAR(length=6), nullable=False),
        sa.Column("rule_code", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "broken",
                "lacking",
                "kept",
                "not_applicable",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("judged_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("judged_by_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["county", "check_id"], ["checks.county", "checks.id"], name=op.f("fk_judgements_county_check_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "finding_id"],
            ["findings.county", "findings.id"],
            name=op.f("fk_judgements_county_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "judged_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_judgements_county_judged_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "observation_id"],
            ["observations.county", "observations.id"],
            name=op.f("fk_judgements_county_observation_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_judgements_county")),
        sa.ForeignKeyConstraint(
            ["rule_region", "rule_code", "rule_version"],
            ["rules.region", "rules.code", "rules.version"],
            name=op.f("fk_judgements_rule_region_rule_code_rule_version"),
        ),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_judgements")),
    )
    op.create_index("ix_judgements_county_check_id", "judgements", ["county", "check_id"], unique=False)
    op.create_index(
        "ix_judgements_county_rule_code_day", "judgements", ["county", "rule_code", "day"], unique=False
    )
    op.create_index(
        "uq_judgements_observation_rule", "judgements", ["county", "observation_id", "rule_code"], unique=True
    )
    for table in ("rules", "statutory_years"):
        of_regions(table)
    op.execute(f"grant update (valid_to, withdrawn_at, updated_at) on rules to {APP_ROLE}")
    op.execute(
        f"create policy own_region_ends on rules for update using (region = {OWN}) with check (region = {OWN})"
    )
    secure("school_periods")
    secure("observations", "select, insert, update")
    secure("judgements", "select, insert, update")
    # A verdict that was reached stands, whatever the app may try
    op.execute(
        "create policy unsettled on judgements as restrictive for update"
        " using (outcome = 'lacking') with check (true)"
    )
    publish()


OWN = "(select nullif(current_setting('app.county', true), '')::char(6))"


def of_regions(table: str) -> None:
    """A county reads what its own region and the wider ones say, and writes only for its own."""
    op.execute(f"alter table {table} enable row level security")
    op.execute(
        f"create policy regions_above on {table} for select using"
        f" (region in ({OWN}, left({OWN}, 4) || '00', left({OWN}, 2) || '0000', '000000'))"
    )
    op.execute(f"create policy own_region on {table} for insert with check (region = {OWN})")
    op.execute(f"grant select, insert on {table} to {APP_ROLE}")


def publish() -> None:
    for name, rows, documents in (
        ("rules", read_rules(), ("limits",)),
        ("statutory_years", read_years(), ("off", "work")),
    ):
        columns = [sa.column(key, postgresql.JSONB()) if key in documents else sa.column(key) for key in rows[0]]
        table = sa.table(name, *columns, sa.column("id", sa.Uuid()))
        op.bulk_insert(table, [row | {"id": new_id()} for row in rows])


def downgrade() -> None:
    op.drop_index("uq_judgements_observation_rule", table_name="judgements")
    op.drop_index("ix_judgements_county_rule_code_day", table_name="judgements")
    op.drop_index("ix_judgements_county_check_id", table_name="judgements")
    op.drop_table("judgements")
    op.drop_index("ix_observations_county_check_id", table_name="observations")
    op.drop_table("observations")
    op.drop_table("school_periods")
    op.drop_table("statutory_years")
    op.drop_table("rules")
