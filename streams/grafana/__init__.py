"""Grafana boards made from the catalogue and the recording rules (observability 4; features 1)."""
