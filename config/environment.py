"""Every setting an operator may give, read from the environment: name, default, meaning. The reference lists them."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    name: str
    default: str
    meaning: str


VARIABLES: dict[str, Variable] = {}


def text(name: str, default: str, meaning: str) -> str:
    VARIABLES[name] = Variable(name, default, meaning)
    return os.environ.get(name, default)


def switch(name: str, default: bool, meaning: str) -> bool:
    return text(name, "1" if default else "0", meaning).lower() in ("1", "true", "yes", "on")


def number(name: str, default: int, meaning: str) -> int:
    raw = text(name, str(default), meaning)
    try:
        return int(raw)
    except ValueError:
        raise SystemExit(f"{name} must be a whole number, not {raw!r}.") from None


def words(name: str, default: str, meaning: str) -> list[str]:
    return [word.strip() for word in text(name, default, meaning).split(",") if word.strip()]
