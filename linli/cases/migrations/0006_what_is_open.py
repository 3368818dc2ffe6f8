"""What the database must know of open cases to find them well: their limits, and which states go together."""

from django.db import migrations, models

from linli.kernel.db.triggers import per_vendor

LIMITS = "CREATE STATISTICS case_limits ON (CASE WHEN is_open THEN due_at END) FROM cases_case"
STATES = "CREATE STATISTICS case_states (mcv, dependencies) ON is_open, queue, stage, street_code FROM cases_case"


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0005_pairs_of_characters'),
        ('catalogue', '0001_initial'),
        ('organizations', '0001_initial'),
        ('people', '0002_demo_sentences'),
    ]

    operations = [
        migrations.RemoveIndex(model_name="case", name="case_card"),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["card", "street_code", "id"], condition=models.Q(("is_open", True)), name="case_card"),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(models.Case(models.When(is_open=True, then=models.F('due_at'))), models.F('id'), condition=models.Q(('is_open', True)), name='case_late'),
        ),
        per_vendor(sqlite=[], postgresql=STATES),
        per_vendor(sqlite=[], postgresql=LIMITS),
    ]
