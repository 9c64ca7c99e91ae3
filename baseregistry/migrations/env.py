"""Alembic's entry: runs the migrations on the connection that `migrations.run` hands over."""

from alembic import context

attributes = context.config.attributes
if "connection" not in attributes:
    message = "Run migrations with `baseregistry migrate`: it knows the schema and the storage CRS."
    raise SystemExit(message)

context.configure(
    connection=attributes["connection"],
    target_metadata=attributes["metadata"],
    version_table_schema=attributes["schema"],
    include_object=attributes.get("include_object"),
    compare_type=True,
    compare_server_default=False,
)
with context.begin_transaction():
    context.run_migrations()
