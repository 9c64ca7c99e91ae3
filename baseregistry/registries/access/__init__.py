"""The access register: who may ask, for what, which paths, where, and by which law."""
