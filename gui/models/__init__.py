"""Qt models over immutable rows and nodes."""
