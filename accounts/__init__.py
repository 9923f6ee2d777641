"""People, organizations, duties, sign-in."""
