"""When a person last let a mailing go on: what has stood still for long is asked about once."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailings", sa.Column("resumed_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("mailings", "resumed_at")
