"""Prometheus rules made from the catalogue: levels, default alerts (features 4.3; observability 2, 3)."""
