"""The Kafka driver's worker: the only rooms that know Faust."""
