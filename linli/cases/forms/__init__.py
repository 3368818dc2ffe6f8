"""Forms of the desk: shape of input, labels, help. Rules stay in the operations."""
