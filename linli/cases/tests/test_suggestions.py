"""Categories proposed from words, what is learned from closed cases, and how likely a duplicate is."""

from __future__ import annotations

from datetime import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linli.cases import tasks
from linli.cases.models import Case
from linli.cases.operations import learning
from linli.cases.queries.duplicates import likely_duplicates
from linli.cases.queries.suggestions import model_path, phrases, proposed_categories
from linli.cases.tests import factories as make
from linli.cases.workflow import Stage
from linli.catalogue.models import Category
from linli.catalogue.queries import catalogue
from linli.kernel.jobs import drain
from linli.kernel.snapshots import changed, forget_all
from linli.methods.likeness import train

pytestmark = pytest.mark.django_db

SAID = [
    ("小区东门口路灯坏了三天了，晚上黑漆漆的", "C0137"),
    ("三单元楼道声控灯不亮", "C0511"),
    ("有人从楼上拉线给电瓶车充电", "E0607"),
    ("路口下雨就积水，淹到小腿", "E0506"),
    ("消防通道被私家车堵死了", "E0496"),
    ("共享单车堆得人行道走不了", "E0493"),
    ("楼道里堆满了纸箱和旧鞋柜", "E0605"),
    ("闻到很浓的煤气味", "E0502"),
    ("老板拖欠我们三个月工资", "E0613"),
    ("树枝被风刮断砸在车上", "E0509"),
    ("rubbish bin is overflowing", "E0192"),
    ("the street lamps are dark", "C0137"),
]


@pytest.fixture
def own_folder(settings, tmp_path):
    """What is learned in a test stays in it."""
    settings.DATA_DIR = tmp_path
    forget_all()
    yield tmp_path
    forget_all()


def test_a_fresh_installation_proposes_from_the_catalogue_alone(own_folder) -> None:
    first = sum(proposed_categories(text).rows[0].category.code == code for text, code in SAID)
    among = sum(code in [row.category.code for row in proposed_categories(text).rows] for text, code in SAID)

    assert not model_path().exists()
    assert first >= 10 and among == len(SAID)


def test_a_proposal_says_how_sure_it_is_and_why(own_folder) -> None:
    found = proposed_categories("小区东门口路灯不亮了")

    assert found.is_sure and found.best is not None
    assert found.best.category.code == "C0137" and 40 <= found.best.percent <= 100
    assert any("路灯" in word for word in found.best.words)
    assert proposed_categories("…").rows == () and proposed_categories("").best is None


def test_proposing_costs_no_query(own_folder, django_assert_num_queries) -> None:
    proposed_categories("路灯")

    with django_assert_num_queries(0):
        proposed_categories("楼下的路灯坏了")


def test_a_category_that_is_no_longer_used_is_not_proposed(own_folder) -> None:
    Category.objects.filter(pk="C0137").update(is_active=False)
    changed("catalogue")

    assert "C0137" not in [row.category.code for row in proposed_categories("东门口路灯坏了").rows]


def test_closed_cases_teach_words_that_no_catalogue_knows(own_folder, monkeypatch) -> None:
    monkeypatch.setattr(learning, "LEAST_CASES", 3)
    for number in range(4):
        make.case_at(Stage.CLOSED, text=f"黑猫桥头又漫上来了{number}", category=make.FLOOD, east_m=40 * number)
    before = [row.category.code for row in proposed_categories("黑猫桥头漫上来").rows]

    count = learning.learn_categories()

    assert count == len(phrases(catalogue())[0]) + 4
    assert before[:1] != [make.FLOOD] and proposed_categories("黑猫桥头漫上来").rows[0].category.code == make.FLOOD
    assert proposed_categories("东门口路灯不亮").rows[0].category.code == "C0137"
    assert [path.name for path in own_folder.iterdir()] == ["categories.npz"]


def test_nothing_is_learned_from_few_sealed_or_hidden_cases(own_folder, monkeypatch) -> None:
    monkeypatch.setattr(learning, "LEAST_CASES", 1)
    monkeypatch.setattr(learning, "_train", lambda texts, labels: learned.extend(texts))
    learned: list[str] = []
    make.reported("还没办完的事")
    make.case_at(Stage.CLOSED, text="不公开的事")
    Case.objects.filter(stage=Stage.CLOSED).update(is_public=False)

    assert learning.learn_categories() == 0
    assert learned == []


