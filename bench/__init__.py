"""Side-by-side measurements: ratios of one run on one machine, printed as tables.  Never a test."""
