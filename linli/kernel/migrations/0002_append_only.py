"""The audit cannot be changed: triggers refuse it on both engines."""

from django.db import migrations

from linli.kernel.db.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [append_only("kernel_event")]
