"""The JSON API of cases: the same operations as pages, in other clothes."""
