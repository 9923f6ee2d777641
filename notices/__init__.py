"""Messages to people: in-app and e-mail."""
