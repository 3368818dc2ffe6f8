"""What a place may want different about its public pages."""

from __future__ import annotations

from linli.kernel.limits import limit
from linli.kernel.option_values import lines_of, texts
from linli.kernel.options import option

FREQUENT = option(
    "portal.frequent",
    ["E0110", "C0137", "E0409", "E0496", "C0284", "E0113", "E0506", "E0503", "E0605", "E0607", "E0301", "C0402"],
    "Categories offered first on the report page until the district's own reports say which are frequent.",
    texts,
)
SHOW_UNREAD = option(
    "portal.show_unread",
    False,
    "Whether words and photos of a report are public before a member of staff has read it.",
)
EMERGENCY = option(
    "portal.emergency",
    [["110", "警情", "police"], ["119", "火情", "fire"], ["120", "急救", "ambulance"]],
    "Numbers to call in danger: number, Chinese name, English name.",
    lines_of("number", "Chinese name", "English name"),
)
CARE_LINES = option(
    "portal.care_lines",
    [
        ["12355", "青少年求助", "help for young people"],
        ["12338", "妇女维权", "help for women"],
        ["12345", "政务服务热线", "government hotline"],
    ],
    "Help lines named beside kinds of reports that are never public.",
    lines_of("number", "Chinese name", "English name"),
)
URGES = limit("urge", "3/86400", "Urges by the link of one report.")
SUPPORTS = limit("support_address", "60/600", "Voices of support from one client address.")
