"""Pages that only tell, in both languages and in large type; hostile words come out as words."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from linli.cases.models import Case
from linli.cases.operations import Ask, take
from linli.cases.tests.factories import at_post, browser_of, case_at, reported
from linli.kernel.policy import Actor
from linli.organizations.queries import resident_actor
from linli.portal.tests.factories import ENGLISH, own_page, page, send

pytestmark = pytest.mark.django_db
PLAIN = ["/", "/report/", "/map/", "/help/", "/privacy/", "/about/", "/accessibility/"]
HAN = re.compile("[一-鿿]")

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>", "</textarea><script>alert(1)</script>", "</title><script>alert(1)</script>",
    "<iframe src=javascript:alert(1)>", "<a href=javascript:alert(1)>x</a>", "javascript:alert(1)", "{{ 7|add:7 }}",
    "{% load static %}", "${alert(1)}", "<details open ontoggle=alert(1)>", "<body onload=alert(1)>",
    "<math><mi xlink:href=javascript:alert(1)>", "<div hx-get=/evil hx-trigger=load>", "\" onfocus=alert(1) autofocus x=\"",
    "' onmouseover='alert(1)", "<scr<script>ipt>alert(1)</script>", "%3Cscript%3Ealert(1)%3C/script%3E",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "<style>@import'//evil'</style>", "<base href=//evil>", "\u202e<b>gnp.exe",
]  # fmt: skip
LIVE = re.compile(
    r"<script>alert|<img src=x|<svg onload|<iframe|<a href=javascript|<details open ontoggle|<body onload|<math|"
    r"<div hx-get=/evil|\" onfocus=|' onmouseover='|<style>@import|<base href|<b>gnp"
)


@pytest.mark.parametrize("address", PLAIN)
@pytest.mark.parametrize("kind", ["normal", "large"])
def test_pages_open_in_both_languages_and_in_large_type(address, kind):
    chinese, english = Client(), Client()
    english.cookies.load(ENGLISH)
    for client in (chinese, english):
        client.cookies["linli_type"] = kind
        answer = client.get(address)
        assert answer.status_code == 200
        assert f'data-type="{kind}"' in answer.content.decode()
    assert 'lang="zh-Hans"' in chinese.get(address).content.decode()
    assert 'lang="en"' in english.get(address).content.decode()


@pytest.mark.parametrize("address", ["/help/", "/privacy/", "/about/", "/accessibility/"])
def test_english_pages_hold_no_chinese_but_the_link_to_it(address):
    client = Client()
    client.cookies.load(ENGLISH)

    main = client.get(address).content.decode().split("<main")[1].split("</main>")[0]

    assert not HAN.search(main)


def test_search_engines_are_kept_from_links_and_own_pages(client):
    answer = client.get("/robots.txt")

    assert answer["Content-Type"].startswith("text/plain")
    assert "Disallow: /r/*/*" in answer.content.decode() and "Disallow: /my/" in answer.content.decode()


def test_the_portal_can_be_put_on_the_first_screen_of_a_phone(client):
    answer = client.get("/manifest.webmanifest")

    assert answer["Content-Type"] == "application/manifest+json"
    assert answer.json()["start_url"] == "/" and len(answer.json()["icons"]) == 3


def test_no_page_holds_inline_script_or_style():
    case = case_at("closed")
    client = Client()
    for address in [*PLAIN, page(case), own_page(case), f"{own_page(case)}sent/", "/r/?reference=x"]:
        answer = client.get(address)
        html = answer.content.decode()
        assert not re.search(r"<script(?![^>]* src=)(?![^>]*application/json)|<[^>]+ style=|<[^>]+ on[a-z]+=", html), address
        assert "script-src 'self'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_come_out_as_words(words):
    client = Client()
    checked = send(client, "check", text=words, address=words, name=words)
    looked_up = client.post("/report/", {"action": "lookup", "q": words, "where": words, "text": words, "address": words})
    case = case_at("closed", text=words + " 积水", address=words)
    take("rate", actor=reporter_of(case), case=case, ask=Ask(text=words), solved="yes", satisfaction=5)
    staff = browser_of(at_post("resident"))
    answers = [
        checked, looked_up, client.get(page(case)), client.get(own_page(case)), client.get("/map/"), client.get("/"),
        client.get(reverse("portal:look-up"), {"reference": words}), staff.get(page(case)),
        client.get("/report/addresses/", {"where": words}), client.get("/report/", {"category": words, "area": words}),
        client.get("/map/", {"class": words, "area": words}), client.post(own_page(case), {"verb": "reopen", "again-words": ""}),
    ]  # fmt: skip

    for answer in answers:
        assert answer.status_code in (200, 404, 422)
        assert not LIVE.search(answer.content.decode()), answer.request["PATH_INFO"]


def reporter_of(case: Case) -> Actor:
    return resident_actor(case.reporter_id, name="x")


def test_a_report_with_hostile_words_reads_the_same_as_it_was_typed(client):
    case = reported('<b>井盖</b> & "松动"，{{ 7|add:7 }}')

    assert "&lt;b&gt;井盖&lt;/b&gt; &amp; &quot;松动&quot;，{{ 7|add:7 }}" in client.get(own_page(case)).content.decode()
