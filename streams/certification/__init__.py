"""What certification is scored from: months, and the performance summary table (definitions 7)."""
