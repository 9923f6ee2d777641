"""The home page of each role, gathered from the apps below; no tables, no changes."""
