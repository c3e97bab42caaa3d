"""What drives a shard: reads sources, folds, closes, commits."""
