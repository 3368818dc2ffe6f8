"""Linli (邻里): a district and its residents run their neighbourhood together."""

__version__ = "0.1.0"
