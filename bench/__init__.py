"""What Linli promises, measured: `python -m bench` on PostgreSQL and SQLite, each figure beside its physical limit."""
