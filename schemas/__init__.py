"""The public contract of Floorwatch: wire events, plan, KPI catalogue and ledger records."""
