"""Mutations, through HTTP."""
