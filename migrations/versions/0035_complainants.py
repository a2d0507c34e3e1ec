"""who complained: sealed, under a pseudonym, opened one row at a time and written down"""

import sqlalchemy as sa
from alembic import op

from migrations.security import APP_ROLE, secure

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

READABLE = (
    "county", "id", "tip_id", "pseudonym", "phone_mark", "is_minor", "wants_answer", "forget_on", "forgotten_at",
    "forgotten_why", "created_at", "updated_at",
)  # fmt: skip
DECIDED = ("decided_by_id", "decided_at", "is_granted", "decision_reason")
# The one way to a sealed identity. It runs as the owner, and so asks for itself: was it asked for by the person who
# works now, is it granted where that is needed, is it fresh, was it not read before? It writes down that it was read.
OPEN = """
create function open_complainant(opening uuid) returns bytea
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    home char(6) := nullif(current_setting('app.county', true), '');
    reader uuid := nullif(current_setting('app.person', true), '')::uuid;
    found_one complainant_openings;
    one complainants;
    of_minor boolean;
begin
    select o.* into found_one from complainant_openings o where o.county = home and o.id = opening for update;
    select c.* into one from complainants c where c.county = home and c.id = found_one.complainant_id;
    select one.is_minor or t.names_minor into of_minor from tips t where t.county = home and t.id = one.tip_id;
    if one.sealed is null or found_one.asked_by_id is distinct from reader or found_one.opened_at is not null
        or found_one.is_granted is false or found_one.is_barred
        or ((of_minor or found_one.needs_approval) and found_one.is_granted is not true)
        or clock_timestamp() > coalesce(
            found_one.decided_at + interval '24 hours', found_one.asked_at + interval '15 minutes') then
        return null;
    end if;
    update complainant_openings set opened_at = clock_timestamp() where county = home and id = opening;
    return one.sealed;
end $$;
"""
# The app's role may empty an identity, and change it in no other way.
FORGET = """
create function forget_complainant(complainant uuid, why text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update complainants set sealed = null, phone_mark = null, forgotten_at = clock_timestamp(), forgotten_why = why,
        updated_at = clock_timestamp()
    where county = nullif(current_setting('app.county', true), '') and id = complainant and forgotten_at is null;
    return found;
end $$;
"""
READER = "nullif(current_setting('app.person', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "complainants",
        sa.Column("tip_id", sa.Uuid(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_mark", sa.LargeBinary(), nullable=True),
        sa.Column("is_minor", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("wants_answer", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("forget_on", sa.Date(), nullable=False),
        sa.Column("forgotten_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("forgotten_why", sa.Text(), server_default="", nullable=False),
        *_row("complainants"),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        _in_county("complainants", "tip_id", "tips"),
        sa.UniqueConstraint("county", "tip_id", name=op.f("uq_complainants_county_tip_id")),
        sa.UniqueConstraint("county", "pseudonym", name=op.f("uq_complainants_county_pseudonym")),
        sa.CheckConstraint("(forgotten_at is null) = (sealed is not null)", name=op.f("ck_complainants_sealed")),
        sa.CheckConstraint("forgotten_at is null or phone_mark is null", name=op.f("ck_complainants_forgotten")),
    )
    op.create_index("ix_complainants_county_phone_mark", "complainants", ["county", "phone_mark"])
    op.create_index(
        "ix_complainants_county_forget_on",
        "complainants",
        ["county", "forget_on"],
        postgresql_where=sa.text("forgotten_at is null"),
    )
    op.create_table(
        "complainant_openings",
        sa.Column("complainant_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("is_barred", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("is_granted", sa.Boolean(), nullable=True),
        sa.Column("decision_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=True),
        *_row("complainant_openings"),
        _in_county("complainant_openings", "complainant_id", "complainants"),
        _in_county("complainant_openings", "asked_by_id", "people"),
        _in_county("complainant_openings", "decided_by_id", "people"),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_complainant_openings_reason")),
        sa.CheckConstraint("decided_by_id <> asked_by_id", name=op.f("ck_complainant_openings_four_eyes")),
        sa.CheckConstraint(
            "(decided_at is null) = (decided_by_id is null)", name=op.f("ck_complainant_openings_decided")
        ),
        sa.CheckConstraint(
            "(decided_at is null) = (is_granted is null)", name=op.f("ck_complainant_openings_granted")
        ),
    )
    op.create_index(
        "ix_complainant_openings_county_complainant_id", "complainant_openings", ["county", "complainant_id"]
    )
    op.create_table(
        "complainant_terms",
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
        *_row("complainant_terms"),
        _in_county("complainant_terms", "set_by_id", "people"),
        sa.CheckConstraint("days between 30 and 1095", name=op.f("ck_complainant_terms_days")),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_complainant_terms_reason")),
    )
    op.create_index("ix_complainant_terms_county_at", "complainant_terms", ["county", "at"])
    _let_the_app_in()


def _let_the_app_in() -> None:
    secure("complainants", "insert")
    op.execute(f"grant select ({', '.join(READABLE)}) on complainants to {APP_ROLE}")
    secure("complainant_openings", "select, insert")
    op.execute(f"grant update ({', '.join(DECIDED)}) on complainant_openings to {APP_ROLE}")
    # Nobody asks, and nobody approves, in another's name
    op.execute(
        "create policy own_request on complainant_openings as restrictive for insert"
        f" with check (asked_by_id = {READER} and decided_at is null and opened_at is null)"
    )
    op.execute(
        "create policy own_decision on complainant_openings as restrictive for update"
        f" using (decided_at is null) with check (decided_by_id = {READER})"
    )
    secure("complainant_terms", "select, insert")
    for function, arguments in ((OPEN, "open_complainant(uuid)"), (FORGET, "forget_complainant(uuid, text)")):
        op.execute(function)
        op.execute(f"revoke execute on function {arguments} from public")
        op.execute(f"grant execute on function {arguments} to {APP_ROLE}")


def _row(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("county", sa.CHAR(6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("county", "id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f(f"fk_{table}_county")),
    )


def _in_county(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["county", column], [f"{other}.county", f"{other}.id"], name=op.f(f"fk_{table}_county_{column}")
    )


def downgrade() -> None:
    op.execute("drop function forget_complainant(uuid, text)")
    op.execute("drop function open_complainant(uuid)")
    op.drop_table("complainant_terms")
    op.drop_table("complainant_openings")
    op.drop_table("complainants")
