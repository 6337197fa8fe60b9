"""What fills the window: the start page and the overview of one host."""
