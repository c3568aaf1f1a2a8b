"""The /proc model layer: one place that opens kernel files, one module for each file, pure parsers."""
