"""A person whose changes django-simple-history keeps, for the comparison alone."""
