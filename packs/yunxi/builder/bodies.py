"""The organisations of the district, who does what by exception, and the people of the demonstration.

Every name is invented: surnames taken from trees and water, given names that begin with "small".
"""

# code|kind|name_zh|name_en|unit|area|parent ; areas are written without the district's 990101
ORGANIZATIONS = """
gov-yunxi|district_office|云溪区人民政府|Yunxi District Government|||
ops-yunxi|district_office|云溪区城市运行管理中心|Yunxi City Operations Centre|||gov-yunxi
audit-yunxi|district_office|云溪区督查审计办公室|Yunxi Inspection and Audit Office|||gov-yunxi
jd-qinghe|street_office|清河街道办事处|Qinghe Street Office|JD|001|gov-yunxi
jd-qingping|street_office|青屏街道办事处|Qingping Street Office|JD|002|gov-yunxi
jd-taoyuan|street_office|桃源街道办事处|Taoyuan Street Office|JD|003|gov-yunxi
dept-sz|department|云溪区市政设施管理中心|Yunxi Roads and Street Works Centre|SZ||gov-yunxi
dept-ps|department|云溪区排水管理中心|Yunxi Drainage Centre|PS||gov-yunxi
co-gs|company|云溪自来水有限公司|Yunxi Water Supply Company|GS||gov-yunxi
co-rq|company|云溪燃气热力有限公司|Yunxi Gas and Heating Company|RQ||gov-yunxi
co-dl|company|云溪供电服务公司|Yunxi Electricity Company|DL||gov-yunxi
co-tx|company|云溪通信设施维护公司|Yunxi Telecom Maintenance Company|TX||gov-yunxi
dept-hw|department|云溪区环境卫生中心|Yunxi Street Cleaning Centre|HW||gov-yunxi
dept-yl|department|云溪区园林绿化中心|Yunxi Parks and Trees Centre|YL||gov-yunxi
dept-zf|department|云溪区综合行政执法局|Yunxi By-law Enforcement Bureau|ZF||gov-yunxi
dept-jj|department|云溪区交通警察大队|Yunxi Traffic Police|JJ||gov-yunxi
dept-ga|department|云溪区公安分局|Yunxi Public Security Branch|GA||gov-yunxi
co-wy|company|云溪安居物业服务公司|Yunxi Anju Property Services|WY||gov-yunxi
dept-zj|department|云溪区住房和建设局|Yunxi Housing and Construction Bureau|ZJ||gov-yunxi
dept-sw|department|云溪区水务局|Yunxi Water Bureau|SW||gov-yunxi
dept-hb|department|云溪区生态环境分局|Yunxi Environment Branch|HB||gov-yunxi
dept-jt|department|云溪区交通运输局|Yunxi Transport Bureau|JT||gov-yunxi
dept-sc|department|云溪区市场监督管理局|Yunxi Market Regulation Bureau|SC||gov-yunxi
dept-xf|department|云溪区消防救援大队|Yunxi Fire and Rescue Brigade|XF||gov-yunxi
dept-yj|department|云溪区应急管理局|Yunxi Emergency Management Bureau|YJ||gov-yunxi
dept-mz|department|云溪区民政局|Yunxi Civil Affairs Bureau|MZ||gov-yunxi
dept-ty|department|云溪区体育中心|Yunxi Sports Centre|TY||gov-yunxi
co-cq|company|云溪公共设施资产管理公司|Yunxi Public Assets Company|CQ||gov-yunxi
dept-ws|department|云溪区卫生健康局|Yunxi Health Bureau|WS||gov-yunxi
dept-ny|department|云溪区农业农村局|Yunxi Agriculture Bureau|NY||gov-yunxi
dept-rs|department|云溪区人力资源和社会保障局|Yunxi Labour and Social Security Bureau|RS||gov-yunxi
dept-jy|department|云溪区教育局|Yunxi Education Bureau|JY||gov-yunxi
dept-zz|department|云溪区综治中心|Yunxi Mediation and Public Order Centre|ZZ||gov-yunxi
so-hemu|social_org|和睦邻里社会工作服务中心|Hemu Neighbourhood Social Work Centre||001|jd-qinghe
so-qingmiao|social_org|青苗少儿成长服务中心|Qingmiao Children's Centre||001|jd-qinghe
so-nuanyang|social_org|暖阳助老服务社|Nuanyang Service for the Elderly||001|jd-qinghe
so-lvye|social_org|绿叶环保志愿协会|Lüye Environment Volunteers||001|jd-qinghe
so-qiaoshou|social_org|巧手便民维修队|Qiaoshou Repair Team||001003|jd-qinghe
pa-laoyi|partner|老驿面馆|Laoyi Noodle House||001004|jd-qinghe
pa-fenglin|partner|枫林书店|Fenglin Bookshop||001005|jd-qinghe
pa-jingu|partner|金谷商场|Jingu Shopping Mall||001009|jd-qinghe
pa-kangning|partner|康宁大药房|Kangning Pharmacy||001005|jd-qinghe
pa-zhijin|partner|织锦文创园|Zhijin Creative Works||001010|jd-qinghe
ev-mingjian|evaluator|明鉴社会评估中心|Mingjian Evaluation Centre|||
"""

