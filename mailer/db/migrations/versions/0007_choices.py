"""What members choose: rests, channels, kinds of events, each wish as it was made; and the kind of event that a letter is about."""

import sqlalchemy as sa
from alembic import op

from mailer.db import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('mailings', sa.Column('event_kind', sa.String(length=64), nullable=True))
    op.create_table('choices',
        sa.Column('contact_id', sa.BigInteger(), nullable=False),
        sa.Column('what', sa.String(length=16), nullable=False),
        sa.Column('which', sa.String(length=64), nullable=False),
        sa.Column('value', sa.String(length=16), nullable=False),
        sa.Column('at', Moment(), nullable=False),
        sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_choices_contact_id')),
        sa.PrimaryKeyConstraint('contact_id', 'what', 'which', name=op.f('pk_choices')),
    )
    op.create_table('rests',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
        sa.Column('contact_id', sa.BigInteger(), nullable=False),
        sa.Column('list', sa.String(length=64), nullable=False),
        sa.Column('until', Moment(), nullable=False),
        sa.Column('at', Moment(), nullable=False),
        sa.Column('how', sa.String(length=32), nullable=False),
        sa.Column('undone_at', Moment(), nullable=True),
        sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_rests_contact_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_rests')),
    )
    op.create_table('wishes',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
        sa.Column('contact_id', sa.BigInteger(), nullable=False),
        sa.Column('at', Moment(), nullable=False),
        sa.Column('how', sa.String(length=32), nullable=False),
        sa.Column('changes', sa.JSON(), nullable=False),
        sa.Column('undone_at', Moment(), nullable=True),
        sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_wishes_contact_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_wishes')),
    )
    op.create_index(op.f('ix_wishes_contact_id'), 'wishes', ['contact_id'], unique=False)
    op.create_index(op.f('ix_rests_contact_id'), 'rests', ['contact_id'], unique=False)


def downgrade() -> None:
    op.drop_table('wishes')
    op.drop_table('rests')
    op.drop_table('choices')
    op.drop_column('mailings', 'event_kind')
