"""closed sites: the day they were closed, from which they are watched"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0037"
branch_labels = None
depends_on = None

# The last time a site became closed, as its history has it; where it has none, the watch's usual length before its end
PAST = """
    update sites set closed_on = coalesce(
        (select max(cast(timezone('Asia/Shanghai', e.at) as date)) from events e
            where e.county = sites.county and e.subject_id = sites.id and e.verb = 'change_state'
                and e.detail ->> 'now' = 'closed'),
        watched_until - 180)
    where state = 'closed'
"""


def upgrade() -> None:
    op.add_column("sites", sa.Column("closed_on", sa.Date(), nullable=True))
    op.execute(PAST)
    op.create_index(
        "ix_sites_county_watched_until",
        "sites",
        ["county", "watched_until"],
        postgresql_where=sa.text("state = 'closed'"),
    )


def downgrade() -> None:
    op.drop_index("ix_sites_county_watched_until", "sites")
    op.drop_column("sites", "closed_on")
