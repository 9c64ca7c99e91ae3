"""The registers: what they hold (declarations), how they remember (versions, ledger), how they answer."""
