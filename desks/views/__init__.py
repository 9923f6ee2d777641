"""The desks, one module per role."""
