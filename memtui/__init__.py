"""memtui: a full-screen terminal monitor for Linux memory."""

__version__ = "0.1.0"
