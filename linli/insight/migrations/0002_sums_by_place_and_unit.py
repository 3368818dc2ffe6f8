"""Sums by street, place and unit beside the counts; whatever was counted before is counted again by the worker."""

from typing import Any

from django.db import migrations, models
from django.db.models.functions import Now


def count_again(apps: Any, editor: Any) -> None:
    if apps.get_model("insight", "DayCount").objects.exists():
        job = apps.get_model("kernel", "Job")(
            task="insight.refresh_all", args={}, due_at=Now(), unique_key="count:all"
        )
        apps.get_model("kernel", "Job").objects.bulk_create([job], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0001_initial"),
        ("kernel", "0001_initial"),
    ]

    operations = [
        migrations.AddField("daycount", "delivered", models.PositiveIntegerField(default=0)),
        migrations.AddIndex("daycount", models.Index(fields=["unit_id", "day"], name="day_count_unit")),
        migrations.RunPython(count_again, migrations.RunPython.noop),
    ]
