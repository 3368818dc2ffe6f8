"""Tables of the books. Their rules are kept by the database itself: constraints here, triggers in `guards.py`."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.encryption import EncryptedTextField
from linli.kernel.policy import Actor

FAR = 2**62  # amounts stay below it, so that no sum of two overflows a column


class Unit(models.TextChoices):
    """What an account counts, always in whole smallest units."""

    FEN = "fen", _("fen")
    POINTS = "points", _("points")
    MINUTES = "minutes", _("minutes")


class Rule(models.TextChoices):
    """Which side of an account may be the larger one, holds included.

    A purse or a fund is credit_only (it cannot give what it has not got), a till or a bank account of ours debit_only,
    an issuer or the world outside free.
    """

    CREDIT_ONLY = "credit_only", _("never overdrawn")
    DEBIT_ONLY = "debit_only", _("never owing")
    FREE = "free", _("without a limit")


class Kind(models.TextChoices):
    """What a transfer does: move, reserve, move what was reserved (all or a part), give a reservation up."""

    POST = "post", _("moved")
    HOLD = "hold", _("reserved")
    CAPTURE = "capture", _("used")
    RELEASE = "release", _("given up")


class LedgerAccountQuerySet(models.QuerySet["LedgerAccount"]):
    def visible_to(self, actor: Actor) -> LedgerAccountQuerySet:
        """Accounts that are the actor's own. What lies beyond, the modules show that know what the money is for."""
        if actor.is_system:
            return self
        return self.filter(holder_id=actor.person_id) if actor.person_id else self.none()


