"""One module for each tab: what it needs read, what it draws, its own keys."""
