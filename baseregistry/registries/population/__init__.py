"""The population register: persons, their numbers, where they live, with whom, and their civil status."""
