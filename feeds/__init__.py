"""Stills (and later live video) for an allowed look."""
