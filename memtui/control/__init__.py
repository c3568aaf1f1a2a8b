"""Everything that changes the system. Nothing else in memtui does."""
