"""A small index for the cases under supervision."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_timeline_and_words")]
    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("is_open", True), models.Q(("card", ""), _negated=True)),
                fields=["street_code", "id"],
                name="case_card",
            ),
        ),
    ]
