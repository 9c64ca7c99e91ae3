"""Schema migrations.  A migration imports nothing of ours: what it did once, it does for ever."""
