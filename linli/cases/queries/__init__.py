"""Reading cases: lists with filters, one case with everything about it, likely duplicates, points of the map."""
