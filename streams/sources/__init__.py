"""In-process sources: raw lines with positions. They know nothing of what the lines mean."""
