"""Every change that a data subject asks for. Split by noun; import them from their module."""
