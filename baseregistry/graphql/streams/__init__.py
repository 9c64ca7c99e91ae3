"""Subscriptions: what happens in the ledger from a position on, told as it is committed, over WebSocket and SSE."""
