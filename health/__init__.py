"""Sweeps over the devices and what they say of them."""
