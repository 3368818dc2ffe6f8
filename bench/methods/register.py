"""A made-up register of residents and the rules of the benches: 77 fields, 20 rules shaped like real ones, 300 variants.

Nobody in it exists. Shares and amounts are plausible for an old city district; a third of the fields that a form asks for has
3 % blanks. Text fields are kept as "is it filled" (nothing else of a text matters to a rule).
"""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import numpy

from linli.methods.eligibility_fields import FIRST_DAY, Field

DAY = date(2026, 5, 1)
TODAY = DAY.toordinal() - FIRST_DAY
BLANK_DAY = numpy.iinfo(numpy.int32).min
PEOPLE = 1_200_000

CODES: dict[str, tuple[str, list[float]]] = {  # field: codes, shares
    "use": ("home mixed office shop storage other", [90, 3, 2, 3, 1, 1]),
    "tenure": ("bought reformed public unit self secured rented", [45, 20, 8, 7, 5, 5, 10]),
    "occupancy": ("own let group empty lodging business", [70, 20, 2, 5, 2, 1]),
    "fuel": ("piped bottled electric other", [80, 10, 9, 1]),
    "hukou_kind": ("family collective empty", [93, 5, 2]),
    "relief": ("none dibao edge tekun rigid", [95, 2, 2, 0.3, 0.7]),
    "income_band": ("1 2 3 4 5 6", [5, 10, 20, 30, 25, 10]),
    "sex": ("male female", [50, 50]),
    "id_type": ("card permit passport none", [97, 1, 1, 1]),
    "language_need": ("none dialect foreign sign", [95, 3, 1, 1]),
    "hukou": ("local province outside foreign", [70, 14, 15, 1]),
    "residence": ("both away guest floating abroad", [70, 8, 10, 11, 1]),
    "relation": ("head spouse child parent other", [36, 24, 27, 8, 5]),
    "marriage": ("single married divorced widowed", [28, 61, 5, 6]),
    "communication_need": ("none large_print sign reader", [96, 2, 1, 1]),
    "contact_preference": ("phone message visit", [30, 60, 10]),
    "education": ("primary middle high college master", [20, 30, 25, 22, 3]),
    "living": ("alone couple children grandchildren group other", [10, 25, 45, 8, 2, 10]),
    "employment": ("student employed flexible unemployed retired agriculture unable", [17, 42, 8, 4, 24, 2, 3]),
    "occupation": ("1 2 3 4 5 6 7 8", [1] * 8),
    "skill_level": ("none junior middle senior master", [60, 15, 15, 8, 2]),
    "own_income_band": ("1 2 3 4 5 6", [15, 15, 20, 25, 18, 7]),
    "pension_type": ("none employee resident civil", [12, 55, 26, 7]),
    "pension_status": ("none paying receiving stopped", [15, 55, 27, 3]),
    "medins_type": ("none employee resident", [3, 55, 42]),
    "medins_status": ("current lapsed never", [94, 4, 2]),
    "veteran_class": ("none served disabled family", [95.6, 4, 0.1, 0.3]),
    "disab_type": ("none vision hearing speech physical intellectual mental multiple", [94, 0.6, 0.9, 0.2, 2.8, 0.6, 0.7, 0.2]),
    "disab_level": ("none 1 2 3 4", [94, 0.8, 1.2, 2, 2]),
    "care_level": ("none mild moderate severe total", [93, 4, 1.6, 0.9, 0.5]),
    "childbearing": ("none none_yet pregnant nursing born", [55, 15, 1, 2, 27]),
    "vaccination": ("current due none", [90, 8, 2]),
    "vehicle_kind": ("none car ebike tricycle motorbike other", [50, 28, 18, 2, 1, 1]),
    "charging": ("none shed home public indoors", [80, 10, 5, 4, 1]),
    "parking": ("none own rented street", [60, 15, 15, 10]),
    "pet_kind": ("none dog cat other", [80, 11, 7, 2]),
}
SETS: dict[str, tuple[str, float]] = {  # field: codes, share of people with each
    "subsidies": ("elder care disab_living disab_care onechild insurance rent stove heating", 0.012),
    "tags": ("no_supporter sudden_hardship lost_only_child suspected_disability orphan unsupported illness single_parent", 0.004),
    "chronic": ("pressure sugar heart lungs kidneys cancer", 0.05),
    "training_wish": ("care cooking electric sewing computer", 0.02),
    "roles": ("party volunteer council building_head", 0.03),
    "talents": ("music craft repair teaching law health", 0.02),
}
NUMBERS: dict[str, tuple[str, float, float]] = {  # field: law, its two parameters
    "area_m2": ("lognormal", 4.2, 0.4), "pc_income": ("lognormal", 7.9, 0.8), "house_area_pc": ("lognormal", 3.2, 0.5),
    "room_count": ("whole", 1, 5), "floor": ("whole", 1, 30), "living_count": ("whole", 1, 6), "registered_count": ("whole", 1, 6),
    "subsidy_months": ("whole", 0, 60),
}  # fmt: skip
DATES: dict[str, tuple[int, int, float]] = {  # field: days before today, from and to; share of people without
    "birth": (0, 36500, 0), "moved_in": (0, 15000, 0), "permit_until": (-700, 300, 0.8), "unemployed_since": (0, 3000, 0.9),
    "pension_auth_date": (0, 700, 0.6), "disab_expiry": (-3650, 300, 0.9), "hardship_date": (0, 900, 0.97),
    "veteran_confirm": (0, 900, 0.9), "pet_vaccine_until": (-400, 200, 0.85),
}  # fmt: skip
FLAGS = {"head": 0.36, "flexible": 0.09, "insurance_self_paid": 0.07, "owns_house": 0.8}
TEXTS = {
    "house_code": 1, "household_no": 1, "owner_name": 0.9, "name": 1, "id_no": 0.99, "phone": 0.9, "emergency_contact": 0.6,
    "employer": 0.4, "onechild_no": 0.12, "disab_no": 0.06, "plate": 0.3, "pet_licence": 0.1, "volunteer_no": 0.08,
    "native_place": 0.95,
}  # fmt: skip

