"""What comes in from outside: tips."""
