"""Surveys: what they are, who is asked and when, what is answered, and field work."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("surveys",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("freeze_on", sa.Date(), nullable=False),
        sa.Column("opens_at", sa.BigInteger(), nullable=False),
        sa.Column("closes_at", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.String(length=200), nullable=True),
        sa.Column("approved_os_user", sa.String(length=200), nullable=True),
        sa.Column("approved_at", sa.BigInteger(), nullable=True),
        sa.Column("frozen_at", sa.BigInteger(), nullable=True),
        sa.Column("public_key", sa.LargeBinary(), nullable=True),
        sa.Column("ballot_size", sa.Integer(), nullable=True),
        sa.Column("counted_at", sa.BigInteger(), nullable=True),
        sa.Column("scrubbed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
        sa.UniqueConstraint("key", name=op.f("uq_surveys_key"))
    )
    op.create_table("ballots",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_ballots_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ballots")),
        sqlite_with_rowid=False
    )
    op.create_table("invitations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("list", sa.String(length=64), nullable=False),
        sa.Column("code_key", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_frozen", sa.Boolean(), nullable=False),
        sa.Column("removed", sa.String(length=16), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.Column("through", sa.String(length=16), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_invitations_contact_id")),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_invitations_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("survey_id", "code_key", name=op.f("uq_invitations_survey_id_code_key")),
        sa.UniqueConstraint("survey_id", "contact_id", name=op.f("uq_invitations_survey_id_contact_id"))
    )
    op.create_index(op.f("ix_invitations_contact_id"), "invitations", ["contact_id"], unique=False)
    op.create_table("paper_sheets",
        sa.Column("survey_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("envelopes", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_paper_sheets_survey_id")),
        sa.PrimaryKeyConstraint("survey_id", "day", name=op.f("pk_paper_sheets"))
    )
    op.create_table("passes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("sort", sa.String(length=16), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_passes_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passes")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_passes_token_hash"))
    )
    op.create_table("picks",
        sa.Column("mailing_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("list", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("over", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_picks_contact_id")),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailings.id"], name=op.f("fk_picks_mailing_id")),
        sa.PrimaryKeyConstraint("mailing_id", "contact_id", name=op.f("pk_picks"))
    )
    op.create_index(op.f("ix_picks_contact_id"), "picks", ["contact_id"], unique=False)
    op.create_table("survey_officers",
        sa.Column("survey_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("tested_at", sa.BigInteger(), nullable=True),
        sa.Column("destroyed_at", sa.BigInteger(), nullable=True),
        sa.Column("os_user", sa.String(length=200), nullable=True),
        sa.Column("despite", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_survey_officers_survey_id")),
        sa.PrimaryKeyConstraint("survey_id", "name", name=op.f("pk_survey_officers"))
    )
    op.create_table("survey_texts",
        sa.Column("survey_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("edition", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_survey_texts_survey_id")),
        sa.PrimaryKeyConstraint("survey_id", "step", "edition", name=op.f("pk_survey_texts"))
    )
    op.create_table("urn_cells",
        sa.Column("survey_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("by_question", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=64), nullable=False),
        sa.Column("by_answer", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_urn_cells_survey_id")),
        sa.PrimaryKeyConstraint("survey_id", "question", "by_question", "answer", "by_answer", name=op.f("pk_urn_cells")),
        sqlite_with_rowid=False
    )
    op.create_table("urn_counts",
        sa.Column("survey_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_urn_counts_survey_id")),
        sa.PrimaryKeyConstraint("survey_id", "question", "answer", name=op.f("pk_urn_counts")),
        sqlite_with_rowid=False
    )
    op.create_table("urn_texts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("survey_id", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["surveys.id"], name=op.f("fk_urn_texts_survey_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_urn_texts")),
        sqlite_with_rowid=False
    )
    op.create_table("asks",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("planned_for", sa.BigInteger(), nullable=True),
        sa.Column("drawn_for", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=True),
        sa.Column("mailing_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_asks_invitation_id")),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailings.id"], name=op.f("fk_asks_mailing_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asks")),
        sa.UniqueConstraint("invitation_id", "step", name=op.f("uq_asks_invitation_id_step"))
    )
    op.create_index(op.f("ix_asks_mailing_id"), "asks", ["mailing_id"], unique=False)
    op.create_index(op.f("ix_asks_state_planned_for"), "asks", ["state", "planned_for"], unique=False)
    op.create_table("channel_stops",
        sa.Column("invitation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_channel_stops_invitation_id")),
        sa.PrimaryKeyConstraint("invitation_id", "channel", name=op.f("pk_channel_stops"))
    )
    op.create_table("contact_attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=True),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("again_at", sa.BigInteger(), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("pass_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_contact_attempts_contact_id")),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_contact_attempts_invitation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempts"))
    )
    op.create_index(op.f("ix_contact_attempts_contact_id"), "contact_attempts", ["contact_id"], unique=False)
    op.create_index(op.f("ix_contact_attempts_invitation_id"), "contact_attempts", ["invitation_id"], unique=False)
    op.create_table("holds",
        sa.Column("invitation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("pass_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("attempt_id", sa.BigInteger(), nullable=True),
        sa.Column("is_named", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("is_submitted", sa.Boolean(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_holds_invitation_id")),
        sa.ForeignKeyConstraint(["pass_id"], ["passes.id"], name=op.f("fk_holds_pass_id")),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_holds")),
        sa.UniqueConstraint("pass_id", name=op.f("uq_holds_pass_id"))
    )
    op.create_table("put_backs",
        sa.Column("pass_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_put_backs_invitation_id")),
        sa.ForeignKeyConstraint(["pass_id"], ["passes.id"], name=op.f("fk_put_backs_pass_id")),
        sa.PrimaryKeyConstraint("pass_id", "invitation_id", name=op.f("pk_put_backs"))
    )
    op.create_index(op.f("ix_put_backs_invitation_id"), "put_backs", ["invitation_id"], unique=False)
    op.create_table("responses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("through", sa.String(length=16), nullable=False),
        sa.Column("typed_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_responses_invitation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses"))
    )
    op.create_index(op.f("ix_responses_invitation_id"), "responses", ["invitation_id"], unique=False)
    op.create_table("proposals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column("received_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("is_held", sa.Boolean(), server_default="0", nullable=False),
        sa.Column("why", sa.String(length=200), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("is_accepted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["invitation_id"], ["invitations.id"], name=op.f("fk_proposals_invitation_id")),
        sa.ForeignKeyConstraint(["received_id"], ["received.id"], name=op.f("fk_proposals_received_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sa.UniqueConstraint("received_id", name=op.f("uq_proposals_received_id"))
    )
    op.create_index(op.f("ix_proposals_invitation_id"), "proposals", ["invitation_id"], unique=False)
    op.add_column("received", sa.Column("dmarc", sa.String(length=8), nullable=True))
    op.add_column("mailings", sa.Column("survey_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("mailings", "survey_id")
    op.drop_column("received", "dmarc")
    op.drop_index(op.f("ix_proposals_invitation_id"), table_name="proposals")
    op.drop_table("proposals")
    op.drop_index(op.f("ix_responses_invitation_id"), table_name="responses")
    op.drop_table("responses")
    op.drop_index(op.f("ix_put_backs_invitation_id"), table_name="put_backs")
    op.drop_table("put_backs")
    op.drop_table("holds")
    op.drop_index(op.f("ix_contact_attempts_invitation_id"), table_name="contact_attempts")
    op.drop_index(op.f("ix_contact_attempts_contact_id"), table_name="contact_attempts")
    op.drop_table("contact_attempts")
    op.drop_table("channel_stops")
    op.drop_index(op.f("ix_asks_state_planned_for"), table_name="asks")
    op.drop_index(op.f("ix_asks_mailing_id"), table_name="asks")
    op.drop_table("asks")
    op.drop_table("urn_texts")
    op.drop_table("urn_counts")
    op.drop_table("urn_cells")
    op.drop_table("survey_texts")
    op.drop_table("survey_officers")
    op.drop_index(op.f("ix_picks_contact_id"), table_name="picks")
    op.drop_table("picks")
    op.drop_table("passes")
    op.drop_table("paper_sheets")
    op.drop_index(op.f("ix_invitations_contact_id"), table_name="invitations")
    op.drop_table("invitations")
    op.drop_table("ballots")
    op.drop_table("surveys")
