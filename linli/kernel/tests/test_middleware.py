"""Failures become answers that say what happened and what to do; the language is Chinese unless somebody chose."""

from __future__ import annotations

import pytest
from django.test import Client

from linli.kernel.tests.failing_urls import FAILURES

pytestmark = [pytest.mark.django_db, pytest.mark.urls("linli.kernel.tests.failing_urls")]
CASES = [(name, status) for name, (_error, status) in FAILURES.items()]


@pytest.fixture
def browser() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(("name", "status"), CASES)
def test_a_failure_is_a_page_in_chinese(browser, name, status):
    response = browser.get(f"/{name}")

    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert response["Content-Language"] == "zh-hans"
    assert str(status) in response.content.decode()
    assert "secret" not in response.content.decode()


@pytest.mark.parametrize(("name", "status"), CASES)
def test_a_failure_is_a_problem_for_programs(browser, name, status):
    for address, headers in ((f"/api/{name}", {}), (f"/{name}", {"accept": "application/json"})):
        response = browser.get(address, headers=headers)

        assert response.status_code == status
        assert response["Content-Type"] == "application/problem+json"
        problem = response.json()
        assert {"type", "title", "status", "code", "detail"} <= set(problem)
        assert problem["status"] == status
        assert "secret" not in response.content.decode()


def test_a_problem_names_code_field_and_details(browser):
    assert browser.get("/api/rule").json() == {
        "type": "urn:linli:problem:text_missing",
        "title": "不符合规则，未能提交",
        "status": 422,
        "code": "text_missing",
        "detail": "Say something.",
        "field": "text",
    }
    assert browser.get("/api/conflict").json()["state"] == "closed"


@pytest.mark.parametrize("name", ["disk", "database-full"])
def test_a_full_disk_is_called_by_its_name_whoever_met_it(browser, name):
    assert browser.get(f"/api/{name}").json()["code"] == "disk_full"


@pytest.mark.parametrize(
    ("name", "seconds"),
    [("too-many", "7"), ("unavailable", "5"), ("database", "5"), ("disk", "60"), ("database-full", "60")],
)
def test_what_passes_says_when_to_come_back(browser, name, seconds):
    assert browser.get(f"/{name}")["Retry-After"] == seconds
    assert browser.get(f"/api/{name}")["Retry-After"] == seconds


def test_htmx_gets_a_notice_for_the_foot_of_the_page(browser):
    response = browser.get("/rule", headers={"HX-Request": "true"})

    assert response.status_code == 422
    assert response["HX-Retarget"] == "#toasts"
    assert "Say something." in response.content.decode()
    assert "<html" not in response.content.decode()


def test_an_unknown_address_is_answered_in_the_asked_shape(browser):
    assert browser.get("/nowhere").status_code == 404
    assert browser.get("/api/nowhere")["Content-Type"] == "application/problem+json"


def test_a_fault_of_ours_carries_a_number_that_the_log_holds_too(browser, caplog):
    problem = browser.get("/api/fault").json()

    assert problem["status"] == 500
    assert f"fault {problem['error_id']}" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_error_pages_of_a_missing_database_ask_it_nothing(browser, django_assert_num_queries):
    browser.get("/database")  # once, so that what is kept in memory is there
    with django_assert_num_queries(0):
        browser.get("/database")


@pytest.mark.parametrize(
    ("address", "headers", "cookie", "language"),
    [
        ("/language", {}, "", "zh-hans"),
        ("/language", {"accept-language": "en"}, "", "zh-hans"),
        ("/language", {}, "en", "en"),
        ("/language?lang=en", {}, "", "en"),
        ("/language?lang=en", {}, "zh-hans", "en"),
        ("/language", {}, "tlh", "zh-hans"),
        ("/open311/language", {"accept-language": "en-GB,en;q=0.9"}, "", "en"),
        ("/open311/language", {}, "", "zh-hans"),
        ("/open311/language", {"accept-language": "fr"}, "", "zh-hans"),
    ],
)
def test_language_is_what_was_chosen_else_chinese(browser, address, headers, cookie, language):
    if cookie:
        browser.cookies["linli_language"] = cookie

    response = browser.get(address, headers=headers)

    assert response.content.decode() == language
    assert response["Content-Language"] == language


def test_a_form_without_its_secret_is_refused_with_a_way_on():
    response = Client(enforce_csrf_checks=True).post("/language", {"a": "b"})

    assert response.status_code == 403
    assert "重新打开" in response.content.decode() or "刷新" in response.content.decode()


@pytest.mark.parametrize("name", [name for name, status in CASES if status != 500])
def test_no_expected_failure_counts_as_a_fault(name):
    Client(raise_request_exception=True).get(f"/{name}")  # would raise what nobody had answered


@pytest.mark.parametrize(("name", "status"), CASES)
def test_what_fails_before_any_view_is_answered_too(browser, settings, name, status):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "linli.kernel.tests.failing_urls.FailingMiddleware"]

    response = browser.get("/api/language", headers={"X-Fail": name})

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("address", "kind"), [("/api/fine", "application/problem+json"), ("/fine", "text/html")])
def test_a_body_whose_length_is_not_told_is_refused_instead_of_read_as_empty(browser, address, kind):
    response = browser.generic("POST", address, headers={"Transfer-Encoding": "chunked"})

    assert response.status_code == 411
    assert response["Content-Type"].startswith(kind)
    assert "Content-Length" in response.content.decode()


def test_a_body_of_no_bytes_is_not_refused(browser):
    assert browser.generic("POST", "/nothing-here", headers={"Content-Length": "0"}).status_code == 404
