"""What `attmask evaluate` can measure: one protocol a file."""
