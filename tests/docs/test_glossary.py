"""The glossary is whole: every verb, stage, result, model, role and kind of limit of the code stands in it, in both languages."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.utils.translation import override

from linli.cases.workflow import INCIDENT, Result, Stage
from linli.kernel.clocks import Unit

ROOT = Path(settings.BASE_DIR)
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
SECTIONS = {
    part.partition("\n")[0]: [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in part.splitlines() if line.startswith("| ")
    ]
    for part in re.split(r"(?m)^##+ ", GLOSSARY)
}
ROWS = [row for rows in SECTIONS.values() for row in rows]
CODES = {code for row in ROWS for code in re.findall(r"`([^`]+)`", row[0])}


def test_every_verb_stage_and_result_is_told():
    assert set(INCIDENT.steps) | set(Stage.values) | set(Result.values) <= CODES


def test_every_model_is_told():
    models = {model.__name__ for model in apps.get_models() if model.__module__.startswith("linli.")}

    assert models <= CODES


def test_every_role_of_the_default_pack_is_told_with_its_name():
    with (ROOT / "packs" / "china" / "roles.csv").open(encoding="utf-8") as file:
        roles = {(f"`{row['code']}`", row["name_zh"]) for row in csv.DictReader(file)}

    assert roles <= {(row[0], row[1]) for row in ROWS}


def test_every_kind_of_limit_is_told():
    assert {str(unit) for unit in Unit} <= CODES


def test_steps_stages_and_results_have_the_names_of_the_pages():
    told = {(section, row[0].strip("`")): row[1] for section, rows in SECTIONS.items() for row in rows}
    with override("zh-hans"):
        labels = {("Verbs", step.verb): str(step.label) for step in INCIDENT}
        labels |= {("Stages", stage.value): str(stage.label) for stage in Stage}
        labels |= {("Results", result.value): str(result.label) for result in Result}

    assert labels.items() <= told.items()


def test_nothing_is_told_that_is_not_there():
    models = {model.__name__ for model in apps.get_models()}
    known = models | set(INCIDENT.steps) | set(Stage.values) | set(Result.values) | {str(unit) for unit in Unit}
    with (ROOT / "packs" / "china" / "roles.csv").open(encoding="utf-8") as file:
        known |= {row["code"] for row in csv.DictReader(file)}

    assert known >= CODES
    assert all(len(row) == 3 and all(row) for row in ROWS), "three cells in every row"
