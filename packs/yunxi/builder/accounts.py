"""The people of the demonstration: about 65 invented accounts covering every role."""

from pathlib import Path

# username|role|organisation|area|from|until ; the first of each role is offered on the sign-in page
ACCOUNTS = """
jumin01|resident||001003005
jumin02|resident||001004002
jumin03|resident||001008003
jumin04|resident||003001001
wangge01|grid_worker|sq-001003|001003
wangge02|grid_worker|sq-001001|001001
wangge03|grid_worker|sq-001002|001002
wangge04|grid_worker|sq-001004|001004
wangge05|grid_worker|sq-001005|001005
wangge06|grid_worker|sq-001006|001006
wangge07|grid_worker|sq-001007|001007
wangge08|grid_worker|sq-001008|001008
wangge09|grid_worker|sq-001009|001009
wangge10|grid_worker|sq-001010|001010
wangge11|grid_worker|sq-001004|001004001
wangge12|grid_worker|sq-001004|001004005
wangge13|grid_worker|sq-001003|001003006
wangge14|grid_worker|sq-002001|002001
wangge15|grid_worker|sq-003001|003001
wangge16|grid_worker|sq-001005|001005|2024-03-01|2026-06-30
shequ01|community_worker|sq-001003|001003
shequ02|community_worker|sq-001004|001004
shequ03|community_worker|sq-001008|001008
shequ04|community_worker|sq-002001|002001
shuji01|community_secretary|sq-001003|001003
shuji02|community_secretary|sq-001004|001004
diaodu01|street_dispatcher|jd-qinghe|001
diaodu02|street_dispatcher|jd-qinghe|001
diaodu02|community_secretary|sq-001007|001007
diaodu03|street_dispatcher|jd-qingping|002
diaodu04|street_dispatcher|jd-taoyuan|003
fenguan01|street_leader|jd-qinghe|001
fenguan02|street_leader|jd-taoyuan|003
paishui01|department_clerk|dept-ps|
shizheng01|department_clerk|dept-sz|
huanwei01|department_clerk|dept-hw|
yuanlin01|department_clerk|dept-yl|
zhifa01|department_clerk|dept-zf|
jiaojing01|department_clerk|dept-jj|
gongan01|department_clerk|dept-ga|
gongshui01|department_clerk|co-gs|
ranqi01|department_clerk|co-rq|
gongdian01|department_clerk|co-dl|
tongxin01|department_clerk|co-tx|
xiaofang01|department_clerk|dept-xf|
zhujian01|department_clerk|dept-zj|
shijian01|department_clerk|dept-sc|
wuye01|department_clerk|co-wy|
jiedao01|department_clerk|jd-qinghe|001
jiedao02|department_clerk|jd-qingping|002
jiedao03|department_clerk|jd-taoyuan|003
paishui02|department_head|dept-ps|
shizheng02|department_head|dept-sz|
huanwei02|department_head|dept-hw|
yuanlin02|department_head|dept-yl|
zhifa02|department_head|dept-zf|
jiaojing02|department_head|dept-jj|
xiaofang02|department_head|dept-xf|
ducha01|district_supervisor|ops-yunxi|
ducha02|district_supervisor|ops-yunxi|
quling01|district_leader|gov-yunxi|
shenji01|auditor|audit-yunxi|
guanli01|administrator|ops-yunxi|
pinggu01|evaluator|ev-mingjian|
shezu01|social_organization|so-nuanyang|001
shezu02|social_organization|so-hemu|001
zhiyuan01|volunteer|so-lvye|001
zhiyuan02|volunteer|so-qiaoshou|001003
gongjian01|partner|pa-laoyi|001004
gongjian02|partner|pa-jingu|001009
daping01|screen_viewer|jd-qinghe|001
daping02|screen_viewer|ops-yunxi|
"""

DOORS = {
    "resident": "portal",
    "grid_worker": "field",
    "community_worker": "field",
    "volunteer": "field",
    "partner": "portal",
    "screen_viewer": "screen",
}

# One sentence for the sign-in page about the first account of each role.
SENTENCES = (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8")

SURNAMES = "云Yun 溪Xi 禾He 竹Zhu 荷He 杉Shan 桐Tong 棠Tang 枫Feng 橘Ju 榆Yu 松Song"
GIVEN = "小满Xiaoman 小禾Xiaohe 小雨Xiaoyu 小安Xiao'an 小舟Xiaozhou 小晴Xiaoqing 小川Xiaochuan"
