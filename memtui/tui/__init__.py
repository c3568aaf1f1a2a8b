"""The screen: Textual widgets that draw what `view` says, and keys that change what is asked for."""
