"""orders: rectification notices and supervision orders, their items and their numbers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_counters",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "rectification", "supervision", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_order_counters_county")),
        sa.PrimaryKeyConstraint("county", "kind", "year", name=op.f("pk_order_counters")),
    )
    op.create_table(
        "order_series",
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "rectification", "supervision", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_order_series_county")),
        sa.PrimaryKeyConstraint("county", "kind", name=op.f("pk_order_series")),
    )
    op.create_table(
        "orders",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "rectification", "supervision", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "issued",
                "served",
                "withdrawn",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            server_default="draft",
            nullable=False,
        ),
        sa.Column("addressee", sa.Text(), nullable=False),
        sa.Column("supervised_on", sa.Date(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("officer_id", sa.Uuid(), nullable=True),
        sa.Column("second_officer_id", sa.Uuid(), nullable=True),
        sa.Column("drafted_by_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("number_text", sa.Text(), nullable=True),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("issued_by_id", sa.Uuid(), nullable=True),
        sa.Column("issued_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column(
            "method",
            sa.Enum(
                "in_person",
                "left",
                "post",
                "electronic",
                "public",
                name="method",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("served_on", sa.Date(), nullable=True),
        sa.Column("server_id", sa.Uuid(), nullable=True),
        sa.Column("received_by", sa.Text(), nullable=True),
        sa.Column("receipt_number", sa.Text(), nullable=True),
        sa.Column("service_note", sa.Text(), nullable=True),
        sa.Column("served_by_id", sa.Uuid(), nullable=True),
        sa.Column("served_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_by_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("withdrawn_reason", sa.Text(), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state <> 'draft' or number is null", name=op.f("ck_orders_draft_unnumbered")),
        sa.CheckConstraint("state <> 'served' or served_on is not null", name=op.f("ck_orders_service")),
        sa.CheckConstraint(
            "state in ('draft', 'withdrawn') or number is not null", name=op.f("ck_orders_numbered")
        ),
        sa.CheckConstraint("(number is null) = (content is null)", name=op.f("ck_orders_number_with_content")),
        sa.CheckConstraint("second_officer_id <> officer_id", name=op.f("ck_orders_two_officers")),
        sa.ForeignKeyConstraint(
            ["county", "drafted_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_orders_county_drafted_by_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "issued_by_id"], ["people.county", "people.id"], name=op.f("fk_orders_county_issued_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "officer_id"], ["people.county", "people.id"], name=op.f("fk_orders_county_officer_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "second_officer_id"],
            ["people.county", "people.id"],
            name=op.f("fk_orders_county_second_officer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "served_by_id"], ["people.county", "people.id"], name=op.f("fk_orders_county_served_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "server_id"], ["people.county", "people.id"], name=op.f("fk_orders_county_server_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "site_id"], ["sites.county", "sites.id"], name=op.f("fk_orders_county_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["county", "withdrawn_by_id"],
            ["people.county", "people.id"],
            name=op.f("fk_orders_county_withdrawn_by_id"),
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_orders_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_orders")),
        sa.UniqueConstraint("county", "kind", "year", "number", name=op.f("uq_orders_county_kind_year_number")),
        sa.UniqueConstraint("county", "number_text", name=op.f("uq_orders_county_number_text")),
    )
    op.create_index("ix_orders_county_site_id", "orders", ["county", "site_id"], unique=False)
    op.create_index("ix_orders_county_state", "orders", ["county", "state"], unique=False)
    op.create_table(
        "order_items",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "rectification", "supervision", name="kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("working_days", sa.Integer(), nullable=True),
        sa.Column("fixed_due_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_before", sa.Date(), nullable=True),
        sa.Column("is_provisional", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("is_live", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(working_days is null) <> (fixed_due_on is null)", name=op.f("ck_order_items_one_limit")
        ),
        sa.CheckConstraint("working_days between 1 and 120", name=op.f("ck_order_items_working_days")),
        sa.ForeignKeyConstraint(
            ["county", "finding_id"],
            ["findings.county", "findings.id"],
            name=op.f("fk_order_items_county_finding_id"),
        ),
        sa.ForeignKeyConstraint(
            ["county", "order_id"],
            ["orders.county", "orders.id"],
            name=op.f("fk_order_items_county_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_order_items_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_order_items")),
        sa.UniqueConstraint(
            "county", "order_id", "position", name=op.f("uq_order_items_county_order_id_position")
        ),
    )
    op.create_index(
        "uq_order_items_live_finding",
        "order_items",
        ["county", "finding_id", "kind"],
        unique=True,
        postgresql_where=sa.text("is_live"),
    )
    for table in ("orders", "order_items"):
        secure(table)
    for table in ("order_counters", "order_series"):
        secure(table, "select, insert, update")
    op.execute("create policy drafts on orders as restrictive for delete using (state = 'draft')")
    op.execute(
        "create policy drafts on order_items as restrictive for delete using (exists (select from orders"
        " where orders.county = order_items.county and orders.id = order_id and orders.state = 'draft'))"
    )
    freeze()


def freeze() -> None:
    """What was issued stands as it was signed, whatever the app may try."""
    op.execute(
        """
        create function keep_issued_order() returns trigger language plpgsql as $$
        begin
            if (new.number, new.year, new.number_text, new.content, new.kind, new.site_id, new.issued_at)
                is distinct from
               (old.number, old.year, old.number_text, old.content, old.kind, old.site_id, old.issued_at)
            then
                raise exception 'order % is issued and does not change', old.id using errcode = 'check_violation';
            end if;
            return new;
        end $$
        """
    )
    op.execute(
        "create trigger keep_issued_order before update on orders for each row"
        " when (old.number is not null) execute function keep_issued_order()"
    )


def downgrade() -> None:
    op.drop_index("uq_order_items_live_finding", table_name="order_items", postgresql_where=sa.text("is_live"))
    op.drop_table("order_items")
    op.drop_index("ix_orders_county_state", table_name="orders")
    op.drop_index("ix_orders_county_site_id", table_name="orders")
    op.drop_table("orders")
    op.execute("drop function keep_issued_order()")
    op.drop_table("order_series")
    op.drop_table("order_counters")
