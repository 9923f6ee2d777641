"""Shows that what the product promises holds, on real servers; nothing in the product imports it."""
