"""What waits today: pictures on recent cases, and requests taken through the real operations by the pack's people."""

from __future__ import annotations

import random
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from linli.cases.models import Case, CasePhoto, CaseStep, Follow
from linli.cases.operations import Ask, Report, report_case, support_case, take
from linli.cases.simulation.pictures import draw_pairs, new_photo, scene_of
from linli.cases.simulation.town import Spot, Town
from linli.cases.workflow import Stage
from linli.kernel.errors import DomainError, NotFound
from linli.kernel.models import Photo
from linli.kernel.policy import ANONYMOUS, Actor
from linli.organizations.models import Post
from linli.organizations.queries import actor_of

PICTURED_DAYS = 45
FRESH = [
    ("E0110", "垃圾堆在单元门口，味道很大，联系我 19900000012。"), ("E0110", "门口一堆垃圾没人清，天热招苍蝇。"),
    ("E0509", "昨晚大风把树刮倒了，压在非机动车道上。"), ("C0137", "路灯不亮，晚上老人走路看不见。"),
    ("E0607", "楼下有人飞线给电动车充电，太危险了。"), ("E0506", "低洼处积水，快到脚踝了。"),
    ("C0305", "果皮箱倒了，垃圾撒了一地。"), ("E0113", "路面破了个坑，骑车容易摔。"),
    ("C0102", "污水井盖响得厉害，半夜吵醒人。"), ("E0605", "楼道里堆满纸箱，消防通道都堵了。"),
    ("E0410", "人行道上停满电动车，轮椅过不去。"), ("E0201", "单元门上贴满小广告。"),
    ("C0402", "树枝压到电线了，请修剪一下。"), ("E0112", "路上有一摊油污，很滑。"),
    ("E0192", "垃圾桶满了两天没人收。"), ("E0409", "消防登高面停了好几辆车。"),
    ("C0284", "人行道地砖翘起来，老人绊了一跤。"), ("C0510", "消防通道标识掉了。"),
    ("E0606", "有人把电动车推进电梯充电。"), ("E0493", "地铁口共享单车堆成山。"),
    ("C0103", "雨水井盖裂了一条缝。"), ("E0136", "小区门口堆着装修材料，占了半条路。"),
    ("E0406", "水果摊摆到路中间了。"), ("E0301", "工地半夜还在打桩。"),
    ("E0608", "隔壁练琴练到晚上十一点。"), ("C0308", "宣传栏玻璃碎了。"),
    ("E0184", "大型犬不牵绳，小孩被吓哭。"), ("E0135", "旧沙发扔在绿化带里。"),
    ("C0146", "健身器材的踏板断了。"), ("E0180", "线缆垂下来快碰到头了。"),
    ("C0137", "巷子里三盏路灯都不亮。"), ("E0110", "垃圾站旁边散落很多垃圾袋。"),
]  # fmt: skip


def live_work(town: Town, chance: random.Random) -> int:
    """Give recent cases their pictures, then let people ask, urge, supervise and report. Returns the new reports."""
    pairs = draw_pairs()
    _picture_recent(pairs, chance)
    made = _fresh_reports(town, chance, pairs)
    _requests()
    _followed()
    return made


@transaction.atomic
def _picture_recent(pairs: dict, chance: random.Random) -> None:
    photos, ties, counts = [], [], []
    since = timezone.now() - timedelta(days=PICTURED_DAYS)
    steps = {
        (row[0], row[1]): row[2]
        for row in CaseStep.objects.filter(at__gte=since, verb__in=["report", "deliver", "verify_pass"]).values_list(
            "case_id", "verb", "pk"
        )
    }
    for case in Case.objects.filter(reported_at__gte=since).only("pk", "category_id", "door", "photo_count"):
        if case.door not in ("field", "portal") or chance.random() > 0.8:
            continue
        count = 0
        for verb, side in (("report", "before"), ("deliver", "after"), ("verify_pass", "after")):
            step = steps.get((case.pk, verb))
            if step is None:
                continue
            photo = new_photo(pairs[scene_of(case.category_id), side], case.pk)
            photos.append(photo)
            ties.append(CasePhoto(case_id=case.pk, photo_id=photo.pk, step_id=step, side=side))
            count += 1
        case.photo_count = count
        counts.append(case)
    Photo.objects.bulk_create(photos, batch_size=500)
    CasePhoto.objects.bulk_create(ties, batch_size=500)
    Case.objects.bulk_update(counts, ["photo_count"], batch_size=300)


def _fresh_reports(town: Town, chance: random.Random, pairs: dict) -> int:
    """Some reports of the last hour, a few of them about the same thing, by neighbours who support each other."""
    residents = _actors("resident")
    spots = [spot for spot in town.spots if spot.grid.startswith("990101001")] or town.spots
    here = chance.choice(spots)
    for index, (category, text) in enumerate(FRESH):
        spot = here if index < 2 else chance.choice(spots)
        actor = residents[index % len(residents)] if residents and index % 3 else ANONYMOUS
        photo = new_photo(pairs[scene_of(category), "before"])
        photo.save(force_insert=True)
        minutes = 8 + (len(FRESH) - index) * 9
        made = report_case(actor=actor, report=_report(category, text, spot, [photo.pk], minutes_ago=minutes))
        for friend in residents[: index % 4]:
            _quietly(support_case, actor=friend, case=made.case)
        _quietly(_advance, made.case, index, pairs)
    return len(FRESH)


