"""Who may ask what, for which purpose and by which law, and the log of what they were told."""
