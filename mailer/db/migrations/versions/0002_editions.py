"""Editions: what an issue holds, approvals despite the preflight, months that are skipped."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailings", sa.Column("contents", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("approvals", sa.Column("despite", sa.Text(), nullable=True))
    op.add_column("issues", sa.Column("skipped_at", sa.BigInteger(), nullable=True))
    op.add_column("issues", sa.Column("skipped_by", sa.String(length=200), nullable=True))
    op.add_column("issues", sa.Column("skipped_why", sa.Text(), nullable=True))


def downgrade() -> None:
    for column in ("skipped_at", "skipped_by", "skipped_why"):
        op.drop_column("issues", column)
    op.drop_column("approvals", "despite")
    op.drop_column("mailings", "contents")
