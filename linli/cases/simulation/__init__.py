"""Plausible history by the hundred or the million: for the demo district, for benchmarks, for trying a pack."""
