"""What cameras see, and where nobody sees (a later issue builds it)."""
