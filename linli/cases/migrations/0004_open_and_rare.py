"""Small indexes for open cases of a street, and for rare results."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_supervised")]
    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(condition=models.Q(("is_open", True)), fields=["street_code", "id"], name="case_open"),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(models.Q(("result", ""), _negated=True), models.Q(("result", "fixed"), _negated=True)),
                fields=["result", "id"],
                name="case_result",
            ),
        ),
    ]
