"""Editions: what an issue holds, its pictures, approvals despite the preflight, months that are skipped."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailings", sa.Column("contents", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("approvals", sa.Column("despite", sa.Text(), nullable=True))
    op.add_column("approvals", sa.Column("editions", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("issues", sa.Column("skipped_at", sa.BigInteger(), nullable=True))
    op.add_column("issues", sa.Column("skipped_by", sa.String(length=200), nullable=True))
    op.add_column("issues", sa.Column("skipped_why", sa.Text(), nullable=True))
    op.create_table(
        "files",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_files")),
    )
    op.create_table(
        "rendering_parts",
        sa.Column("rendering_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("is_inline", sa.Boolean(), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["rendering_id"], ["renderings.id"], name=op.f("fk_rendering_parts_rendering_id")),
        sa.ForeignKeyConstraint(["file_hash"], ["files.hash"], name=op.f("fk_rendering_parts_file_hash")),
        sa.PrimaryKeyConstraint("rendering_id", "position", name=op.f("pk_rendering_parts")),
    )
    op.create_index(op.f("ix_rendering_parts_file_hash"), "rendering_parts", ["file_hash"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_rendering_parts_file_hash"), table_name="rendering_parts")
    op.drop_table("rendering_parts")
    op.drop_table("files")
    for column in ("skipped_at", "skipped_by", "skipped_why"):
        op.drop_column("issues", column)
    op.drop_column("approvals", "editions")
    op.drop_column("approvals", "despite")
    op.drop_column("mailings", "contents")
