"""The first tables: home, register, issues, outbox, clock."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('contacts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('number', sa.String(length=64), nullable=True),
    sa.Column('source_id', sa.String(length=64), nullable=True),
    sa.Column('first_name', sa.String(length=200), server_default='', nullable=False),
    sa.Column('last_name', sa.String(length=200), server_default='', nullable=False),
    sa.Column('address', sa.String(length=254), nullable=True),
    sa.Column('address_shown', sa.String(length=254), nullable=True),
    sa.Column('address_key', sa.String(length=32), nullable=True),
    sa.Column('address_problem', sa.Text(), nullable=True),
    sa.Column('phone', sa.String(length=32), nullable=True),
    sa.Column('care_of', sa.String(length=200), nullable=True),
    sa.Column('street', sa.String(length=200), nullable=True),
    sa.Column('postcode', sa.String(length=16), nullable=True),
    sa.Column('city', sa.String(length=100), nullable=True),
    sa.Column('language', sa.String(length=8), nullable=True),
    sa.Column('joined_on', sa.Date(), nullable=True),
    sa.Column('resigned_at', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contacts')),
    sa.UniqueConstraint('number', name=op.f('uq_contacts_number')),
    sa.UniqueConstraint('source_id', name=op.f('uq_contacts_source_id')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_contacts_address_key'), 'contacts', ['address_key'], unique=False)
    op.create_table('dues',
    sa.Column('schedule', sa.String(length=200), nullable=False),
    sa.Column('planned_for', sa.BigInteger(), nullable=False),
    sa.Column('done_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('schedule', 'planned_for', name=op.f('pk_dues'))
    )
    op.create_table('homes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('place', sa.String(length=64), nullable=False),
    sa.Column('counter', sa.Integer(), nullable=False),
    sa.Column('held', sa.Text(), nullable=True),
    sa.Column('adopted_by', sa.String(length=200), nullable=True),
    sa.Column('adopted_at', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_homes'))
    )
    op.create_table('imports',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('list', sa.String(length=64), nullable=False),
    sa.Column('whole', sa.Boolean(), nullable=False),
    sa.Column('file_hash', sa.String(length=64), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('who', sa.String(length=200), nullable=False),
    sa.Column('added', sa.Integer(), nullable=False),
    sa.Column('changed', sa.Integer(), nullable=False),
    sa.Column('removed', sa.Integer(), nullable=False),
    sa.Column('unchanged', sa.Integer(), nullable=False),
    sa.Column('problems', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_imports'))
    )
    op.create_table('issues',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('series', sa.String(length=64), nullable=False),
    sa.Column('period', sa.String(length=16), nullable=False),
    sa.Column('assembled_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_issues')),
    sa.UniqueConstraint('series', 'period', name=op.f('uq_issues_series_period'))
    )
    op.create_table('mailings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('series', sa.String(length=64), nullable=True),
    sa.Column('period', sa.String(length=16), nullable=True),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('rule', sa.JSON(), nullable=False),
    sa.Column('corrects', sa.BigInteger(), nullable=True),
    sa.Column('sources', sa.JSON(), server_default='{}', nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('send_after', sa.BigInteger(), nullable=True),
    sa.Column('expires_at', sa.BigInteger(), nullable=True),
    sa.Column('planned_at', sa.BigInteger(), nullable=True),
    sa.Column('selected', sa.Integer(), nullable=True),
    sa.Column('why', sa.Text(), nullable=True),
    sa.Column('our_faults', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['corrects'], ['mailings.id'], name=op.f('fk_mailings_corrects')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mailings')),
    sa.UniqueConstraint('name', name=op.f('uq_mailings_name'))
    )
    op.create_index(op.f('ix_mailings_state'), 'mailings', ['state'], unique=False)
    op.create_table('rate_minutes',
    sa.Column('relay', sa.String(length=200), nullable=False),
    sa.Column('minute', sa.BigInteger(), nullable=False),
    sa.Column('used', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('relay', 'minute', name=op.f('pk_rate_minutes'))
    )
    op.create_table('runners',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('instance', sa.String(length=64), nullable=False),
    sa.Column('started_at', sa.BigInteger(), nullable=False),
    sa.Column('lease_until', sa.BigInteger(), nullable=False),
    sa.Column('ended', sa.Boolean(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_runners'))
    )
    op.create_table('suppressions',
    sa.Column('address_key', sa.String(length=32), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('address_key', name=op.f('pk_suppressions'))
    )
    op.create_table('used_blocks',
    sa.Column('series', sa.String(length=64), nullable=False),
    sa.Column('path', sa.String(length=500), nullable=False),
    sa.Column('period', sa.String(length=16), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('series', 'path', name=op.f('pk_used_blocks'))
    )
    op.create_table('accesses',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('who', sa.String(length=200), nullable=False),
    sa.Column('what', sa.String(length=200), nullable=False),
    sa.Column('contact_id', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_accesses_contact_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accesses'))
    )
    op.create_index(op.f('ix_accesses_contact_id'), 'accesses', ['contact_id'], unique=False)
    op.create_table('approvals',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('mailing_id', sa.BigInteger(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('os_user', sa.String(length=200), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('head_count', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('void', sa.Boolean(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['mailing_id'], ['mailings.id'], name=op.f('fk_approvals_mailing_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approvals'))
    )
    op.create_index(op.f('ix_approvals_mailing_id'), 'approvals', ['mailing_id'], unique=False)
    op.create_table('leaves',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('contact_id', sa.BigInteger(), nullable=False),
    sa.Column('list', sa.String(length=64), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('how', sa.String(length=32), nullable=False),
    sa.Column('undone_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_leaves_contact_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leaves'))
    )
    op.create_index(op.f('ix_leaves_contact_id'), 'leaves', ['contact_id'], unique=False)
    op.create_table('list_entries',
    sa.Column('list', sa.String(length=64), nullable=False),
    sa.Column('contact_id', sa.BigInteger(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_list_entries_contact_id')),
    sa.PrimaryKeyConstraint('list', 'contact_id', name=op.f('pk_list_entries'))
    )
    op.create_index(op.f('ix_list_entries_contact_id'), 'list_entries', ['contact_id'], unique=False)
    op.create_table('renderings',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('mailing_id', sa.BigInteger(), nullable=False),
    sa.Column('edition', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('html', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['mailing_id'], ['mailings.id'], name=op.f('fk_renderings_mailing_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_renderings')),
    sa.UniqueConstraint('mailing_id', 'edition', name=op.f('uq_renderings_mailing_id_edition'))
    )
    op.create_table('deliveries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('mailing_id', sa.BigInteger(), nullable=False),
    sa.Column('contact_id', sa.BigInteger(), nullable=True),
    sa.Column('address', sa.String(length=254), nullable=True),
    sa.Column('address_key', sa.String(length=32), nullable=True),
    sa.Column('list', sa.String(length=64), nullable=True),
    sa.Column('rendering_id', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=32), nullable=True),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('doubts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('first_attempt_at', sa.BigInteger(), nullable=True),
    sa.Column('next_at', sa.BigInteger(), nullable=True),
    sa.Column('runner_id', sa.BigInteger(), nullable=True),
    sa.Column('settled_at', sa.BigInteger(), nullable=True),
    sa.Column('reply_code', sa.Integer(), nullable=True),
    sa.Column('reply_status', sa.String(length=16), nullable=True),
    sa.Column('reply_text', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_deliveries_contact_id')),
    sa.ForeignKeyConstraint(['mailing_id'], ['mailings.id'], name=op.f('fk_deliveries_mailing_id')),
    sa.ForeignKeyConstraint(['rendering_id'], ['renderings.id'], name=op.f('fk_deliveries_rendering_id')),
    sa.ForeignKeyConstraint(['runner_id'], ['runners.id'], name=op.f('fk_deliveries_runner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries')),
    sa.UniqueConstraint('mailing_id', 'contact_id', name=op.f('uq_deliveries_mailing_id_contact_id'))
    )
    op.create_index(op.f('ix_deliveries_contact_id'), 'deliveries', ['contact_id'], unique=False)
    op.create_index(op.f('ix_deliveries_runner_id'), 'deliveries', ['runner_id'], unique=False)
    op.create_index(op.f('ix_deliveries_state_mailing_id_id'), 'deliveries', ['state', 'mailing_id', 'id'], unique=False)
    op.create_table('attempts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('delivery_id', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.Column('event', sa.String(length=16), nullable=False),
    sa.Column('stage', sa.String(length=16), nullable=False),
    sa.Column('code', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('text', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['deliveries.id'], name=op.f('fk_attempts_delivery_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts'))
    )
    op.create_index(op.f('ix_attempts_delivery_id'), 'attempts', ['delivery_id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_attempts_delivery_id'), table_name='attempts')
    op.drop_table('attempts')
    op.drop_index(op.f('ix_deliveries_state_mailing_id_id'), table_name='deliveries')
    op.drop_index(op.f('ix_deliveries_runner_id'), table_name='deliveries')
    op.drop_index(op.f('ix_deliveries_contact_id'), table_name='deliveries')
    op.drop_table('deliveries')
    op.drop_table('renderings')
    op.drop_index(op.f('ix_list_entries_contact_id'), table_name='list_entries')
    op.drop_table('list_entries')
    op.drop_index(op.f('ix_leaves_contact_id'), table_name='leaves')
    op.drop_table('leaves')
    op.drop_index(op.f('ix_approvals_mailing_id'), table_name='approvals')
    op.drop_table('approvals')
    op.drop_index(op.f('ix_accesses_contact_id'), table_name='accesses')
    op.drop_table('accesses')
    op.drop_table('used_blocks')
    op.drop_table('suppressions')
    op.drop_table('runners')
    op.drop_table('rate_minutes')
    op.drop_index(op.f('ix_mailings_state'), table_name='mailings')
    op.drop_table('mailings')
    op.drop_table('issues')
    op.drop_table('imports')
    op.drop_table('homes')
    op.drop_table('dues')
    op.drop_index(op.f('ix_contacts_address_key'), table_name='contacts')
    op.drop_table('contacts')
