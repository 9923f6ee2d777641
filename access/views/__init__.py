"""Pages of grants, cases and looks, split by noun."""