RISING = ("income_band", "own_income_band", "care_level", "education", "skill_level")


def fields() -> list[Field]:
    """The 77 fields."""
    found = [
        Field(name, "code", codes={code: code for code in codes.split()}, is_ordered=name in RISING)
        for name, (codes, _) in CODES.items()
    ]
    found += [Field(name, "set", codes={code: code for code in codes.split()}) for name, (codes, _) in SETS.items()]
    found += [Field(name, "number") for name in NUMBERS] + [Field(name, "date") for name in DATES]
    return found + [Field(name, "flag") for name in FLAGS] + [Field(name, "text") for name in TEXTS]


def columns(people: int = PEOPLE, seed: int = 7) -> dict[str, numpy.ndarray]:
    """Codes and flags int8, sets int64, dates int32 days, numbers float64; blanks: negative, least int32, NaN."""
    draw = numpy.random.default_rng(seed)
    made: dict[str, numpy.ndarray] = {}
    for name, (_codes, shares) in CODES.items():
        ends = numpy.cumsum(shares)[:-1] / sum(shares)
        made[name] = numpy.searchsorted(ends, draw.random(people, numpy.float32)).astype(numpy.int8)
    for name, (codes, share) in SETS.items():
        made[name] = sum(
            (draw.random(people, numpy.float32) < share).astype(numpy.int64) << place for place in range(len(codes.split()))
        )
    for name, (law, first, second) in NUMBERS.items():
        if law == "whole":
            made[name] = draw.integers(int(first), int(second), people, endpoint=True).astype(float)
        else:
            made[name] = numpy.round(draw.lognormal(first, second, people), 1)
    for name, (latest, earliest, share) in DATES.items():
        made[name] = (TODAY - draw.integers(min(latest, earliest), max(latest, earliest), people)).astype(numpy.int32)
        made[name][draw.random(people, numpy.float32) < share] = BLANK_DAY
    for name, share in (FLAGS | TEXTS).items():
        made[name] = (draw.random(people, numpy.float32) < share).astype(numpy.int8)
    for name in TEXTS:
        made[name][made[name] == 0] = -1
    for name in [*made][::3]:
        if name not in TEXTS:
            column = made[name]
            blank = numpy.nan if column.dtype.kind == "f" else BLANK_DAY if name in DATES else -1
            column[draw.random(people, numpy.float32) < 0.03] = blank
    return {field.name: made[field.name] for field in fields()}


