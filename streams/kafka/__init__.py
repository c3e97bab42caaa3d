"""Around a Kafka cluster: its settings, its topics, and the clients outside the worker."""
