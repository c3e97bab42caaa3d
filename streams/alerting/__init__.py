"""Prometheus and Alertmanager on this machine, with the rules and routes of `deploy/`."""