# category|area|lead|co-units ; only where it differs from the unit of the category, or where others must help
DUTIES = """
E0506|001|dept-ps|jd-qinghe dept-jj
E0506|002|dept-ps|jd-qingping dept-jj
E0506|003|dept-ps|jd-taoyuan dept-jj
E0509||dept-yl|dept-zf dept-jj
E0505||dept-sz|dept-jj dept-ps
E0501||co-gs|dept-jj dept-sz
E0502||co-rq|dept-xf dept-ga
E0503||dept-ps|dept-hw
E0504||co-rq|dept-sz
E0507|001|dept-hw|jd-qinghe dept-jt
E0507|002|dept-hw|jd-qingping dept-jt
E0507|003|dept-hw|jd-taoyuan dept-jt
E0508||co-tx|co-dl dept-jj
E0510||dept-zf|dept-yj
E0511||dept-zj|dept-yj
E0596||co-wy|dept-ga
E0597||dept-xf|dept-ga dept-yj
E0496||dept-xf|dept-jj co-wy
E0606||dept-xf|co-wy
E0607|001|jd-qinghe|co-wy dept-xf
E0607|002|jd-qingping|co-wy dept-xf
E0607|003|jd-taoyuan|co-wy dept-xf
E0605||co-wy|dept-xf
E0611|001|jd-qinghe|dept-mz
E0611|002|jd-qingping|dept-mz
E0611|003|jd-taoyuan|dept-mz
E0612||dept-ga|dept-mz dept-jy
E0613||dept-rs|dept-zj
E0614||dept-ga|dept-zz
E0615||dept-ws|dept-yj
E0609|001|jd-qinghe|dept-zz
E0609|002|jd-qingping|dept-zz
E0609|003|jd-taoyuan|dept-zz
E0101|001|jd-qinghe|dept-zf
E0101|002|jd-qingping|dept-zf
E0101|003|jd-taoyuan|dept-zf
E0301||dept-zf|dept-zj dept-hb
E0304||dept-zj|dept-hb
E0311||dept-zf|dept-jj
E0126||dept-sw|dept-hb
E0128||dept-ga|dept-zf
E0130||dept-hb|dept-ps
E0131||dept-hw|dept-sc
E0401|001004|jd-qinghe|dept-zf
E0406|001004|jd-qinghe|dept-zf
E0493|001|jd-qinghe|dept-jj
E0498||dept-sc|dept-zf
C0203||dept-jj|co-dl
C0509||dept-sc|co-wy dept-xf
C0301||dept-hw|dept-sz
"""
