"""What stands in each grid, and the English names of roads.

One line a grid: block, a point inside it (u, v), then its parcels as KIND+share name/English.
Kinds: H towers, M slabs of six floors, L old lanes, V villas, P park, W park with a lake, Q square, S school,
D hospital, K market, F works and offices, G street office, T party-service station. Shares are per cent of the grid.
"""

GRIDS = """
1,1 .25 .5 | P30 梅岭公园/Meiling Park | H60 云山翠庭/Yunshan Green Court | T10 梅岭社区党群服务站/Meiling Party-Service Station
1,1 .75 .5 | M62 梅岭新苑/Meiling New Court | S38 梅岭小学/Meiling Primary School
1,2 .2 .5 | M84 桂香园/Guixiang Gardens | K16 桂香菜市场/Guixiang Food Market
1,2 .73 .8 | Q22 站前广场/Station Square | M78 站前小区/Zhanqian Estate
1,2 .73 .2 | M100 春晓苑/Chunxiao Court
1,3 .2 .5 | M78 书香苑/Shuxiang Court | T12 书院社区党群服务站/Shuyuan Party-Service Station | Q10 书香小广场/Shuxiang Little Square
1,3 .52 .5 | S56 清河中学/Qinghe Middle School | M44 文昌里/Wenchang Lane Estate
1,3 .84 .5 | H82 学府名苑/Xuefu Court | P18 学府口袋公园/Xuefu Pocket Park
1,4 .25 .5 | W66 月湖公园/Moon Lake Park | V34 月湖湾/Moon Lake Bay
1,4 .75 .5 | V40 月湖湾/Moon Lake Bay | H60 湖畔春天/Lakeside Spring
2,1 .5 .8 | F34 云溪机械厂/Yunxi Machine Works | M48 机械厂家属院/Machine Works Homes | P18 石榴公园/Shiliu Park
2,1 .25 .3 | M86 石榴园/Shiliu Gardens | T14 石榴社区党群服务站/Shiliu Party-Service Station
2,1 .75 .3 | M74 杏花苑/Xinghua Court | S26 杏花幼儿园/Xinghua Kindergarten
2,2 .2 .75 | H80 柏翠苑/Baicui Court | P20 柏翠口袋公园/Baicui Pocket Park
2,2 .73 .75 | Q34 清河广场/Qinghe Square | G30 清河街道办事处/Qinghe Street Office | M36 望月里/Wangyue Lane Estate
2,2 .2 .25 | M100 望月里/Wangyue Lane Estate
2,2 .73 .25 | H78 清河花园/Qinghe Gardens | F22 云溪商务楼/Yunxi Offices
2,3 .2 .75 | L100 染坊巷/Dyers' Lane
2,3 .52 .75 | Q16 文庙广场/Temple Square | L84 文庙街/Wenmiao Street Homes
2,3 .84 .75 | L86 书院巷/Academy Lane | T14 老驿社区党群服务站/Laoyi Party-Service Station
2,3 .2 .25 | L100 米市巷/Rice Market Lane
2,3 .52 .25 | K22 老驿市场/Laoyi Market | L78 老驿街/Old Post Street
2,3 .84 .25 | L72 码头巷/Wharf Lane | P28 码头公园/Wharf Park
2,4 .25 .75 | H64 枫林雅居/Maple Grove Residence | P36 枫林公园/Maple Grove Park
2,4 .75 .75 | M60 枫林小区/Fenglin Estate | S40 枫林小学/Fenglin Primary School
2,4 .25 .25 | H84 听涛苑/Tingtao Court | T16 月湖社区党群服务站/Yuehu Party-Service Station
2,4 .75 .25 | D36 云溪区人民医院/Yunxi People's Hospital | M64 康宁苑/Kangning Court
3,1 .25 .75 | L62 渔歌里/Fishermen's Row | P38 渔歌公园/Fishermen's Park
3,1 .75 .5 | H78 竹韵苑/Zhuyun Court | S22 竹园幼儿园/Zhuyuan Kindergarten
3,1 .25 .2 | M84 竹园小区/Zhuyuan Estate | T16 竹园社区党群服务站/Zhuyuan Party-Service Station
3,2 .2 .75 | M100 榆荫新村/Yuyin New Village
3,2 .73 .75 | M86 榆荫新村/Yuyin New Village | P14 榆钱口袋公园/Yuqian Pocket Park
3,2 .2 .25 | M80 槐安里/Huai'an Lane Estate | T20 榆荫社区党群服务站/Yuyin Party-Service Station
3,2 .73 .25 | H76 和顺府/Heshun Residence | K24 槐花农贸市场/Huaihua Food Market
3,3 .25 .75 | H80 海棠湾/Haitang Bay | P20 海棠公园/Haitang Park
3,3 .75 .75 | M84 丁香苑/Dingxiang Court | T16 海棠社区党群服务站/Haitang Party-Service Station
3,3 .2 .25 | M100 紫藤苑/Ziteng Court
3,3 .73 .25 | S52 海棠实验学校/Haitang Experimental School | M48 兰亭苑/Lanting Court
3,4 .25 .5 | H56 金谷花园/Jingu Gardens | P20 金谷公园/Jingu Park | H24 金谷花园/Jingu Gardens
3,4 .75 .75 | M84 金谷新村/Jingu New Village | T16 金谷社区党群服务站/Jingu Party-Service Station
3,4 .75 .25 | K42 金谷商场/Jingu Shopping Mall | M58 金谷新村/Jingu New Village
4,1 .25 .5 | M100 梧桐苑/Wutong Court
4,1 .75 .5 | M66 梧桐苑/Wutong Court | P34 梧桐公园/Wutong Park
4,2 .17 .5 | M86 棉纺厂家属院/Cotton Mill Homes | T14 织锦社区党群服务站/Zhijin Party-Service Station
4,2 .5 .5 | F58 织锦文创园/Zhijin Creative Works | Q14 织锦广场/Zhijin Square | M28 棉纺厂家属院/Cotton Mill Homes
4,2 .83 .5 | M100 锦绣南苑/Jinxiu South Court
4,3 .25 .5 | S32 织锦小学/Zhijin Primary School | M68 锦绣南苑/Jinxiu South Court
4,3 .75 .5 | H76 南屏花园/Nanping Gardens | P24 南屏公园/Nanping Park
4,4 .25 .5 | M100 东篱苑/Dongli Court
4,4 .75 .5 | H58 和园/Heyuan Estate | P42 东篱公园/Dongli Park
"""

