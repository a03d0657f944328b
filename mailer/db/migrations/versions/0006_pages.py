"""The pages of one's own: fresh links and visits, requests, joining and consents, who was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('contacts', sa.Column('language_chosen', sa.Boolean(), server_default='0', nullable=False))
    op.add_column('contacts', sa.Column('address_before', sa.String(length=254), nullable=True))
    op.create_table('erasures',
    sa.Column('key', sa.String(length=32), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_erasures'))
    )
    op.create_table('signups',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('address_key', sa.String(length=32), nullable=False),
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('shown', sa.String(length=254), nullable=False),
    sa.Column('first_name', sa.String(length=60), server_default='', nullable=False),
    sa.Column('wordings', sa.JSON(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('asked_at', sa.BigInteger(), nullable=False),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.Column('confirmed_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signups')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_signups_token_hash'))
    )
    op.create_index(op.f('ix_signups_address_key_made_at'), 'signups', ['address_key', 'made_at'], unique=False)
    op.create_table('wanted',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('what', sa.String(length=8), nullable=False),
    sa.Column('address', sa.String(length=254), nullable=False),
    sa.Column('shown', sa.String(length=254), nullable=False),
    sa.Column('first_name', sa.String(length=60), server_default='', nullable=False),
    sa.Column('lists', sa.JSON(), server_default='[]', nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wanted'))
    )
    op.create_table('wordings',
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('list', sa.String(length=64), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_wordings'))
    )
    op.create_table('consents',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('contact_id', sa.BigInteger(), nullable=False),
    sa.Column('list', sa.String(length=64), nullable=False),
    sa.Column('wording', sa.String(length=64), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('asked_at', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('how', sa.String(length=16), nullable=False),
    sa.Column('withdrawn_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_consents_contact_id')),
    sa.ForeignKeyConstraint(['wording'], ['wordings.hash'], name=op.f('fk_consents_wording')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consents'))
    )
    op.create_index(op.f('ix_consents_contact_id'), 'consents', ['contact_id'], unique=False)
    op.create_index(op.f('ix_consents_list'), 'consents', ['list'], unique=False)
    op.create_table('fresh_links',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('contact_id', sa.BigInteger(), nullable=False),
    sa.Column('address_key', sa.String(length=32), nullable=False),
    sa.Column('new_address', sa.String(length=254), nullable=True),
    sa.Column('new_shown', sa.String(length=254), nullable=True),
    sa.Column('made_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.Column('used_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_fresh_links_contact_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fresh_links')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_fresh_links_token_hash'))
    )
    op.create_index(op.f('ix_fresh_links_address_key_made_at'), 'fresh_links', ['address_key', 'made_at'], unique=False)
    op.create_index(op.f('ix_fresh_links_contact_id'), 'fresh_links', ['contact_id'], unique=False)
    op.create_table('requests',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('contact_id', sa.BigInteger(), nullable=True),
    sa.Column('address_key', sa.String(length=32), nullable=True),
    sa.Column('text', sa.Text(), server_default='', nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('due_at', sa.BigInteger(), nullable=False),
    sa.Column('done_at', sa.BigInteger(), nullable=True),
    sa.Column('done_by', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_requests_contact_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_requests'))
    )
    op.create_index(op.f('ix_requests_contact_id'), 'requests', ['contact_id'], unique=False)
    op.create_index(op.f('ix_requests_done_at'), 'requests', ['done_at'], unique=False)
    op.create_table('visits',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('contact_id', sa.BigInteger(), nullable=False),
    sa.Column('began_at', sa.BigInteger(), nullable=False),
    sa.Column('expires_at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_visits_contact_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visits')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_visits_token_hash'))
    )
    op.create_index(op.f('ix_visits_contact_id'), 'visits', ['contact_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_visits_contact_id'), table_name='visits')
    op.drop_table('visits')
    op.drop_index(op.f('ix_requests_done_at'), table_name='requests')
    op.drop_index(op.f('ix_requests_contact_id'), table_name='requests')
    op.drop_table('requests')
    op.drop_index(op.f('ix_fresh_links_contact_id'), table_name='fresh_links')
    op.drop_index(op.f('ix_fresh_links_address_key_made_at'), table_name='fresh_links')
    op.drop_table('fresh_links')
    op.drop_index(op.f('ix_consents_list'), table_name='consents')
    op.drop_index(op.f('ix_consents_contact_id'), table_name='consents')
    op.drop_table('consents')
    op.drop_table('wordings')
    op.drop_table('wanted')
    op.drop_index(op.f('ix_signups_address_key_made_at'), table_name='signups')
    op.drop_table('signups')
    op.drop_table('erasures')
    op.drop_column('contacts', 'address_before')
    op.drop_column('contacts', 'language_chosen')
