"""Readers of published data sets, in the folders that they come in."""
