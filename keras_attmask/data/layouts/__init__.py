"""Published data sets as they lie on disk: one layout a file."""
"""Readers of data sets as they are published: one layout a file."""
