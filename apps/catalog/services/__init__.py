"""What changes about the catalogue: `readings` keeps the index of what anyone may open, `tree` makes pages."""
