"""Chat of the simulated center: visitors, people with slots, and the truth about both."""
