"""The commands, in groups: the database, the registers, the service.  What they share is in `edge`."""
