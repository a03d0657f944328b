"""feedback."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _tie(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column("mailings", sa.Column("wave_upto", sa.BigInteger(), nullable=True))
    op.add_column("mailings", sa.Column("wave_sent_at", sa.BigInteger(), nullable=True))
    op.add_column("mailings", sa.Column("despite_bounces", sa.Boolean(), nullable=True))
    op.create_table(
        "received",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("hardness", sa.String(length=8), nullable=True),
        sa.Column("status", sa.String(length=16), server_default="", nullable=False),
        sa.Column("ignored", sa.String(length=16), nullable=True),
        sa.Column("delivery_id", sa.BigInteger(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("subject", sa.String(length=200), nullable=True),
        sa.Column("from_address", sa.String(length=254), nullable=True),
        sa.Column("handed_at", sa.BigInteger(), nullable=True),
        _tie("received", "delivery_id", "deliveries"),
        _tie("received", "contact_id", "contacts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_received")),
        sa.UniqueConstraint("hash", name=op.f("uq_received_hash")),
        sa.UniqueConstraint("mark", name=op.f("uq_received_mark")),
    )
    op.create_table(
        "consequences",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("received_id", sa.BigInteger(), nullable=True),
        sa.Column("delivery_id", sa.BigInteger(), nullable=True),
        sa.Column("mailing_id", sa.BigInteger(), nullable=True),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("address_key", sa.String(length=32), nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("word", sa.String(length=200), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", sa.String(length=200), nullable=True),
        _tie("consequences", "received_id", "received"),
        _tie("consequences", "delivery_id", "deliveries"),
        _tie("consequences", "mailing_id", "mailings"),
        _tie("consequences", "contact_id", "contacts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consequences")),
    )
    op.create_table(
        "points",
        sa.Column("address_key", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("address_key", "day", name=op.f("pk_points")),
    )
    op.create_table(
        "probes",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("address_key", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("wanted_at", sa.BigInteger(), nullable=False),
        sa.Column("delivery_id", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        _tie("probes", "contact_id", "contacts"),
        _tie("probes", "delivery_id", "deliveries"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_probes")),
    )
    op.create_table(
        "rounds",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("upto", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rounds")),
    )
    for table, columns in INDEXES.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    for table, columns in reversed(INDEXES.items()):
        for column in columns:
            op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)
    for table in ("rounds", "probes", "points", "consequences", "received"):
        op.drop_table(table)
    for column in ("despite_bounces", "wave_sent_at", "wave_upto"):
        op.drop_column("mailings", column)


INDEXES = {
    "received": ("delivery_id", "contact_id", "at"),
    "consequences": ("received_id", "delivery_id", "contact_id", "address_key", "at"),
    "points": ("gone_at",),
    "probes": ("address_key", "contact_id", "delivery_id", "state"),
}
