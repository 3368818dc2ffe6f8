"""The books cannot be changed, and no transfer breaks a rule that spans rows: triggers on both engines."""

from django.db import migrations

from linli.ledger.guards import put_in_place


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("kernel", "0002_append_only")]
    operations = [put_in_place()]
