"""templates of documents, and what documents were made with"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.security import secure

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _choice(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def _recorded() -> list[sa.Column]:
    return [
        sa.Column(name, sa.TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False)
        for name in ("created_at", "updated_at")
    ]


def upgrade() -> None:
    op.create_table(
        "document_templates",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", _choice("source", "built_in", "county"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", _choice("state", "refused", "trying", "ready"), nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("file_name", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("report", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("uploaded_by_id", sa.Uuid(), nullable=True),
        sa.Column("activated_by_id", sa.Uuid(), nullable=True),
        sa.Column("activated_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_recorded(),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_document_templates_sha256")),
        sa.CheckConstraint("not is_active or state = 'ready'", name=op.f("ck_document_templates_active_ready")),
        sa.CheckConstraint(
            "not is_active or activated_at is not null", name=op.f("ck_document_templates_activated")
        ),
        sa.CheckConstraint(
            "source <> 'county' or uploaded_by_id is not null", name=op.f("ck_document_templates_uploaded")
        ),
        *_people("document_templates", "uploaded_by_id", "activated_by_id"),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_document_templates_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_document_templates")),
        sa.UniqueConstraint(
            "county", "kind", "source", "version", name=op.f("uq_document_templates_county_kind_source_version")
        ),
        sa.UniqueConstraint("county", "kind", "sha256", name=op.f("uq_document_templates_county_kind_sha256")),
    )
    op.create_index(
        "uq_document_templates_active",
        "document_templates",
        ["county", "kind"],
        unique=True,
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "documents",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("format", _choice("format", "docx", "pdf"), nullable=False),
        sa.Column("state", _choice("state", "waiting", "making", "done", "failed"), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("progress", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("message", postgresql.JSONB(), nullable=True),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("finished_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("county", sa.CHAR(length=6), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_recorded(),
        sa.CheckConstraint(
            "format = 'docx' or state <> 'done' or sha256 is not null", name=op.f("ck_documents_file")
        ),
        sa.CheckConstraint("state <> 'failed' or message is not null", name=op.f("ck_documents_why_failed")),
        sa.ForeignKeyConstraint(
            ["county", "template_id"],
            ["document_templates.county", "document_templates.id"],
            name=op.f("fk_documents_county_template_id"),
        ),
        *_people("documents", "asked_by_id"),
        sa.ForeignKeyConstraint(["county"], ["counties.code"], name=op.f("fk_documents_county")),
        sa.PrimaryKeyConstraint("county", "id", name=op.f("pk_documents")),
    )
    op.create_index("ix_documents_county_subject_id", "documents", ["county", "subject_id"])
    # What a document was made with stays: the app may bring a template into use, and remove none.
    secure("document_templates", grants="select, insert, update")
    secure("documents", grants="select, insert, update")


def _people(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            ["county", column], ["people.county", "people.id"], name=op.f(f"fk_{table}_county_{column}")
        )
        for column in columns
    ]


def downgrade() -> None:
    op.drop_table("documents")
    op.drop_table("document_templates")
