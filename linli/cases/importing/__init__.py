"""Foreign history comes in: csv, xlsx or Open311 JSON, by a map from their columns to ours."""
