"""The service: decode, shard, drivers, bridges, ledger, export and command line."""
