"""Widgets that draw lines and send only the cells that changed."""
