"""Who owns what and what is required, edited in the window."""
