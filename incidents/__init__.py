"""What happened, dispatch, footage requests (a later issue builds it)."""
