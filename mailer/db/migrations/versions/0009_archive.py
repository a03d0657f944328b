"""The archive: the page of a mailing and its pictures, and who has taken which page down."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "archive_pages",
        sa.Column("mailing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("uid", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailings.id"], name=op.f("fk_archive_pages_mailing_id")),
        sa.PrimaryKeyConstraint("mailing_id", name=op.f("pk_archive_pages")),
    )
    op.create_table(
        "archive_parts",
        sa.Column("mailing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=100), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["mailing_id"], ["archive_pages.mailing_id"], name=op.f("fk_archive_parts_mailing_id")),
        sa.ForeignKeyConstraint(["file_hash"], ["files.hash"], name=op.f("fk_archive_parts_file_hash")),
        sa.PrimaryKeyConstraint("mailing_id", "position", name=op.f("pk_archive_parts")),
    )
    op.create_index(op.f("ix_archive_parts_file_hash"), "archive_parts", ["file_hash"], unique=False)
    op.create_table(
        "archive_withdrawals",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("mailing_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("os_user", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("restored_at", sa.BigInteger(), nullable=True),
        sa.Column("restored_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailings.id"], name=op.f("fk_archive_withdrawals_mailing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_withdrawals")),
    )
    op.create_index(op.f("ix_archive_withdrawals_mailing_id"), "archive_withdrawals", ["mailing_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_archive_withdrawals_mailing_id"), table_name="archive_withdrawals")
    op.drop_table("archive_withdrawals")
    op.drop_index(op.f("ix_archive_parts_file_hash"), table_name="archive_parts")
    op.drop_table("archive_parts")
    op.drop_table("archive_pages")
