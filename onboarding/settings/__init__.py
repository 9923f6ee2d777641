"""The settings of a device: what we would change, the owner's yes to each, how it went, and the way back."""
