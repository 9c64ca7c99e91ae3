"""The enterprise register: enterprises, who owns and represents them, their branches, and household businesses."""
