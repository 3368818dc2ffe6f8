"""Desk pages of people and posts, the account page, and one-click sign-in: who sees what, at which cost."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.models import Event
from linli.kernel.tables import read
from linli.organizations.models import Post
from linli.organizations.queries import areas, bodies, roles
from linli.organizations.tests.factories import (
    COMMUNITY,
    STREET,
    account,
    client_of,
    days,
    organization,
    person,
    post,
    role,
    today,
)
from linli.organizations.worklists import POSTS
from linli.people.models import Account

pytestmark = pytest.mark.django_db
LIST = "/desk/people/"
VIEW = ("organizations.post.view",)
PAGES = [LIST, "/desk/people/organizations/", "/desk/people/roles/"]
MANAGER_PAGES = ["/desk/people/give/", "/desk/people/tokens/", "/desk/people/tokens/give/"]


def staff(rights: tuple[str, ...] = VIEW, area: str = STREET, **fields: Any) -> Client:
    mine = account()
    post(mine.person, role("t-viewer", rights, **fields), organization("t-viewers", area), area)
    return client_of(mine)


def names(answer: Any) -> list[str]:
    return [row["name"] for row in answer.context["page"].rows]


@pytest.mark.parametrize("address", PAGES + MANAGER_PAGES)
def test_visitors_are_sent_to_sign_in_and_residents_refused(address: str) -> None:
    assert Client().get(address)["Location"].startswith("/accounts/login/")
    assert client_of(account()).get(address).status_code == 403


@pytest.mark.parametrize("address", PAGES)
def test_who_may_look_sees_the_pages(address: str) -> None:
    assert staff().get(address).status_code == 200


@pytest.mark.parametrize("address", MANAGER_PAGES)
def test_looking_is_not_managing(address: str) -> None:
    assert staff().get(address).status_code == 403
    assert staff(("organizations.post.manage", "organizations.token.manage")).get(address).status_code == 200


def test_the_list_shows_posts_of_the_own_area_only() -> None:
    post(person("近近"), role("t-clerk"), organization(), COMMUNITY)
    post(person("远远"), role("t-clerk"), organization("t-far", "990101002"), "990101002001")

    answer = staff().get(LIST, {"role": "t-clerk"})

    assert names(answer) == ["近近"]


def test_filters_narrow_the_list() -> None:
    body = organization("t-inside", COMMUNITY)
    post(person("甲"), role("t-clerk"), body, COMMUNITY)
    post(person("乙"), role("t-head"), body, COMMUNITY)
    post(person("丙"), role("t-clerk"), organization(), STREET)
    post(person("丁"), role("t-clerk"), body, COMMUNITY, valid_until=days(-1))
    post(person("戊"), role("t-clerk"), body, COMMUNITY, valid_from=days(1))
    client = staff()

    def found(**wanted: Any) -> set[str]:
        return set(names(client.get(LIST, {"role": "t-clerk", **wanted})))

    assert found() == {"甲", "丙"}
    assert found(area=COMMUNITY) == {"甲"}
    assert found(organization=body.pk) == {"甲"}
    assert found(validity="over") == {"丁"}
    assert found(validity="coming") == {"戊"}
    assert found(validity="all") == {"甲", "丙", "丁", "戊"}
    assert found(q="丙") == {"丙"}
    assert found(role="t-head") == {"乙"}
    assert found(area="nonsense", organization="x", validity="y") == {"甲", "丙"}


def test_pages_follow_one_another_forth_and_back_without_losing_anybody() -> None:
    body = organization("t-inside", COMMUNITY)
    Post.objects.bulk_create(
        Post(person=person(f"人{n:03}"), role=role("t-clerk"), organization=body, area_code=COMMUNITY, valid_from=today())
        for n in range(120)
    )
    client = staff()

    seen, address, addresses = [], f"{LIST}?role=t-clerk", []
    while address:
        answer = client.get(address)
        addresses.append(address)
        seen += names(answer)
        address = LIST + answer.context["older_url"] if answer.context["older_url"] else ""
    back = client.get(LIST + client.get(addresses[-1]).context["newer_url"])

    assert seen == [f"人{n:03}" for n in range(120)]
    assert len(addresses) == 3
    assert names(back) == seen[50:100]
    assert names(client.get(LIST + back.context["newer_url"])) == seen[:50]
    assert client.get(f"{LIST}?role=t-clerk&after=nonsense").status_code == 200


def test_a_longer_list_takes_no_more_queries() -> None:
    client = staff()

    def cost() -> int:
        client.get(LIST)
        roles(), bodies(), areas()
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        return len(queries)

    short = cost()
    Post.objects.bulk_create(
        Post(person=person(), role=role("t-clerk"), organization=organization(), area_code=STREET, valid_from=today())
        for _n in range(60)
    )

    assert cost() == short <= 8


def test_the_export_holds_the_filtered_list_and_is_written_down() -> None:
    post(person("近近"), role("t-clerk"), organization(), COMMUNITY, valid_until=days(9))
    post(person("=1+1"), role("t-clerk"), organization(), COMMUNITY)
    post(person("远远"), role("t-clerk"), organization("t-far", "990101002"), "990101002001")

    answer = staff().get("/desk/people/export/", {"role": "t-clerk"})

    rows = [row.values for row in read(BytesIO(answer.content), POSTS)]
    assert [row["name"] for row in rows] == ["近近", "=1+1"]
    assert (rows[0]["area_code"], rows[0]["valid_until"], rows[0]["state"]) == (COMMUNITY, days(9), "ends")
    assert Event.objects.get(name="organizations.post.exported").data == {"rows": 2}


def test_ending_a_post_of_another_area_is_404() -> None:
    far = post(person("远"), role("t-clerk"), organization("t-far", "990101002"), "990101002001")
    client = staff(("organizations.post.manage",))

    answer = client.post(f"/desk/people/{far.pk}/end/", {"last_day": today().isoformat()})

    far.refresh_from_db()
    assert answer.status_code == 404
    assert far.valid_until is None


def test_a_post_is_ended_on_its_page() -> None:
    near = post(person("近"), role("t-clerk"), organization("t-inside", COMMUNITY), COMMUNITY)
    client = staff(("organizations.post.manage",))

    answer = client.post(f"/desk/people/{near.pk}/end/", {"last_day": days(-1).isoformat(), "reason": "退休"})

    near.refresh_from_db()
    assert answer["Location"] == LIST
    assert near.valid_until == days(-1)


def test_the_matrix_of_rights_says_who_holds_what() -> None:
    role("t-clerk", VIEW)

    answer = staff().get("/desk/people/roles/")

    column = [item["role"].code for item in answer.context["roles"]].index("t-clerk")
    rows = {row["name"]: row["cells"][column] for rows in answer.context["groups"].values() for row in rows}
    assert rows["organizations.post.view"] is True
    assert rows["organizations.post.manage"] is False
    assert rows["cases.case.report"] is True  # whoever it concerns


def test_names_with_markup_are_shown_as_text() -> None:
    post(person("<script>x</script>"), role("t-clerk"), organization(), STREET)

    page = staff().get(LIST).content.decode()

    assert "<script>x" not in page


def test_the_account_page_shows_the_posts_of_today() -> None:
    mine = account()
    post(mine.person, role("t-clerk"), organization())
    post(mine.person, role("t-gone"), organization(), valid_until=days(-1))

    answer = client_of(mine).get("/accounts/")

    assert [line.label for line in answer.context["posts"]] == ["角色t-clerk"]


def test_the_workbench_offers_ones_posts_and_marks_the_present_one() -> None:
    mine = account()
    post(mine.person, role("t-viewer", VIEW), organization())
    second = post(mine.person, role("t-head", VIEW), organization("t-inside", COMMUNITY), COMMUNITY)
    client = client_of(mine)
    client.post("/accounts/post/", {"post": second.pk})

    answer = client.get(LIST)

    offered = answer.context["own_posts"]()
    assert [(line["label"], line["active"]) for line in offered] == [("角色t-viewer", False), ("角色t-head", True)]
    assert f'name="post" value="{second.pk}" aria-current="true"' in answer.content.decode()


def test_the_menu_shows_what_the_post_opens_and_where_one_is() -> None:
    def shown(rights: tuple[str, ...]) -> dict[str, bool]:
        items = staff(rights).get("/desk/people/roles/").context["desk_nav"]()
        people = next(item for item in items if item["icon"] == "users")
        return {entry["url"]: entry["active"] for entry in people["children"]}

    assert shown(VIEW) == {LIST: False, "/desk/people/organizations/": False, "/desk/people/roles/": True}
    assert "/desk/people/tokens/" in shown(("organizations.token.manage", *VIEW))


def test_ones_own_audit_shows_no_one_elses() -> None:
    mine, other = account(), account()
    client = client_of(mine)
    client.post("/accounts/logout/")
    client_of(other).post("/accounts/logout/")

    entries = client_of(mine).get("/accounts/activity/").context["entries"]

    assert [str(entry["icon"]) for entry in entries] == ["logout"]


# --- the demo's one-click sign-in --------------------------------------------------------------------------------------


def featured() -> Account:
    found = Account.objects.filter(demo_order__gt=0).order_by("demo_order").first()
    assert found is not None
    return found


def test_in_the_demo_every_role_is_offered_with_a_sentence(settings: Any) -> None:
    settings.LINLI_DEMO = True

    offered = Client().get("/accounts/login/").context["demo_roles"]

    of_pack = set(roles()) - {code for code in roles() if code.startswith("t-")}
    assert len({item["role"] for item in offered}) == len(of_pack)
    assert all(item["name"] and item["sentence"] for item in offered)


def test_one_press_signs_in_and_is_written_down(settings: Any) -> None:
    settings.LINLI_DEMO = True
    client, somebody = Client(), featured()

    answer = client.post("/accounts/demo/", {"account": somebody.pk})

    assert answer["Location"] == "/home/"
    assert client.get("/accounts/").status_code == 200
    line = Event.objects.get(name="people.account.signed_in")
    assert (line.subject_id, line.data) == (somebody.person_id, {"way": "demo"})


def test_another_press_changes_to_another_person(settings: Any) -> None:
    settings.LINLI_DEMO = True
    client = Client()
    first, second = Account.objects.filter(demo_order__gt=0).order_by("demo_order")[:2]
    client.post("/accounts/demo/", {"account": first.pk})

    assert client.get("/accounts/login/").status_code == 200
    client.post("/accounts/demo/", {"account": second.pk})

    assert client.get("/accounts/").context["request"].user == second


def test_only_featured_people_are_one_press_away(settings: Any) -> None:
    settings.LINLI_DEMO = True
    hidden = account()

    for given in (hidden.pk, 0, "x", 10**30):
        assert Client().post("/accounts/demo/", {"account": given}).status_code == 404


def test_outside_a_demo_there_is_no_such_page(settings: Any) -> None:
    settings.LINLI_DEMO = False
    client = Client()

    assert client.post("/accounts/demo/", {"account": featured().pk}).status_code == 404
    assert "demo_roles" not in client.get("/accounts/login/").context
    assert client.get("/accounts/").status_code == 302
