"""The living kit page: every part of the pages' kit with made-up contents, to look at and to test (debug and demo only)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.kernel.templatetags.kit import LIGHTS, SCENES, STAGE_TONES

_PICTURES = ("linli/kit-before.svg", "linli/kit-after.svg")


class SampleForm(forms.Form):
    """One control of each kind."""

    title = forms.CharField(label=_("What is it about"), max_length=60, help_text=_("A few words are enough."))
    place = forms.CharField(label=_("Where"), required=False)
    text = forms.CharField(
        label=_("What did you see"), widget=forms.Textarea(attrs={"rows": 3, "data-count": "200"}), required=False
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("", "—"), ("road", _("Road")), ("light", _("Street lamp")), ("tree", _("Tree"))]
    )
    urgency = forms.ChoiceField(
        label=_("How urgent"), choices=[("low", _("Can wait")), ("high", _("Danger"))], widget=forms.RadioSelect
    )
    channels = forms.MultipleChoiceField(
        label=_("Tell me by"),
        choices=[("app", _("Message here")), ("sms", _("Text message")), ("mail", _("E-mail"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    public = forms.BooleanField(label=_("Others may see this report"), required=False, initial=True)


def sample_context() -> dict[str, Any]:
    """Invented contents for every part."""
    now = timezone.now()
    entries = [
        {"title": _("Checked on the spot"), "at": now - timedelta(minutes=3), "who": "李建国", "icon": "circle-check",
         "tone": "good", "text": _("The cover lies level again.")},
        {"title": _("Returned"), "at": now - timedelta(hours=5), "who": "赵敏", "icon": "arrow-back-up", "tone": "warn",
         "text": _("Not our pipe; the water company's."), "private": True},
        {"title": _("Dispatched"), "at": now - timedelta(days=1, hours=2), "who": "陈秀兰", "icon": "send", "tone": "moving"},
        {"title": _("Reported"), "at": now - timedelta(days=9), "who": "王秀英", "icon": "message-2"},
    ]  # fmt: skip
    rows = [
        {"reference": f"YX2026-{1040 + index}", "text": text, "place": place, "light": light, "stage": stage,
         "due": now + timedelta(hours=hours)}
        for index, (text, place, light, stage, hours) in enumerate([
            ("井盖缺失，夜间有电动车经过", "梅岭社区第3网格", "red", "dispatched", -6),
            ("路灯不亮", "桂香社区第1网格", "yellow", "accepted", 2),
            ("单元门口堆放旧家具", "月湖社区第4网格", "green", "handled", 50),
            ("行道树倾斜", "老驿社区第5网格", "grey", "suspended", 200),
            ("暴雨后路面积水", "清河社区第2网格", "violet", "registered", 1),
            ("健身器材松动", "桃源社区第1网格", "done", "closed", -90),
        ])
    ]  # fmt: skip
    refused = SampleForm({"title": "", "urgency": "low", "text": "路灯不亮", "public": "on"})
    refused.is_valid()
    return {
        "form": SampleForm(auto_id="new_%s"), "refused": refused, "entries": entries, "rows": rows, "now": now,
        "soon": now + timedelta(hours=2, minutes=15), "late": now - timedelta(days=1, hours=3),
        "lights": list(LIGHTS), "stages": list(STAGE_TONES), "scenes": sorted(SCENES),
        "tab_items": [
            {"label": _("To do"), "url": "#", "count": 37, "active": True, "dot": True, "icon": "inbox"},
            {"label": _("Done"), "url": "#", "count": 214}, {"label": _("Mine"), "url": "#"},
            {"label": _("Followed"), "url": "#", "count": 5}, {"label": _("Supervised"), "url": "#", "count": 2},
        ],
        "column_choices": [
            {"key": "due", "label": _("Due"), "shown": True}, {"key": "unit", "label": _("Unit"), "shown": False},
        ],
        "before": [{"url": f"/static/{_PICTURES[0]}", "alt": _("Hole without a cover"), "caption": "08:12"}],
        "after": [{"url": f"/static/{_PICTURES[1]}", "alt": _("New cover"), "caption": "11:40"}],
        "crumbs": [{"label": _("Cases"), "url": "#"}, {"label": "YX2026-1040"}],
    }  # fmt: skip


def show_kit(request: HttpRequest) -> HttpResponse:
    """The kit page."""
    return render(request, "kit/kit.html", sample_context())
