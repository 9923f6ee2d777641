"""The numbers told to everybody, each with its rule, and small counts of people suppressed."""
