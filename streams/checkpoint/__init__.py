"""Stores of a shard: state, source positions, ledger and rejects, in one transaction."""
