"""guardian's direct foreign keys for cameras, for the comparison alone."""
