"""Who reads what from the page cache: instruments that count pages, and the ladder that finds the best one."""
