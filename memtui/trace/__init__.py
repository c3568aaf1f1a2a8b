"""The kernel's instruments: page-cache events, residency of files, stacks of allocations. No compiler, no headers."""
