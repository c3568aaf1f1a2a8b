"""The main screen, the drilldown of a process, and the dialogs."""
