"""What a running service tells of itself: counters, log lines, whether it is ready.  Never a value that somebody asked with."""
