"""What is wrong with the machine, by rules over snapshots: which rule, since when, with which evidence."""
