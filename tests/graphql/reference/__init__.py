"""A second executor of the whole query language: the served schema, graphql-core, and plain rows in Python.

Nothing of it compiles anything and no SQL but ``SELECT *`` is asked: written from DESIGN and the reference pages, to hold
both lanes of the service against.
"""
