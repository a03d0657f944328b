"""What the register says of a contact's standing: status, home branch, year of birth."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('contacts', sa.Column('born_year', sa.Integer(), nullable=True))
    op.add_column('contacts', sa.Column('status', sa.String(length=64), nullable=True))
    op.add_column('contacts', sa.Column('home_branch', sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column('contacts', 'home_branch')
    op.drop_column('contacts', 'status')
    op.drop_column('contacts', 'born_year')
