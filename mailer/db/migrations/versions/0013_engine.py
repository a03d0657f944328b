"""The engine: pace as rows, relays, workers, what tells one set of keys from another."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("key_checks",
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", name=op.f("pk_key_checks"))
    )  # fmt: skip
    op.create_table("pace_used",
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("span", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("begins", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "span", "begins", name=op.f("pk_pace_used"))
    )  # fmt: skip
    op.create_table("pace_holds",
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("throttled", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("probe", sa.BigInteger(), nullable=True),
        sa.Column("ramp", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_pace_holds"))
    )  # fmt: skip
    op.create_table("workers",
        sa.Column("instance", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("machine", sa.String(length=200), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", name=op.f("pk_workers"))
    )  # fmt: skip
    op.create_table("clocks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instance", sa.String(length=64), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clocks"))
    )  # fmt: skip
    # deliveries and mailings: what settles them, and indexes of what is under way alone
    op.add_column("deliveries", sa.Column("relay", sa.String(length=64), nullable=True))
    op.add_column("mailings", sa.Column("recent", sa.Float(), server_default="0", nullable=False))
    op.add_column("mailings", sa.Column("recent_failed", sa.Float(), server_default="0", nullable=False))
    op.drop_index("ix_deliveries_state_mailing_id_id", table_name="deliveries")
    op.drop_index("ix_deliveries_runner_id", table_name="deliveries")
    op.create_index("ix_deliveries_mailing_id_id", "deliveries", ["mailing_id", "id"])
    due = sa.text("state IN ('planned', 'deferred', 'in_doubt')")
    op.create_index(
        "ix_deliveries_due", "deliveries", ["mailing_id", "next_at", "id"], sqlite_where=due, postgresql_where=due
    )
    held = sa.text("runner_id IS NOT NULL")
    op.create_index(
        "ix_deliveries_held", "deliveries", ["runner_id", "mailing_id"], sqlite_where=held, postgresql_where=held
    )
    op.drop_table("rate_minutes")  # an hour's permits: gone in an hour anyway


def downgrade() -> None:
    op.create_table("rate_minutes",
        sa.Column("relay", sa.String(length=200), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("relay", "minute", name=op.f("pk_rate_minutes"))
    )  # fmt: skip
    op.drop_index("ix_deliveries_held", table_name="deliveries")
    op.drop_index("ix_deliveries_due", table_name="deliveries")
    op.drop_index("ix_deliveries_mailing_id_id", table_name="deliveries")
    op.create_index("ix_deliveries_runner_id", "deliveries", ["runner_id"])
    op.create_index("ix_deliveries_state_mailing_id_id", "deliveries", ["state", "mailing_id", "id"])
    op.drop_column("mailings", "recent_failed")
    op.drop_column("mailings", "recent")
    op.drop_column("deliveries", "relay")
    op.drop_table("clocks")
    op.drop_table("workers")
    op.drop_table("pace_holds")
    op.drop_table("pace_used")
    op.drop_table("key_checks")
