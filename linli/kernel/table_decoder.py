"""The program that opens one workbook in a process of its own; `table_files` starts it and reads its rows.

Workbook on standard input, the most rows wanted as argument; on standard output a line of JSON a row, the last one
{"end": rows}. It imports nothing of Linli and limits itself first: a few hundred bytes can make any reader reserve a
whole sheet of 17 billion cells, and that must end this process and not a web worker. Dates are {"at": "2026-11-21"} or
{"at": "2026-11-21T08:30:00"}.
"""

from __future__ import annotations

import datetime
import io
import itertools
import json
import resource
import sys
from typing import Any

import python_calamine

MEMORY_BYTES = 1024**3
CPU_SECONDS = 60
ANSWER_BYTES = 1024**3


def limit_this_process() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (ANSWER_BYTES, ANSWER_BYTES))  # the answer goes to a file


def plain(cell: Any) -> Any:
    """A cell as JSON has it."""
    if cell == "":
        return None
    if isinstance(cell, str | bool | int | float):
        return cell
    if isinstance(cell, datetime.datetime):
        rounded = (cell + datetime.timedelta(milliseconds=500)).replace(microsecond=0)  # serials carry rounding errors
        return {"at": rounded.isoformat()}
    return {"at": cell.isoformat()} if isinstance(cell, datetime.date) else str(cell)


def main() -> None:
    limit_this_process()
    rows = 0
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        shown = [
            number
            for number, sheet in enumerate(workbook.sheets_metadata)
            if sheet.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        sheet = workbook.get_sheet_by_index(shown[0] if shown else 0)
        for row in itertools.islice(sheet.iter_rows(), int(sys.argv[1])):
            rows += 1
            sys.stdout.write(json.dumps([plain(cell) for cell in row]) + "\n")
        ending: dict[str, Any] = {"end": rows}
    except python_calamine.PasswordError:
        ending = {"refused": "table_locked"}
    except MemoryError:
        ending = {"refused": "table_too_costly"}
    except Exception:  # the library raises many kinds of error on broken files
        ending = {"refused": "table_broken"}
    sys.stdout.write(json.dumps(ending) + "\n")


if __name__ == "__main__":
    main()
