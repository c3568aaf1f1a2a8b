"""The kernel's instruments: page-cache events, residency of files. Works without compiler, headers or a library."""
