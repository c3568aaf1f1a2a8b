"""One module for each kind of section of the drilldown: what it shows of the process, what it reads, its own keys."""
