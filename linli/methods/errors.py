"""What a method raises when it cannot work with what it was given."""

from __future__ import annotations


class BadInput(ValueError):
    """The input is wrong. `field` names the argument, column or key; the message says what is wrong with it and where."""

    def __init__(self, field: str, message: str):
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")


class Cancelled(Exception):
    """Raised out of a method whose `progress` asked it to stop; nothing was changed."""
