"""Samples in, snapshots out: pure, no I/O, no clock of its own."""