def leaf(field: str, op: str, value: Any = None, measure: str = "") -> dict[str, Any]:
    """A condition."""
    made = {"field": field, "op": op} | ({"as": measure} if measure else {})
    return made if value is None else made | {"value": value}


def age(op: str, years: Any) -> dict[str, Any]:
    return leaf("birth", op, years, "age")


SETTINGS = {"elder_age": 80, "dibao_line": 1450, "rent_line": 4200, "retired": 60, "area_line": 15}
ELDER, LINE = {"setting": "elder_age"}, {"setting": "dibao_line"}
LOCAL = leaf("hukou", "=", "local")
IN_NEED = leaf("relief", "in", ["dibao", "edge"])


def rules() -> list[dict[str, Any]]:
    """20 rules shaped like those of real street offices; thresholds are settings where cities differ."""

    def has(code: str, field: str = "tags") -> dict[str, Any]:
        return leaf(field, "has", code)

    def not_yet(code: str) -> dict[str, Any]:
        return {"not": has(code, "subsidies")}

    needy_elder = [age(">=", {"setting": "retired"}), leaf("relief", "in", ["dibao", "edge", "tekun"])]
    bodies: list[tuple[str, str, list[Any]]] = [
        ("elder", "高龄津贴", [LOCAL, age(">=", ELDER), not_yet("elder"), leaf("id_no", "filled")]),
        ("pension_check", "养老待遇资格认证", [leaf("pension_status", "=", "receiving"), leaf("pension_auth_date", ">=", 11, "months_since"), leaf("residence", "!=", "abroad")]),
        ("pension_start", "到龄领取居民养老金", [leaf("pension_type", "=", "resident"), leaf("pension_status", "!=", "receiving"), age(">=", {"setting": "retired"}), LOCAL]),
        ("pension_join", "居民养老参保", [age(">=", 16), age("<", 60), leaf("pension_type", "=", "none"), leaf("employment", "not in", ["student", "employed"]), LOCAL]),
        ("medical_join", "居民医保参保", [leaf("medins_status", "!=", "current"), leaf("medins_type", "!=", "employee"), leaf("residence", "in", ["both", "floating", "guest"])]),
        ("disability_card", "残疾人证", [{"any": [{"all": [leaf("disab_no", "filled"), leaf("disab_expiry", "<=", 60, "days_until")]}, {"all": [leaf("disab_no", "blank"), has("suspected_disability")]}]}, LOCAL]),
        ("disab_living", "困难残疾人生活补贴", [leaf("disab_level", "in", ["1", "2", "3", "4"]), IN_NEED, not_yet("disab_living"), leaf("disab_no", "filled"), LOCAL]),
        ("disab_care", "重度残疾人护理补贴", [{"any": [leaf("disab_level", "in", ["1", "2"]), {"all": [leaf("disab_type", "in", ["mental", "intellectual"]), leaf("disab_level", "=", "3")]}]}, not_yet("disab_care"), leaf("relief", "!=", "tekun"), LOCAL]),
        ("dibao", "最低生活保障", [LOCAL, leaf("pc_income", "<", LINE), leaf("relief", "=", "none"), leaf("hukou_kind", "!=", "empty")]),
        ("edge", "低保边缘认定", [LOCAL, leaf("pc_income", ">=", LINE), leaf("pc_income", "<", {"setting": "dibao_line", "times": 1.5}), leaf("relief", "=", "none")]),
        ("tekun", "特困供养", [{"any": [age(">=", {"setting": "retired"}), age("<", 16), leaf("disab_level", "in", ["1", "2"])]}, leaf("pc_income", "<", 200), has("no_supporter")]),
        ("hardship", "临时救助", [has("sudden_hardship"), leaf("hardship_date", "<=", 6, "months_since"), leaf("income_band", "<=", "3")]),
        ("care", "失能老人护理补贴", [*needy_elder, leaf("care_level", ">=", "moderate"), not_yet("care")]),
        ("lost_child", "失独家庭扶助", [{"any": [{"all": [leaf("onechild_no", "filled"), age(">=", {"setting": "retired"})]}, {"all": [has("lost_only_child"), age(">=", 49)]}]}, not_yet("onechild"), LOCAL]),
        ("flexible", "4050社保补贴", [leaf("flexible", "=", True), {"any": [{"all": [leaf("sex", "=", "female"), age(">=", 40)]}, {"all": [leaf("sex", "=", "male"), age(">=", 50)]}]}, leaf("insurance_self_paid", "=", True), leaf("subsidy_months", "<", 36), age("<", 60)]),
        ("rent", "公租房租赁补贴", [LOCAL, leaf("house_area_pc", "<", {"setting": "area_line"}), leaf("pc_income", "<", {"setting": "rent_line"}), leaf("owns_house", "=", False), not_yet("rent")]),
        ("child", "事实无人抚养儿童", [age("<", 18), leaf("tags", "has any", ["orphan", "unsupported"]), leaf("hukou", "in", ["local", "province"])]),
        ("veteran", "退役军人年度确认", [leaf("veteran_class", "in", ["served", "disabled"]), leaf("veteran_confirm", ">=", 12, "months_since"), leaf("id_no", "filled")]),
        ("rebuild", "居家适老化改造", [age(">=", {"setting": "retired"}), {"any": [leaf("care_level", "!=", "none"), leaf("living", "=", "alone")]}, leaf("relief", "!=", "none"), leaf("tenure", "in", ["bought", "reformed", "self"])]),
        ("jobless", "就业困难人员认定", [leaf("employment", "=", "unemployed"), leaf("unemployed_since", ">=", 12, "months_since"), {"any": [age(">=", 50), leaf("disab_no", "filled"), IN_NEED]}, LOCAL, age("between", [16, 59])]),
    ]  # fmt: skip
    return [{"code": code, "name": name, "source": "made up", "when": {"all": body}} for code, name, body in bodies]


