"""The timeline cannot be changed, and reports can be searched by words."""

from django.db import migrations

from linli.kernel.db.triggers import append_only, per_vendor


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("kernel", "0002_append_only")]
    operations = [
        append_only("cases_casestep"),
        per_vendor(
            sqlite=[
                "CREATE VIRTUAL TABLE cases_words USING fts5(id UNINDEXED, words, tokenize='unicode61', detail='full')",
                "CREATE TRIGGER cases_words_added AFTER INSERT ON cases_case BEGIN "
                "INSERT INTO cases_words(id, words) VALUES (new.id, new.words); END",
            ],
            postgresql=(
                "CREATE INDEX case_words ON cases_case USING gin (to_tsvector('simple', words)) WITH (fastupdate = on)"
            ),
        ),
    ]
