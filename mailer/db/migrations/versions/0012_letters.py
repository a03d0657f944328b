"""Letters and call sheets of a survey, those who want to be active, and what is kept when the rest is erased."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("surveys") as batch:
        batch.add_column(sa.Column("signed_counts", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("kept", sa.JSON(), nullable=True))
        batch.add_column(sa.Column("erased_at", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("holds") as batch:
        batch.add_column(sa.Column("sheet_id", sa.BigInteger(), nullable=True))
    with op.batch_alter_table("invitations") as batch:
        batch.add_column(sa.Column("declined_on", sa.Date(), nullable=True))
    with op.batch_alter_table("contact_attempts") as batch:
        batch.add_column(sa.Column("herself", sa.Boolean(), nullable=True))
    op.create_table("letter_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("window", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", sa.BigInteger(), nullable=True),
        sa.Column("posted_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_letter_runs_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter_runs"))
    )
    op.create_index(op.f("ix_letter_runs_survey_id"), "letter_runs", ["survey_id"])
    op.create_table("letters",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("envelope", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("address_hash", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["letter_runs.id"], name=op.f("fk_letters_run_id")),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_letters_invitation_id")),
        sa.PrimaryKeyConstraint("run_id", "invitation_id", name=op.f("pk_letters"))
    )
    op.create_index(op.f("ix_letters_invitation_id"), "letters", ["invitation_id"])
    op.create_table("call_sheets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_call_sheets_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_sheets")),
        sa.UniqueConstraint("survey_id", "number", name=op.f("uq_call_sheets_survey_id_number"))
    )
    op.create_table("call_sheet_lines",
        sa.Column("sheet_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("attempt_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["sheet_id"], ["call_sheets.id"], name=op.f("fk_call_sheet_lines_sheet_id")),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_call_sheet_lines_invitation_id")),
        sa.PrimaryKeyConstraint("sheet_id", "line", name=op.f("pk_call_sheet_lines")),
        sa.UniqueConstraint("sheet_id", "invitation_id", name=op.f("uq_call_sheet_lines_sheet_id_invitation_id"))
    )
    op.create_index(op.f("ix_call_sheet_lines_invitation_id"), "call_sheet_lines", ["invitation_id"])
    op.create_table("follow_ups",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("wish", sa.String(length=64), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_follow_ups_survey_id")),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_follow_ups_invitation_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_follow_ups_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
        sa.UniqueConstraint("invitation_id", name=op.f("uq_follow_ups_invitation_id"))
    )
    op.create_index(op.f("ix_follow_ups_contact_id"), "follow_ups", ["contact_id"])
    op.create_index(op.f("ix_follow_ups_state_due_on"), "follow_ups", ["state", "due_on"])


def downgrade() -> None:
    for table in ("follow_ups", "call_sheet_lines", "call_sheets", "letters", "letter_runs"):
        op.drop_table(table)
    with op.batch_alter_table("contact_attempts") as batch:
        batch.drop_column("herself")
    with op.batch_alter_table("invitations") as batch:
        batch.drop_column("declined_on")
    with op.batch_alter_table("holds") as batch:
        batch.drop_column("sheet_id")
    with op.batch_alter_table("surveys") as batch:
        for column in ("erased_at", "kept", "signed_counts"):
            batch.drop_column(column)