def test_it_learns_at_night_only(monkeypatch) -> None:
    nights: list[datetime] = []
    monkeypatch.setattr(tasks, "learn", lambda: nights.append(timezone.localtime()))
    zone = timezone.get_current_timezone()
    for hour in (2, 3, 4, 15):
        with time_machine.travel(datetime(2026, 3, 1, hour, 30, tzinfo=zone), tick=False):
            tasks.learn_categories()

    assert [night.hour for night in nights] == [3]


def test_a_broken_file_is_passed_over_and_a_failed_training_leaves_the_old_one(own_folder, monkeypatch) -> None:
    model_path().write_bytes(b"not a model")
    assert proposed_categories("东门口路灯坏了").rows[0].category.code == "C0137"
    train(["路灯", "垃圾"], ["C0137", "E0110"]).save(model_path())
    kept = model_path().read_bytes()

    with pytest.raises(Exception, match="returned non-zero exit status"):
        learning._train(["one"], ["only one label"])

    assert model_path().read_bytes() == kept


# --- the desk ---


@pytest.fixture
def clerk() -> Client:
    return make.browser_of(make.at_post("street_dispatcher"))


def test_the_clerk_is_proposed_categories_while_typing(clerk, own_folder) -> None:
    answer = clerk.post(reverse("cases:new-kinds"), {"text": "楼道声控灯不亮", "category": ""})
    html = answer.content.decode()

    assert answer.status_code == 200 and "<html" not in html
    assert 'name="proposed" value="C0511"' in html and "楼道灯" in html
    assert (
        "value=" not in clerk.post(reverse("cases:new-kinds"), {"text": "楼道声控灯不亮", "category": "C0511"}).content.decode()
    )
    assert clerk.get(reverse("cases:new-kinds")).status_code == 405


def test_without_script_a_proposal_is_pressed_after_the_first_submit(clerk, own_folder) -> None:
    typed = {"text": "楼道声控灯不亮", "channel": "phone", "category": "", "name": "云小满"}
    refused = clerk.post(reverse("cases:new"), typed)
    assert refused.status_code == 422 and 'name="proposed" value="C0511"' in refused.content.decode()

    pressed = clerk.post(reverse("cases:new"), typed | {"proposed": "C0511"}).content.decode()

    assert '<option value="C0511" selected>' in pressed and "云小满" in pressed
    assert not Case.objects.exists()


def test_registering_tells_when_the_words_speak_for_another_category(clerk, own_folder) -> None:
    wrong = make.reported("三单元楼道声控灯不亮，楼梯灯坏了", category=make.RUBBISH)
    right = make.reported("垃圾没人清，一堆暴露垃圾", category=make.RUBBISH, east_m=400)

    told = clerk.get(reverse("cases:case-take", args=[wrong.reference, "register"])).content.decode()
    silent = clerk.get(reverse("cases:case-take", args=[right.reference, "register"])).content.decode()

    assert "“楼道灯”" in told
    assert "“楼道灯”" not in silent and "文字更像" not in silent


def test_strangers_are_proposed_nothing_at_the_desk(client) -> None:
    assert client.post(reverse("cases:new-kinds"), {"text": "路灯"}).status_code in (302, 403)


# --- duplicates ---


def test_the_same_matter_in_other_words_comes_before_another_matter_nearer_by() -> None:
    lng, lat = make.point_in(make.GRID)
    same = make.reported("东门路口积水很深，下雨就淹，车都过不去", east_m=45)
    make.reported("地下车库入口排水泵声音很大", east_m=10)

    found = likely_duplicates(
        Case.objects.all(), category=make.FLOOD, lng=lng, lat=lat, text="一下雨东门路口就淹，积水深得车过不去"
    )

    assert found[0].case.pk == same.pk
    assert found[0].score > 0.5
    assert all(0.15 <= item.score <= 1 for item in found)


def test_before_anything_is_said_the_place_decides() -> None:
    lng, lat = make.point_in(make.GRID)
    far, near = make.reported("积水", east_m=80), make.reported("水深", east_m=5)

    found = likely_duplicates(Case.objects.all(), category=make.FLOOD, lng=lng, lat=lat)

    assert [item.case.pk for item in found] == [near.pk, far.pk]
    assert found[0].likeness == 0


def test_jobs_of_a_fresh_installation_do_not_train(own_folder) -> None:
    from linli.kernel.jobs import enqueue

    enqueue("cases.learn_categories")
    drain()

    assert not model_path().exists()
