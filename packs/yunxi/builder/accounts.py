"""The people of the demonstration: about 65 invented accounts covering every role."""

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
    "resident": "portal", "grid_worker": "field", "community_worker": "field", "volunteer": "field",
    "partner": "portal", "screen_viewer": "screen",
}

# One sentence for the sign-in page about the first account of each role.
SENTENCES = """
resident|住在杏花苑，楼下路灯不亮、井盖响了都随手拍，办没办好自己说了算。|Lives in Xinghua Court, snaps a dark lamp or a rattling cover, and says in the end whether it was mended.
grid_worker|石榴社区的网格员，每天走一遍小区，先到现场看一眼，办完再去核一遍。|Walks Shiliu Community every day, looks at reports on the spot and checks again when they are done.
community_worker|石榴社区的社工，走访老人、帮居民跑腿，手机没信号也能先记下来。|Calls on old people and runs errands for residents in Shiliu; notes are kept even without a signal.
community_secretary|石榴社区书记，哪件事拖着没办、居民满不满意，一早就能看到。|Heads Shiliu Community and sees each morning what drags on and whether residents are content.
street_dispatcher|清河街道值班调度员，受理、立案、派单，暴雨天一张图调度全街道。|On duty for Qinghe Street: takes in, registers, dispatches, and runs the storm board.
street_leader|清河街道分管领导，批延期、审挂账，难办的事当场拍板。|Answers for Qinghe Street: grants time, allows pauses and decides what nobody else can.
department_clerk|区排水管理中心经办人，接到积水、井盖的派单就安排人去处置。|Takes the drainage centre's orders on flooding and covers, and sends a crew.
department_head|区排水管理中心负责人，看本单位在办和超时，审核挂账申请。|Heads the drainage centre: watches open and overdue work and rules on requests to pause.
district_supervisor|区城运中心督查员，看全区哪里慢了，挂牌督办、裁定申诉。|Watches the whole district for what is late, supervises it and decides appeals.
district_leader|区领导，看全区态势和三率，点开数字就是一件件具体的事。|Sees how the district runs; every figure opens to the cases behind it.
auditor|督查审计员，只看不改，谁在什么时候做了什么都查得到。|Looks and changes nothing: who did what, and when.
administrator|系统管理员，管账号岗位和目录，不碰居民的任何一件事。|Keeps accounts, posts and catalogues, and sees no resident's case.
evaluator|第三方评估员，独立查看汇总数据，给街道和部门打分。|Independent: reads the rates and trends and scores streets and departments.
social_organization|暖阳助老服务社，接街道派来的为老服务，按时限办、按要求反馈。|Takes on services for the elderly from the street, within the same limits as a department.
volunteer|绿叶环保志愿者，穿上红马甲上岗，看到问题随手报、顺手办。|Puts on the red vest, reports what is seen on the way and lends a hand.
partner|老驿面馆店主，门前三包自己管，也替街坊反映身边的事。|Keeps a noodle house in the old town, minds the pavement in front and speaks up for neighbours.
screen_viewer|街道指挥中心大屏，只看态势和图表，没有任何个人信息。|The wall screen of the street's centre: the state of things, with no personal data.
"""

SURNAMES = "云Yun 溪Xi 禾He 竹Zhu 荷He 杉Shan 桐Tong 棠Tang 枫Feng 橘Ju 榆Yu 松Song"
GIVEN = "小满Xiaoman 小禾Xiaohe 小雨Xiaoyu 小安Xiao'an 小舟Xiaozhou 小晴Xiaoqing 小川Xiaochuan"
