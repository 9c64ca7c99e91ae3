"""Tests of the same tree in the package."""
