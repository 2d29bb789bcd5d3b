"""Published data sets as they lie on disk: one layout a file."""