EXTRAS = [
    leaf("living", "=", "alone"), leaf("living_count", "<=", 2), leaf("residence", "=", "both"), leaf("phone", "filled"),
    leaf("marriage", "in", ["divorced", "widowed"]), leaf("chronic", "has any", ["cancer", "kidneys"]), leaf("area_m2", "<", 60),
    leaf("fuel", "!=", "bottled"), leaf("medins_status", "=", "current"), leaf("occupancy", "in", ["own", "let"]),
    leaf("education", "<=", "middle"), leaf("moved_in", ">=", 36, "months_since"), leaf("contact_preference", "=", "visit"),
    leaf("emergency_contact", "blank"), leaf("use", "=", "home"),
]  # fmt: skip


def variants(number: int = 300) -> list[dict[str, Any]]:
    """The 20 rules as other places have them: other thresholds, and one or two conditions more."""
    made = []
    base = rules()
    pairs = itertools.cycle(itertools.combinations(range(len(EXTRAS)), 2))
    for place in range(number):
        rule, turn = base[place % len(base)], place // len(base)
        shift = {
            "elder_age": 80 + turn % 4 * 5,
            "dibao_line": 1200 + turn % 5 * 100,
            "rent_line": 3600 + turn % 4 * 300,
            "retired": 60 + turn % 3 * 5,
            "area_line": 12 + turn % 3 * 2,
        }
        first, second = next(pairs)
        more = [EXTRAS[first]] if place % 3 else [EXTRAS[first], EXTRAS[second]]
        when = {"all": [*(_shifted(part, shift) for part in rule["when"]["all"]), *more]}
        made.append(rule | {"code": f"{rule['code']}_{turn}", "when": when})
    return made


def _shifted(part: Any, settings: dict[str, Any]) -> Any:
    """A condition with other numbers in place of its settings."""
    if isinstance(part, dict) and "setting" in part:
        return settings[part["setting"]] * part.get("times", 1)
    if isinstance(part, dict):
        return {key: _shifted(value, settings) for key, value in part.items()}
    return [_shifted(one, settings) for one in part] if isinstance(part, list) else part
