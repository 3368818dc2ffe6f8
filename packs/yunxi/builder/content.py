"""What stands in each grid, and the English names of roads.

One line a grid in `grids.txt`: block, a point inside it (u, v), then its parcels as KIND+share name/English.
Kinds: H towers, M slabs of six floors, L old lanes, V villas, P park, W park with a lake, Q square, S school,
D hospital, K market, F works and offices, G street office, T party-service station. Shares are per cent of the grid.
"""

from pathlib import Path

GRIDS = (Path(__file__).parent / "grids.txt").read_text(encoding="utf-8")

ROAD_ENGLISH = {
    "北环路": "North Ring Road",
    "云山路": "Yunshan Road",
    "柳荫路": "Liuyin Road",
    "南环路": "South Ring Road",
    "西环路": "West Ring Road",
    "杏林路": "Xinglin Road",
    "槐安路": "Huai'an Road",
    "清溪大道": "Qingxi Avenue",
    "学府路": "Xuefu Road",
    "东环路": "East Ring Road",
    "滨河北路": "North Riverside Road",
    "滨河南路": "South Riverside Road",
    "梅岭路": "Meiling Road",
    "桂香路": "Guixiang Road",
    "站前街": "Zhanqian Street",
    "文昌路": "Wenchang Road",
    "书院路": "Shuyuan Road",
    "月湖路": "Yuehu Road",
    "石榴街": "Shiliu Street",
    "梅岭南路": "South Meiling Road",
    "桂香南路": "South Guixiang Road",
    "染坊巷": "Dyers' Lane",
    "书院巷": "Academy Lane",
    "老驿街": "Old Post Street",
    "月湖南路": "South Yuehu Road",
    "枫林路": "Fenglin Road",
    "渔歌路": "Yuge Road",
    "竹园街": "Zhuyuan Street",
    "榆荫路": "Yuyin Road",
    "槐花街": "Huaihua Street",
    "海棠街": "Haitang Street",
    "丁香路": "Dingxiang Road",
    "紫藤路": "Ziteng Road",
    "东篱路": "Dongli Road",
    "金谷街": "Jingu Street",
    "渔歌南路": "South Yuge Road",
    "榆荫南路": "South Yuyin Road",
    "织锦路": "Zhijin Road",
    "紫藤南路": "South Ziteng Road",
    "东篱南路": "South Dongli Road",
    "青屏路": "Qingping Road",
    "望山路": "Wangshan Road",
    "杏林北路": "North Xinglin Road",
    "桃源路": "Taoyuan Road",
    "桃花巷": "Taohua Lane",
    "桃园街": "Taoyuan Street",
}