ROAD_ENGLISH = {
    "北环路": "North Ring Road", "云山路": "Yunshan Road", "柳荫路": "Liuyin Road", "南环路": "South Ring Road",
    "西环路": "West Ring Road", "杏林路": "Xinglin Road", "槐安路": "Huai'an Road", "清溪大道": "Qingxi Avenue",
    "学府路": "Xuefu Road", "东环路": "East Ring Road", "滨河北路": "North Riverside Road", "滨河南路": "South Riverside Road",
    "梅岭路": "Meiling Road", "桂香路": "Guixiang Road", "站前街": "Zhanqian Street", "文昌路": "Wenchang Road",
    "书院路": "Shuyuan Road", "月湖路": "Yuehu Road", "石榴街": "Shiliu Street", "梅岭南路": "South Meiling Road",
    "桂香南路": "South Guixiang Road", "染坊巷": "Dyers' Lane", "书院巷": "Academy Lane", "老驿街": "Old Post Street",
    "月湖南路": "South Yuehu Road", "枫林路": "Fenglin Road", "渔歌路": "Yuge Road", "竹园街": "Zhuyuan Street",
    "榆荫路": "Yuyin Road", "槐花街": "Huaihua Street", "海棠街": "Haitang Street", "丁香路": "Dingxiang Road",
    "紫藤路": "Ziteng Road", "东篱路": "Dongli Road", "金谷街": "Jingu Street", "渔歌南路": "South Yuge Road",
    "榆荫南路": "South Yuyin Road", "织锦路": "Zhijin Road", "紫藤南路": "South Ziteng Road", "东篱南路": "South Dongli Road",
    "青屏路": "Qingping Road", "望山路": "Wangshan Road", "杏林北路": "North Xinglin Road", "桃源路": "Taoyuan Road",
    "桃花巷": "Taohua Lane", "桃园街": "Taoyuan Street",
}
