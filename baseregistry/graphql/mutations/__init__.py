"""Mutations: the acts of a source agency, recorded as one change."""
