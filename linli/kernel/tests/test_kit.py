from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django import forms
from django.http import HttpRequest
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils import translation

from linli.kernel.kit_page import show_kit
from linli.kernel.look import set_look
from linli.kernel.templatetags import assets, kit

NOON = datetime(2026, 6, 3, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


def render(source: str, request: HttpRequest | None = None, **values: object) -> str:
    return Template("{% load kit assets %}" + source).render(Context({"request": request, **values}))


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=20), "刚刚"),
        (timedelta(minutes=3), "3 分钟前"),
        (timedelta(hours=3), "今天 09:00"),
        (timedelta(hours=18), "昨天 18:00"),
        (timedelta(hours=-20), "明天 08:00"),
        (timedelta(days=40), "4月24日 12:00"),
        (timedelta(days=400), "2025-04-29"),
    ],
)
def test_human_time_speaks_like_a_person(ago: timedelta, words: str) -> None:
    with translation.override("zh-hans"):
        assert kit.human_time(NOON - ago, NOON) == words


def test_remaining_says_left_or_over() -> None:
    with translation.override("zh-hans"):
        assert "剩 2 小时 15 分钟" in kit.remaining(NOON, ended=NOON - timedelta(hours=2, minutes=15))
        late = kit.remaining(NOON, ended=NOON + timedelta(days=1, hours=3, minutes=9))
    assert "超 1 天 3 小时" in late
    assert "remaining-late" in late


def test_every_light_has_its_own_shape_and_words() -> None:
    assert len(set(kit.LAMPS.values())) == len(kit.LAMPS) == len(kit.LIGHTS)
    with translation.override("zh-hans"):
        assert "已超期" in render('{% light "red" compact=True %}')
    assert "light-none" in render('{% light "unheard-of" %}')


def test_text_in_parts_is_escaped() -> None:
    page = render(
        "{% badge text %}{% stage text text %}{% light 'red' text=text %}{% card title=text %}{{ text }}{% endcard %}"
        "{% dialog 'd' text %}{{ text }}{% enddialog %}",
        text="<script>alert(1)</script>",
    )
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") >= 6


class ReportForm(forms.Form):
    title = forms.CharField(help_text="short")
    note = forms.CharField(required=False)


def test_field_ties_label_help_and_error_together() -> None:
    page = render("{% field form.title %}{% field form.note %}", form=ReportForm({"title": "", "note": "kept"}))
    assert 'aria-describedby="id_title_helptext id_title_error"' in page
    assert 'id="id_title_helptext"' in page
    assert 'id="id_title_error"' in page
    assert 'aria-invalid="true"' in page
    assert 'value="kept"' in page


def test_unknown_scene_is_named() -> None:
    with pytest.raises(TemplateSyntaxError, match="nothing-found"):
        render('{% empty "nirvana" %}')


def test_with_query_keeps_the_other_filters() -> None:
    request = RequestFactory().get("/desk/", {"stage": "open", "page": "2"})
    assert render('{% with_query page="" after="x y" %}', request) == "?stage=open&amp;after=x+y"


def test_asset_prints_styles_before_the_script() -> None:
    page = render('{% asset "main" %}')
    assert page.index('rel="stylesheet"') < page.index('type="module"')
    assert 'type="module"' not in render('{% asset "boot" %}')


def test_missing_build_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "DIST", tmp_path)
    with pytest.raises(assets.AssetsNotBuilt, match="make setup"):
        assets.asset("main")
    (tmp_path / "manifest.json").write_text(json.dumps({}))
    with pytest.raises(assets.AssetsNotBuilt, match=r"src/main\.ts"):
        assets.asset("main")


def test_look_sets_known_choices_and_stays_on_this_site() -> None:
    answer = set_look(RequestFactory().get("/look/", {"type": "large", "theme": "pink", "next": "//evil.example/"}))
    assert answer["Location"] == "/"
    assert answer.cookies["linli_type"].value == "large"
    assert "linli_theme" not in answer.cookies
    back = set_look(RequestFactory().get("/look/", {"language": "en", "next": "/report/?a=1"}))
    assert back["Location"] == "/report/?a=1"


def test_look_attributes_take_only_known_cookies() -> None:
    request = RequestFactory().get("/")
    request.COOKIES.update({"linli_type": "large", "linli_theme": '"><script>'})
    page = render("{% look_attributes %}", request)
    assert 'data-type="large"' in page
    assert 'data-look="auto"' in page


@pytest.mark.django_db
def test_kit_page_keeps_the_security_policy(rf: RequestFactory) -> None:
    page = show_kit(rf.get("/kit/")).content.decode()
    assert " style=" not in page
    assert " onclick=" not in page
    assert "<script>" not in page
