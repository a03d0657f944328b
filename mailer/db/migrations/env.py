"""Alembic's door: runs the migrations on the connection that `mailer.db.migrate` hands over."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, render_as_batch=connection.dialect.name == "sqlite", transactional_ddl=False)
context.run_migrations()
