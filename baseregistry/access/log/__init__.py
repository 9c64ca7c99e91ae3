"""The access log: who was told what about whom, committed before the answer leaves."""
