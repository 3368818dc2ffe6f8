"""The words of reports as pairs of characters; their index is made anew."""

from django.db import connection, migrations

from linli.cases.words import tokens
from linli.kernel.db.triggers import per_vendor

BLOCK = 2000


def write_words(apps, _editor):
    cases = apps.get_model("cases", "Case").objects.only("pk", "text", "address").order_by("pk")
    block = []
    for case in cases.iterator(BLOCK):
        key = case.pk.hex if connection.vendor == "sqlite" else case.pk
        block.append((tokens(f"{case.text} {case.address}"), key))
        if len(block) == BLOCK:
            _write(block)
            block = []
    _write(block)


def _write(block):
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE cases_case SET words = %s WHERE id = %s", block)


INDEX = "CREATE INDEX case_words ON cases_case USING gin (to_tsvector('simple', words)) WITH (fastupdate = on)"


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_open_and_rare")]
    operations = [
        per_vendor(sqlite=["DELETE FROM cases_words"], postgresql="DROP INDEX case_words"),
        migrations.RunPython(write_words, migrations.RunPython.noop),
        per_vendor(sqlite=["INSERT INTO cases_words(id, words) SELECT id, words FROM cases_case"], postgresql=INDEX),
    ]
