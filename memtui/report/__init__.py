"""The text and JSON face: each command prints what a panel of the screen shows. Nothing is imported unasked."""
