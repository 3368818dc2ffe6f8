"""The methods beside their peers: one file a method, each with `matches()` (and `picture()` for the tour)."""
