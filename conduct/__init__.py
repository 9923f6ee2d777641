"""The owner reads every look and asks about it; a supervisor judges a sample that nobody chose."""
