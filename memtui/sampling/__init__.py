"""What to read when: the sampler, its schedule of dear reads, and the loop that drives it. No Textual here."""