class LedgerAccount(models.Model):
    """A place where points, minutes or money are: a purse, a fund, an issuer, a bank account, the world outside.

    `debit` and `credit` are all that was ever posted on either side, `pending_*` what open holds reserve. The triggers
    move them; nothing else may.
    """

    code = models.CharField(max_length=80, unique=True)  # fund:street-1, purse:260101-7k3m9qf
    title = models.CharField(max_length=120)
    unit = models.CharField(max_length=8, choices=Unit)
    rule = models.CharField(max_length=12, choices=Rule)
    holder_id = models.UUIDField(null=True)  # person, body or project it belongs to
    debit = models.BigIntegerField(default=0)
    credit = models.BigIntegerField(default=0)
    pending_debit = models.BigIntegerField(default=0)
    pending_credit = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = LedgerAccountQuerySet.as_manager()

    class Meta:
        db_table = "ledger_account"
        ordering = ["code"]
        indexes = [models.Index(fields=["holder_id"], name="ledger_account_holder", condition=Q(holder_id__isnull=False))]
        constraints = [
            models.CheckConstraint(name="ledger_account_unit", condition=Q(unit__in=Unit.values)),
            models.CheckConstraint(name="ledger_account_rule", condition=Q(rule__in=Rule.values)),
            models.CheckConstraint(
                name="ledger_account_totals",
                condition=Q(debit__gte=0, credit__gte=0, pending_debit__gte=0, pending_credit__gte=0)
                & Q(debit__lt=FAR, credit__lt=FAR, pending_debit__lt=FAR, pending_credit__lt=FAR),
            ),
            models.CheckConstraint(
                name="ledger_account_overdrawn",
                condition=~Q(rule=Rule.CREDIT_ONLY) | Q(credit__gte=F("debit") + F("pending_debit")),
            ),
            models.CheckConstraint(
                name="ledger_account_owing",
                condition=~Q(rule=Rule.DEBIT_ONLY) | Q(debit__gte=F("credit") + F("pending_credit")),
            ),
            models.CheckConstraint(
                name="ledger_account_closed_empty",
                condition=Q(closed_at=None) | Q(debit=F("credit"), pending_debit=0, pending_credit=0),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def balance(self) -> int:
        """What is there, seen from the side that may be the larger one: credits less debits, or for debit_only the reverse."""
        return (self.debit - self.credit) if self.rule == Rule.DEBIT_ONLY else (self.credit - self.debit)

    @property
    def available(self) -> int:
        """What may be spent: the balance less what open holds reserve."""
        return self.balance - (self.pending_credit if self.rule == Rule.DEBIT_ONLY else self.pending_debit)


class Transfer(models.Model):
    """So many units from one account (debit) to another (credit), at once or first reserved. Never changed, never deleted.

    It is its own line of the audit: when, by whom, on which post or with which token, what for.
    Transfers of one booking stand or fall together: `place` of `legs`, `total` is the sum of all their amounts. The
    booking's id is made by whoever asks and is the key of repetition; `fingerprint` is the digest of what was asked.
    """

    seq = models.BigAutoField(primary_key=True)
    booking = models.UUIDField()
    place = models.PositiveIntegerField()
    legs = models.PositiveIntegerField()
    total = models.BigIntegerField()
    fingerprint = models.CharField(max_length=64)
    kind = models.CharField(max_length=7, choices=Kind)
    debit = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="debits", db_index=False)
    credit = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="credits", db_index=False)
    amount = models.BigIntegerField()
    hold = models.ForeignKey("self", models.PROTECT, null=True, related_name="resolutions", db_index=False)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, related_name="reversals", db_index=False)
    expires_at = models.DateTimeField(null=True)  # of a hold: when the job gives it up
    at = models.DateTimeField()
    purpose = models.CharField(max_length=40, blank=True)  # stable key, as activities.points
    note = models.CharField(max_length=200, blank=True)  # words for people; of a reversal the reason
    about_id = models.UUIDField(null=True)  # the activity, expense or case it is for
    person_id = models.UUIDField(null=True)  # who asked for it; nobody: the system
    post_id = models.BigIntegerField(null=True)
    token_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["seq"]
        indexes = [
            models.Index(fields=["debit", "seq"], name="ledger_transfer_debit"),
            models.Index(fields=["credit", "seq"], name="ledger_transfer_credit"),
            models.Index(fields=["expires_at"], name="ledger_transfer_expires", condition=Q(expires_at__isnull=False)),
            models.Index(fields=["about_id"], name="ledger_transfer_about", condition=Q(about_id__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["booking", "place"], name="ledger_transfer_once"),
            models.UniqueConstraint(fields=["hold"], name="ledger_transfer_one_resolution", condition=Q(hold__isnull=False)),
            models.UniqueConstraint(
                fields=["reverses"], name="ledger_transfer_one_reversal", condition=Q(reverses__isnull=False)
            ),
            models.CheckConstraint(name="ledger_transfer_amount", condition=Q(amount__gt=0, amount__lt=FAR)),
            models.CheckConstraint(name="ledger_transfer_two_accounts", condition=~Q(debit=F("credit"))),
            models.CheckConstraint(
                name="ledger_transfer_resolves",
                condition=Q(kind__in=[Kind.CAPTURE, Kind.RELEASE], hold__isnull=False)
                | Q(kind__in=[Kind.POST, Kind.HOLD], hold__isnull=True),
            ),
            models.CheckConstraint(name="ledger_transfer_expiry", condition=Q(expires_at=None) | Q(kind=Kind.HOLD)),
            models.CheckConstraint(
                name="ledger_transfer_reversal", condition=Q(reverses=None) | (Q(kind=Kind.POST) & ~Q(note=""))
            ),
            models.CheckConstraint(name="ledger_transfer_place", condition=Q(place__gte=1, place__lte=F("legs"))),
        ]


class OpenBooking(models.Model):
    """A booking whose last transfer is still missing: there is none outside the transaction that writes it.

    `never` points at a transfer that does not exist; the database looks at that when the transaction ends, and refuses
    to end it while a row is left here. The first of several transfers adds the row, the last one takes it away.
    """

    booking = models.UUIDField(primary_key=True)
    never = models.ForeignKey(Transfer, models.DO_NOTHING, default=0, related_name="+", db_index=False)

    class Meta:
        db_table = "ledger_open_booking"


class WorkedTime(models.Model):
    """The time for which minutes were credited. Nobody is credited for the same minute twice, nor for more than passed."""

    transfer = models.OneToOneField(Transfer, models.PROTECT, primary_key=True, related_name="worked")
    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+", db_index=False)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_worked_time"
        indexes = [models.Index(fields=["account", "until_at"], name="ledger_worked_account")]


class Head(models.Model):
    """A seal on the books: the hash over every transfer up to `last_seq`, each hashed together with the one before.

    A head with `closes` ends that day: no transfer can be dated before `closed_until` any more. Printed on the notice
    board, it lets anybody see later that nothing before it was touched.
    """

    number = models.BigIntegerField(primary_key=True)  # 1, 2, 3 … without a gap
    last_seq = models.BigIntegerField()
    new_rows = models.BigIntegerField()  # since the head before
    total_rows = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    closes = models.DateField(null=True, unique=True)
    closed_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["closed_until"], name="ledger_head_closed", condition=Q(closed_until__isnull=False)),
        ]


class BankLine(models.Model):
    """A line of the bank's own statement of an account: what the bank says came in (positive) or went out."""

    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="bank_lines", db_index=False)
    digest = models.CharField(max_length=64)  # of the line itself: the same file again adds nothing
    on = models.DateField()
    amount = models.BigIntegerField()
    balance = models.BigIntegerField(null=True)  # what the bank says was there afterwards
    serial = models.CharField(max_length=60, blank=True)
    counterparty = EncryptedTextField(blank=True)
    text = EncryptedTextField(blank=True)
    imported_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_bank_line"
        ordering = ["on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="ledger_bank_line_once"),
            models.CheckConstraint(name="ledger_bank_line_amount", condition=~Q(amount=0)),
        ]
        indexes = [models.Index(fields=["account", "on"], name="ledger_bank_line_day")]


class BankMatch(models.Model):
    """A transfer of ours that is the movement of money in a line of the bank's; confirmed by a person."""

    line = models.ForeignKey(BankLine, models.PROTECT, related_name="matches")
    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+", db_index=False)
    person_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "ledger_bank_match"
        constraints = [models.UniqueConstraint(fields=["account", "transfer"], name="ledger_bank_match_once")]
