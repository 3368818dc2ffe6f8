"""The rules of the books that span rows, as triggers: written once, installed on SQLite and PostgreSQL.

A rule is refused with the message `ledger:NAME`. A migration that changes a table of the books begins with `taken_away()`
(SQLite builds the table anew, which triggers would not let it) and ends with `put_in_place()`; `missing()` names what is not
as written here, a test and `linli ledger verify` ask it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import migrations

APPEND_ONLY = ("ledger_transfer", "ledger_worked_time", "ledger_head")
NEVER_DELETED = (*APPEND_ONLY, "ledger_account")
TABLES = (*NEVER_DELETED, "ledger_open_booking")


@dataclass(frozen=True)
class Guard:
    """`broken` is SQL that holds when the rule is broken; it is looked at only where the cheap `when` holds."""

    name: str
    broken: str
    when: str = "TRUE"
    only: str = ""  # the one engine it can be written for

    def sqlite(self) -> str:
        text = f"SELECT RAISE(ABORT, 'ledger:{self.name}') WHERE ({self.when}) AND ({self.broken});"
        return text.replace("IS DISTINCT FROM", "IS NOT")

    def postgresql(self) -> str:
        refusal = f"RAISE EXCEPTION 'ledger:{self.name}' USING ERRCODE = 'check_violation';"
        inner = f"IF {self.broken} THEN {refusal} END IF;"
        return inner if self.when == "TRUE" else f"IF {self.when} THEN {inner} END IF;"


def _hold(condition: str) -> str:
    return f"EXISTS (SELECT 1 FROM ledger_transfer h WHERE h.seq = NEW.hold_id AND ({condition}))"  # noqa: S608


TRANSFER = (
    Guard(
        "units_differ",
        "(SELECT unit FROM ledger_account WHERE id = NEW.debit_id) <> (SELECT unit FROM ledger_account WHERE id = NEW.credit_id)",
    ),
    Guard("hold_unknown", f"NOT {_hold('h.kind = ' + chr(39) + 'hold' + chr(39))}", "NEW.hold_id IS NOT NULL"),
    Guard(
        "hold_other_accounts",
        _hold("h.debit_id <> NEW.debit_id OR h.credit_id <> NEW.credit_id"),
        "NEW.hold_id IS NOT NULL",
    ),
    Guard("capture_too_large", _hold("NEW.amount > h.amount"), "NEW.kind = 'capture'"),
    Guard("release_not_whole", _hold("NEW.amount <> h.amount"), "NEW.kind = 'release'"),
    Guard(
        "reversal_differs",
        "NOT EXISTS (SELECT 1 FROM ledger_transfer t WHERE t.seq = NEW.reverses_id AND t.kind IN ('post', 'capture') "
        "AND t.reverses_id IS NULL AND t.debit_id = NEW.credit_id AND t.credit_id = NEW.debit_id AND t.amount = NEW.amount)",
        "NEW.reverses_id IS NOT NULL",
    ),
    Guard(
        "booking_out_of_order",
        "NOT EXISTS (SELECT 1 FROM ledger_transfer p WHERE p.booking = NEW.booking AND p.place = NEW.place - 1 "
        "AND p.legs = NEW.legs AND p.total = NEW.total AND p.fingerprint = NEW.fingerprint)",
        "NEW.place > 1",
    ),
    Guard(
        "booking_total_differs",
        "NEW.total <> NEW.amount + (SELECT COALESCE(SUM(t.amount), 0) FROM ledger_transfer t WHERE t.booking = NEW.booking)",
        "NEW.place = NEW.legs",
    ),
    Guard("day_closed", "EXISTS (SELECT 1 FROM ledger_head WHERE closed_until > NEW.at)"),
)

_WORKED_TRANSFER = "SELECT 1 FROM ledger_transfer t WHERE t.seq = NEW.transfer_id"
_SECONDS = {
    "sqlite": "CAST(strftime('%s', NEW.until_at) AS INTEGER) - CAST(strftime('%s', NEW.from_at) AS INTEGER)",
    "postgresql": "floor(extract(epoch FROM NEW.until_at)) - floor(extract(epoch FROM NEW.from_at))",
}
WORKED = (
    Guard("worked_other_account", f"NOT EXISTS ({_WORKED_TRANSFER} AND t.credit_id = NEW.account_id AND t.kind = 'post')"),
    Guard("worked_not_minutes", "(SELECT unit FROM ledger_account WHERE id = NEW.account_id) <> 'minutes'"),
    Guard("worked_in_future", f"EXISTS ({_WORKED_TRANSFER} AND t.at < NEW.until_at)"),
    Guard("worked_less", f"EXISTS ({_WORKED_TRANSFER} AND t.amount * 60 > ($seconds$))"),
    Guard(
        "worked_twice",
        "EXISTS (SELECT 1 FROM ledger_worked_time w WHERE w.account_id = NEW.account_id AND w.until_at > NEW.from_at "
        "AND w.from_at < NEW.until_at AND NOT EXISTS (SELECT 1 FROM ledger_transfer r WHERE r.reverses_id = w.transfer_id))",
    ),
)
ACCOUNT_OPENS = (
    Guard("account_opens_empty", "NEW.debit <> 0 OR NEW.credit <> 0 OR NEW.pending_debit <> 0 OR NEW.pending_credit <> 0"),
)
ACCOUNT_CHANGES = (
    Guard(
        "account_is_another",
        "NEW.id <> OLD.id OR NEW.code <> OLD.code OR NEW.unit <> OLD.unit OR NEW.rule <> OLD.rule "
        "OR NEW.opened_at <> OLD.opened_at OR NEW.holder_id IS DISTINCT FROM OLD.holder_id",
    ),
    Guard("account_opened_again", "OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at"),
    Guard(  # SQLite cannot tell who updates; there the re-sum of `verify` finds it
        "totals_by_hand",
        "pg_trigger_depth() = 1 AND (NEW.debit <> OLD.debit OR NEW.credit <> OLD.credit "
        "OR NEW.pending_debit <> OLD.pending_debit OR NEW.pending_credit <> OLD.pending_credit)",
        only="postgresql",
    ),
)
HEAD = (
    Guard(
        "head_out_of_order",
        "NOT EXISTS (SELECT 1 FROM ledger_head p WHERE p.number = NEW.number - 1 AND p.last_seq <= NEW.last_seq "
        "AND p.total_rows + NEW.new_rows = NEW.total_rows)",
        "NEW.number <> 1",
    ),
)


def _move(side: str) -> str:
    return (
        f"UPDATE ledger_account SET {side} = {side} "  # noqa: S608  our own words
        "+ CASE WHEN NEW.kind IN ('post', 'capture') THEN NEW.amount ELSE 0 END, "
        f"pending_{side} = pending_{side} + CASE NEW.kind WHEN 'post' THEN 0 WHEN 'hold' THEN NEW.amount "
        f"ELSE -(SELECT h.amount FROM ledger_transfer h WHERE h.seq = NEW.hold_id) END WHERE id = NEW.{side}_id;"
    )


MOVES = {
    "debit_moves": _move("debit"),
    "credit_moves": _move("credit"),
}
# Only bookings of several transfers; see `OpenBooking`.
OPENING = "INSERT INTO ledger_open_booking (booking, never_id) VALUES (NEW.booking, 0);"
FINISHING = "DELETE FROM ledger_open_booking WHERE booking = NEW.booking;"

# Trigger → its table, the moment it fires, and the guards it keeps.
BEFORE: dict[str, tuple[str, str, tuple[Guard, ...]]] = {
    "ledger_transfer_rules": ("ledger_transfer", "INSERT", TRANSFER),
    "ledger_worked_rules": ("ledger_worked_time", "INSERT", WORKED),
    "ledger_account_opens": ("ledger_account", "INSERT", ACCOUNT_OPENS),
    "ledger_account_changes": ("ledger_account", "UPDATE", ACCOUNT_CHANGES),
    "ledger_head_rules": ("ledger_head", "INSERT", HEAD),
}
LOCKS = {  # on PostgreSQL, before the rules are looked at: the accounts, the smaller id first
    "ledger_transfer_rules": (
        "PERFORM 1 FROM ledger_account WHERE id IN (NEW.debit_id, NEW.credit_id) ORDER BY id FOR NO KEY UPDATE;"
    ),
    "ledger_worked_rules": "PERFORM 1 FROM ledger_account WHERE id = NEW.account_id FOR NO KEY UPDATE;",
}
# The number is drawn under the lock: on one account numbers rise in the order of booking, and refusals burn none.
LAST = {"ledger_transfer_rules": "NEW.seq := nextval('ledger_transfer_seq_seq');"}


def _kept(guards: tuple[Guard, ...], vendor: str, without: Collection[str]) -> list[Guard]:
    return [guard for guard in guards if guard.name not in without and guard.only in ("", vendor)]


def triggers(vendor: str, without: Collection[str] = ()) -> dict[str, str]:
    """Every trigger by name with the SQL that makes it; `without` leaves out rules, moves or whole triggers by name."""
    made = _sqlite(without) if vendor == "sqlite" else _postgresql(without)
    return {name: sql for name, sql in made.items() if name not in without}


def _sqlite(without: Collection[str]) -> dict[str, str]:
    found = {}
    for name, (table, event, guards) in BEFORE.items():
        body = " ".join(guard.sqlite() for guard in _kept(guards, "sqlite", without)) or "SELECT 1;"
        body = body.replace("$seconds$", _SECONDS["sqlite"])
        found[name] = f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN {body} END"
    moves = " ".join(sql for name, sql in MOVES.items() if name not in without) or "SELECT 1;"
    found["ledger_transfer_moves"] = f"CREATE TRIGGER ledger_transfer_moves AFTER INSERT ON ledger_transfer BEGIN {moves} END"
    for name, when, sql in _whole_bookings():
        found[name] = f"CREATE TRIGGER {name} AFTER INSERT ON ledger_transfer WHEN {when} BEGIN {sql} END"
    for table in APPEND_ONLY:
        found[f"{table}_no_update"] = _sqlite_refusal(table, "UPDATE")
    for table in NEVER_DELETED:
        found[f"{table}_no_delete"] = _sqlite_refusal(table, "DELETE")
    return found


def _sqlite_refusal(table: str, event: str) -> str:
    name = f"{table}_no_{event.lower()}"
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, 'ledger:{table} is append-only'); END"


def _whole_bookings() -> list[tuple[str, str, str]]:
    return [
        ("ledger_booking_opens", "NEW.legs > 1 AND NEW.place = 1", OPENING),
        ("ledger_booking_ends", "NEW.legs > 1 AND NEW.place = NEW.legs", FINISHING),
    ]


def _postgresql(without: Collection[str]) -> dict[str, str]:
    found = {}
    for name, (table, event, guards) in BEFORE.items():
        rules = " ".join(guard.postgresql() for guard in _kept(guards, "postgresql", without))
        body = " ".join([LOCKS.get(name, ""), rules.replace("$seconds$", _SECONDS["postgresql"]), LAST.get(name, "")])
        found[name] = _function(name, f"{body} RETURN NEW;") + f"BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    moves = " ".join(sql for name, sql in MOVES.items() if name not in without)
    name = "ledger_transfer_moves"
    found[name] = (
        _function(name, f"{moves} RETURN NULL;") + f"AFTER INSERT ON ledger_transfer FOR EACH ROW EXECUTE FUNCTION {name}()"
    )
    for name, when, sql in _whole_bookings():
        found[name] = (
            _function(name, f"{sql} RETURN NULL;")
            + f"AFTER INSERT ON ledger_transfer FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()"
        )
    refusing = [(table, "UPDATE", "ROW") for table in APPEND_ONLY]
    refusing += [(table, "DELETE", "ROW") for table in NEVER_DELETED]
    refusing += [(table, "TRUNCATE", "STATEMENT") for table in NEVER_DELETED]
    for table, event, each in refusing:
        name = f"{table}_no_{event.lower()}"
        refusal = f"RAISE EXCEPTION 'ledger:{table} is append-only' USING ERRCODE = 'restrict_violation';"
        found[name] = _function(name, refusal) + f"BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}()"
    return found


def _function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN {body} END $body$; "
        f"CREATE TRIGGER {name} "
    )


def _table_of(sql: str) -> str:
    return sql.rsplit("CREATE TRIGGER", 1)[1].split(" ON ", 1)[1].split()[0]


def install(connection: Any, *, without: Collection[str] = ()) -> None:
    """Put every trigger in place, whatever was there; those in `without` (tests of the tests) are taken away."""
    with connection.cursor() as cursor:
        for name, sql in triggers(connection.vendor).items():
            on_table = f" ON {_table_of(sql)}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}")
        for sql in triggers(connection.vendor, without).values():
            cursor.execute(sql)


def missing(connection: Any) -> list[str]:
    """Triggers, constraints and indexes of the books that are not in place or not as written here; normally none."""
    installed = _as_installed(connection)
    found = [name for name, sql in triggers(connection.vendor).items() if installed.get(name) != _core(sql)]
    with connection.cursor() as cursor:
        for table in TABLES:
            there = connection.introspection.get_constraints(cursor, table)
            found += sorted(_named_constraints(table) - set(there))
    return found


def _named_constraints(table: str) -> set[str]:
    from django.apps import apps

    model = next(model for model in apps.get_app_config("ledger").get_models() if model._meta.db_table == table)
    return {item.name for item in [*model._meta.constraints, *model._meta.indexes]}


def _core(sql: str) -> str:
    """What the catalogue keeps of a trigger: on SQLite all of it, on PostgreSQL the body of its function and when it fires."""
    return sql.split("$body$")[1] if "$body$" in sql else sql


def _as_installed(connection: Any) -> dict[str, str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT t.tgname, p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
                "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgrelid::regclass::text LIKE 'ledger_%'"
            )
        return dict(cursor.fetchall())


def remove(connection: Any) -> None:
    """Take every trigger away, for as long as a table is changed."""
    install(connection, without=set(triggers(connection.vendor)))


def put_in_place() -> migrations.RunPython:
    """For migrations: the guards as they are now."""
    return migrations.RunPython(lambda _apps, editor: install(editor.connection), migrations.RunPython.noop)


def taken_away() -> migrations.RunPython:
    """For migrations that change a table of the books; `put_in_place` comes last."""
    return migrations.RunPython(lambda _apps, editor: remove(editor.connection), migrations.RunPython.noop)
