"""levels: offices above counties, deliveries of figures, and grants by which records may be opened"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import APP_ROLE, OWN_COUNTY, secure

revision = "0030"
down_revision = "0019"
branch_labels = None
depends_on = None


ROLES = (
    "inspector", "grid_worker", "enforcer", "volunteer", "township_admin", "dispatcher", "director", "school_user",
    "institution_user", "auditor", "legal_reviewer",
)  # fmt: skip
OWN = "select nullif(current_setting('app.county', true), '')::char(6)"
# The offices that the transaction's county answers to, and the counties that answer to the transaction's office.
# They see what was written for them, and no other row: counties are read by everyone, records by their own.
ABOVE = (
    f"select above from counties where code = ({OWN}) and above is not null"
    f" union select above from counties where above is not null and code in (select above from counties where code = ({OWN}))"
)
BELOW = (
    f"select code from counties where above = ({OWN})"
    f" union select code from counties where above in (select code from counties where above = ({OWN}))"
)

# The one way into a county's records from above. It runs as the owner, so it asks for itself: is the grant given to
# the office that the transaction is scoped to, does it live, does it cover these days and this kind of record? It
# shows the records of the delivered snapshot and no others, and writes into the county's history that it did.
OPEN = """
create function open_by_grant(given_grant uuid, given_county char, given_delivery uuid, cell text)
returns table (id uuid, n int, title text, site text, township text, state text, at timestamptz)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    viewer text := nullif(current_setting('app.county', true), '');
    viewer_name text;
    wanted text := case split_part(cell, '.', 1)
        when 'inspectors' then 'inspectors' when 'notices' then 'orders' when 'supervision' then 'orders'
        when 'problems' then 'findings' when 'done' then 'findings' when 'in_progress' then 'findings'
        when 'bulletins' then 'steps' when 'interviews' then 'steps' when 'accountability' then 'steps'
        when 'cases' then 'cases' else 'sites' end;
    delivered deliveries;
begin
    select d.* into delivered from deliveries d
        join record_grants g on g.county = d.county and g.id = given_grant
        where d.county = given_county and d.id = given_delivery
            and g.to_code = viewer and g.revoked_at is null and g.expires_at > clock_timestamp()
            and wanted = any(g.kinds) and d.first_day >= g.first_day and d.last_day <= g.last_day;
    if not found then
        raise exception 'no grant' using errcode = 'insufficient_privilege';
    end if;
    select p.name into viewer_name from people p
        where p.county = viewer and p.id = nullif(current_setting('app.person', true), '')::uuid;
    insert into events (county, id, person_id, verb, subject, subject_id, detail)
        values (given_county, gen_random_uuid(), null, 'open', 'record_grants', given_grant, jsonb_build_object(
            'by', viewer, 'person', viewer_name, 'cell', cell, 'delivery', given_delivery));
    return query
    with kept as (
        select (pair ->> 0)::uuid as record, (pair ->> 1)::int as weight
        from figure_snapshots s, jsonb_array_elements(s.content -> 'records' -> cell) pair
        where s.county = given_county and s.id = delivered.snapshot_id and s.sha256 = delivered.snapshot_sha256
    ), found as (
        select x.id as record, x.name as title, x.id as site_id, x.category::text as state, x.created_at as at
            from sites x where wanted = 'sites' and x.county = given_county
        union all select x.id, x.name, null, null, null
            from people x where wanted = 'inspectors' and x.county = given_county
        union all select x.id, x.number_text || ' ' || x.addressee, x.site_id, x.state, x.issued_at
            from orders x where wanted = 'orders' and x.county = given_county
        union all select x.id, x.text, x.site_id, x.state, x.confirmed_at
            from findings x where wanted = 'findings' and x.county = given_county
        union all select x.id, f.text, f.site_id, x.kind, x.decided_at
            from steps x join findings f on f.county = x.county and f.id = x.finding_id
            where wanted = 'steps' and x.county = given_county
        union all select x.id, x.title, x.site_id, null, x.recorded_at
            from model_cases x where wanted = 'cases' and x.county = given_county
    )
    select found.record, kept.weight, found.title, sites.name, areas.name, found.state::text, found.at
    from kept join found on found.record = kept.record
    left join sites on sites.county = given_county and sites.id = found.site_id
    left join areas on areas.county = given_county and areas.id = sites.township_id
    order by found.at desc nulls last, found.title, found.record;
