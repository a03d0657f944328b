"""Above which numbers a home that was put back goes on."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("homes", sa.Column("numbers_above", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("homes", "numbers_above")
