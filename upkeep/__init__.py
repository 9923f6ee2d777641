"""What an operator does to the whole: backup and restore."""
