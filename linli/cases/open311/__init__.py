"""Open311 GeoReport v2: what other cities' tools speak. Strict to the specification; extensions only where asked for."""