def _advance(case: Case, index: int, pairs: dict) -> None:
    """Bring a fresh report as far as its turn says, so that every tab of every post has something in it."""
    way = ["", "", "pre_check", "register", "dispatch", "deliver", "deliver", "verify"][index % 8]
    if not way:
        return
    dispatcher = _serving("street_dispatcher", case)
    if way == "pre_check":
        take("request_pre_check", actor=dispatcher, case=case, ask=Ask(note="请到现场看一下是否属实。"))
        return
    take("register", actor=dispatcher, case=case)
    if way == "register":
        return
    case = take("dispatch", actor=dispatcher, case=case)
    if way == "dispatch":
        return
    clerk = _at_unit("department_clerk", case)
    take("accept", actor=clerk, case=case)
    after = [_kept(pairs, case, "after").pk for _each in range(2)]
    words = Ask(text="已到现场处理完毕，恢复正常。感谢您的反映。", photos=after[:1])
    take("deliver", actor=clerk, case=case, result="fixed", ask=words)
    if way == "verify":
        seen = Ask(text="到现场看过，已处理好。", photos=after[1:])
        take("verify_pass", actor=_serving("grid_worker", case), case=case, ask=seen)


def _kept(pairs: dict, case: Case, side: str) -> Photo:
    photo = new_photo(pairs[scene_of(case.category_id), side])
    photo.save(force_insert=True)
    return photo


def _serving(role: str, case: Case) -> Actor:
    """Somebody of the role whose post covers the place. Raises DomainError when nobody does."""
    for actor in _actors(role):
        if case.area_code.startswith(actor.area_code):
            return actor
    raise NotFound("nobody_serves", role)


def _at_unit(role: str, case: Case) -> Actor:
    for actor in _actors(role):
        if actor.organization_id == case.lead_unit_id:
            return actor
    raise NotFound("nobody_serves", role)


def _report(category: str, text: str, spot: Spot, photos: list, *, minutes_ago: int) -> Report:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    return Report(
        category=category, text=text, lng=spot.lng, lat=spot.lat, door="portal", address=spot.address, photos=photos, at=at
    )


def _requests() -> None:
    """Every approver has something to decide; some cases are urged, supervised, or appealed."""
    clerks = [
        _actor_for(post) for post in Post.objects.filter(role_id="department_clerk").select_related("person").order_by("id")
    ]
    now = timezone.now()
    for clerk in clerks:
        mine = Case.objects.filter(is_open=True, stage=Stage.ACCEPTED, lead_unit_id=clerk.organization_id, pending="")
        rows = list(mine.filter(due_at__gt=now).order_by("due_at")[:2])
        if rows:
            _quietly(take, "ask_extension", actor=clerk, case=rows[0], ask=Ask(text="配件需从厂家调货，预计两天到货。"))
        if len(rows) > 1:
            words = Ask(text="涉及地下管线改造，列入下月计划。")
            _quietly(take, "ask_suspension", actor=clerk, case=rows[1], until=now + timedelta(days=30), ask=words)
        late = Case.objects.filter(lead_unit_id=clerk.organization_id, is_overdue=True, appeal="", stage=Stage.CLOSED).first()
        if late:
            _quietly(take, "appeal", actor=clerk, case=late, ask=Ask(text="暴雨红色预警期间停工，申请不计入超时。"))
    for leader in _actors("street_leader")[:1]:
        for case in Case.objects.filter(is_open=True, due_at__lt=now, street_code=leader.area_code).order_by("due_at")[:3]:
            _quietly(take, "supervise", actor=leader, case=case, card="yellow", ask=Ask(text="请今天下班前给出处理意见。"))
    for worker in _actors("grid_worker")[:4]:
        case = Case.objects.filter(is_open=True, stage=Stage.ACCEPTED, community_code=worker.area_code[:12]).first()
        if case:
            _quietly(take, "urge", actor=worker, case=case, ask=Ask(text="居民又来问了，请尽快安排。"))


def _followed() -> None:
    """Featured people follow a few cases, so that their tab is not empty."""
    for role in ("street_dispatcher", "street_leader", "community_secretary", "district_supervisor", "resident"):
        for actor in _actors(role)[:1]:
            rows = Case.objects.filter(is_open=True, is_sealed=False).order_by("-support_count", "-pk")[:5]
            Follow.objects.bulk_create(
                [Follow(person_id=actor.person_id, case=case, at=timezone.now()) for case in rows], ignore_conflicts=True
            )


def _actors(role: str) -> list[Actor]:
    posts = Post.objects.filter(role_id=role).current(timezone.localdate()).select_related("person").order_by("id")
    return [_actor_for(post) for post in posts]


def _actor_for(post: Post) -> Actor:
    return actor_of(post, name=post.person.name)


def _quietly(operation, *args, **kwargs) -> None:
    """The demo does not stop because one case was not in the right state for its part."""
    try:
        operation(*args, **kwargs)
    except DomainError:
        return
