"""Every write to the books. Rights are judged by the module that knows what a booking is for; rules are kept here and below."""

from linli.ledger.operations.accounts import close_account, open_account
from linli.ledger.operations.bank import import_statement, match_line, unmatch_line
from linli.ledger.operations.booking import NO_REASON, Booked, Leg, Reason, book
from linli.ledger.operations.sealing import seal
from linli.ledger.operations.splitting import split
from linli.ledger.operations.transfers import capture, expire_holds, hold, post, post_by_shares, release, reverse

__all__ = [
    "NO_REASON",
    "Booked",
    "Leg",
    "Reason",
    "book",
    "capture",
    "close_account",
    "expire_holds",
    "hold",
    "import_statement",
    "match_line",
    "open_account",
    "post",
    "post_by_shares",
    "release",
    "reverse",
    "seal",
    "split",
    "unmatch_line",
]