end $$
"""


def upgrade() -> None:
    op.create_table(
        "figure_calls",
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("called_by_id", sa.Uuid(), nullable=False),
        sa.Column("called_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_figure_calls_days")),
        sa.ForeignKeyConstraint(
            ["county", "called_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_figure_calls_county_called_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_figure_calls_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_figure_calls")),
        sa.UniqueConstraint(
            "county", "first_day", "last_day", name=op.f("uq_figure_calls_county_first_day_last_day")
        ),
    )
    op.create_table(
        "record_grants",
        sa.Column("to_code", sa.CHAR(length=6), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by_id", sa.Uuid(), nullable=False),
        sa.Column("granted_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("revoked_by_id", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("btrim(reason) <> ''", name=op.f("ck_record_grants_reason")),
        sa.CheckConstraint(
            "(revoked_at is null) = (revoked_by_id is null)", name=op.f("ck_record_grants_revoked")
        ),
        sa.CheckConstraint("expires_at > granted_at", name=op.f("ck_record_grants_expiry")),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_record_grants_days")),
        sa.ForeignKeyConstraint(
            ["county", "granted_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_record_grants_county_granted_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "revoked_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_record_grants_county_revoked_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_record_grants_county")),
        sa.ForeignKeyConstraint(["to_code"], ["counties.code"], name=op.f("fk_record_grants_to_code")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_record_grants")),
    )
    op.create_index("ix_record_grants_to_code", "record_grants", ["to_code"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("snapshot_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("as_of", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("delivered_by_id", sa.Uuid(), nullable=False),
        sa.Column("delivered_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("replaces_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(replaces_id is null) = (reason = '')", name=op.f("ck_deliveries_why_replaced")),
        sa.ForeignKeyConstraint(
            ["county", "delivered_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_deliveries_county_delivered_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "replaces_id"],
            ["deliveries.county", "deliveries.id"],
            name=op.f("fk_deliveries_county_replaces_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "snapshot_id"],
            ["figure_snapshots.county", "figure_snapshots.id"],
            name=op.f("fk_deliveries_county_snapshot_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_deliveries_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("county", "replaces_id", name=op.f("uq_deliveries_county_replaces_id")),
    )
    op.create_index(
        "uq_deliveries_first",
        "deliveries",
        ["county", "first_day", "last_day"],
        unique=True,
        postgresql_where=sa.text("replaces_id is null"),
    )
    op.add_column(
        "counties",
        sa.Column(
            "level",
            sa.Enum(
                "province",
                "prefecture",
                "county",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="county",
            nullable=False,
        ),
    )
    op.add_column("counties", sa.Column("above", sa.CHAR(length=6), nullable=True))
    op.create_foreign_key(op.f("fk_counties_above"), "counties", "counties", ["above"], ["code"])
    _know_roles(*ROLES, "superior")
    secure("figure_calls", "select, insert, update", visible=f"{OWN_COUNTY} or county in ({ABOVE})")
    secure("deliveries", "select, insert", visible=f"{OWN_COUNTY} or county in ({BELOW})")
    secure("record_grants", "select, insert, update", visible=f"{OWN_COUNTY} or to_code = ({OWN})")
    op.execute(OPEN)
    signature = "open_by_grant(uuid, char, uuid, text)"
    op.execute(f"revoke execute on function {signature} from public")
    op.execute(f"grant execute on function {signature} to {APP_ROLE}")


def _know_roles(*roles: str) -> None:
    op.drop_constraint("ck_person_roles_role", "person_roles")
    listed = ", ".join(f"'{role}'" for role in roles)
    op.create_check_constraint(op.f("ck_person_roles_role"), "person_roles", f"role in ({listed})")


def downgrade() -> None:
    op.execute("drop function open_by_grant(uuid, char, uuid, text)")
    op.execute("delete from person_roles where role = 'superior'")
    _know_roles(*ROLES)
    op.drop_index("uq_deliveries_first", table_name="deliveries", postgresql_where=sa.text("replaces_id is null"))
    op.drop_table("deliveries")
    op.drop_index("ix_record_grants_to_code", table_name="record_grants")
    op.drop_table("record_grants")
    op.drop_table("figure_calls")
    op.drop_constraint(op.f("fk_counties_above"), "counties", type_="foreignkey")
    op.drop_column("counties", "above")
    op.drop_column("counties", "level")
