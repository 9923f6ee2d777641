"""What an owner changes later at a place he has enrolled: more consents, a device, one more camera."""
