"""What people tell about themselves: names, places, likings, jobs and the like, most of them made up at random.

The model must learn to copy what was said, not to know it: so names run from the usual to characters that the vocabulary
does not have, places and likings from lists to inventions.
"""

from random import Random

# The 3755 usual characters of GB2312, level 1: a standard's table, in its order.
USUAL = "".join(
    bytes((high, low)).decode("gb2312") for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF) if (high, low) < (0xD7, 0xFA)
)

SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦"
    "戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝亓仝訾"
)
COMPOUND_SURNAMES = (
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 "
    "宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 公户 公玉 梁丘 左丘 东门 西门 第五 贺兰 完颜 叶赫 纳兰"
).split()
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰萍鑫红玲辉建国文婷雪梅琳晨宇浩然子轩梓涵欣怡诗雨嘉俊熙博睿思源雅琪佳颖晓东志远天翔立新海燕春雷雨桐若曦沐阳一诺可馨语嫣紫萱梦瑶静怡美琪智宸皓轩泽楷"
    "昊焱承恩景行知秋望舒清扬婉兮如是未央长安青云白露霜降小满谷雨芒种惊蛰星河月明山川湖海江枫渔火南乔北辰东篱西洲书墨画琴棋笙箫瑟音律和鸣凤凰麒麟龙虎豹鹏鹤鸥鹭莺鹂鹃燕雁鸿"
    "澜涵泓淼渊澄沁沛沂洛淇淑渝湘漪潇瀚灏炎煜熠烨烁炜焕燃灿煊玥珂珊珏珞琅琛琦琬瑜瑾璇璐璟璨珮璎瑄琰芷芸芮苒茗茜荃荷莎莉莹菁菡菲萌葵蓉蓓蔓蕊蕾薇藜蘅竹筠箬籽粟绮绫缨翊翎翾耀聪胤舒航良艺苓"
    "旭昀昕晗晟晞晴暄曜曦朔朗杉柏桐桦梓棠楠楷榕槿樱橙欢歆毅沅泊津洵浔涟淳澈濡煦熹牧犀玄率珑璞甜甫畅皎盈睦睿瞻知矜砚祎祺禾秋秉程穆笑笛筝简纯纾素绍缈羽翠聿肃芃芊苇若范茵荔菱萧落葳蔚薰虹蝶行衍谦谨贤贺"
    "轶辰逸遥道邈郁郴酉采铃铭锋锐锦镜长阑阔陌陶隽雁雯霁霄霏霖露青靖韵韶顺颂颜飒飞馥骁骏骐魁鸣麟黛默齐"
)
NICKNAMES = "豆豆 团子 阿毛 小葵 老猫 石头 大熊 糖糖 果果 阿强 二狗 小鱼儿 星星 阿呆 米粒 丸子 土豆 七七 夜雨 清风 无名 浪子 橘子皮 小怪兽 摸鱼达人 一只羊 老船长 码农小黑 北海 青禾 南风知意 半夏 拾光".split()
ENGLISH_NAMES = (
    "Kevin Tom Lucy Alice Bob Peter Mary Jack Lily Emma David Anna Mike Linda Leo Amy Eric Nina Oscar Grace Henry Ivy Frank Zoe Max Ruby Sam Ella Ben Cathy Daniel Fiona George Helen Ian Jane Kate Louis Mia "
    "Noah Olivia Paul Quinn Rose Steve Tina Uma Victor Wendy Xavier Yuki Zack Jason Vivian Cindy Jerry Nancy Tony Sunny Coco"
).split()
FOREIGN_NAMES = "约翰 玛丽 汤姆 彼得 安娜 露西 大卫 卡尔 艾米 索菲亚 伊万 卡佳 山田太郎 佐藤 金秀贤 阿里 法蒂玛 何塞 卡门 马可 安东尼奥 古丽 巴特尔 扎西 卓玛 阿依努尔 买买提 其其格".split()

PLACES = (
    "北京 上海 广州 深圳 天津 重庆 成都 杭州 武汉 西安 南京 苏州 长沙 郑州 青岛 大连 宁波 厦门 福州 济南 合肥 昆明 贵阳 南宁 海口 三亚 拉萨 兰州 西宁 银川 乌鲁木齐 呼和浩特 太原 石家庄 沈阳 长春 哈尔滨 南昌 无锡 常州 温州 "
    "佛山 东莞 珠海 中山 惠州 泉州 漳州 烟台 威海 潍坊 徐州 扬州 镇江 绍兴 嘉兴 金华 台州 芜湖 洛阳 开封 襄阳 宜昌 岳阳 常德 桂林 柳州 北海 遵义 大理 丽江 绵阳 乐山 宜宾 咸阳 延安 宝鸡 天水 敦煌 喀什 伊犁 吐鲁番 吉林市 "
    "齐齐哈尔 牡丹江 大庆 鞍山 丹东 包头 鄂尔多斯 赤峰 大同 平遥 保定 唐山 秦皇岛 承德 邯郸 香港 澳门 台北 高雄 景德镇 赣州 九江 黄山 安庆 阜阳 蚌埠 临沂 日照 菏泽 曲阜 凤凰 香格里拉 西双版纳 腾冲 阿克苏 和田 阿勒泰 漠河 "
    "黑河 绥化 梅州 汕头 湛江 茂名 清远 韶关 义乌 舟山 衢州 丽水 宁德 三明 莆田 龙岩 玉林 百色 毕节 六盘水 铜仁 昭通 普洱 红河 自贡 泸州 攀枝花 汉中 榆林 安康 酒泉 嘉峪关 格尔木 中卫 东京 大阪 首尔 曼谷 新加坡 巴黎 伦敦 纽约 "
    "洛杉矶 温哥华 悉尼 墨尔本 柏林 慕尼黑 罗马 米兰 马德里 莫斯科 开罗 迪拜 多伦多 旧金山 西雅图 波士顿 伊斯坦布尔 加德满都 清迈 河内"
).split()
PLACE_ENDINGS = "市 县 镇 村 区 乡 岛 湾 山 屯 里 巷 路 庄 堡 坡 河 桥".split()

LIKINGS = (
    "吃火锅 吃面条 吃饺子 吃辣 吃甜食 喝茶 喝咖啡 喝奶茶 打篮球 踢足球 打羽毛球 打乒乓球 打网球 打排球 游泳 跑步 爬山 骑车 滑雪 滑冰 瑜伽 跳舞 唱歌 听音乐 弹吉他 弹钢琴 拉小提琴 拉二胡 吹笛子 敲鼓 画画 写字 书法 篆刻 拓印 剪纸 "
    "陶艺 木工 织毛衣 刺绣 十字绣 缝纫 烘焙 做饭 看书 看电影 看动漫 看漫画 看星星 看海 看雪 看球赛 看话剧 听相声 听评书 听京剧 唱昆曲 写诗 写小说 写代码 写日记 背单词 学日语 学法语 下棋 下围棋 下象棋 打麻将 打扑克 玩游戏 玩魔方 "
    "拼图 搭积木 拼乐高 做模型 集邮 收集石头 收集硬币 钓鱼 养鱼 养花 养猫 养狗 养多肉 种菜 种树 观鸟 捉蝴蝶 摄影 拍照 拍视频 剪视频 旅行 露营 徒步 攀岩 潜水 冲浪 划船 射箭 骑马 击剑 武术 太极拳 拳击 散步 发呆 睡懒觉 逛街 逛博物馆 "
    "逛菜市场 坐火车 开车 放风筝 荡秋千 猫 狗 兔子 熊猫 大海 雪山 草原 秋天 冬天 雨天 苹果 西瓜 草莓 榴莲 芒果 螺蛳粉 臭豆腐 麻辣烫 小龙虾 烤鸭 饺子 豆浆 巧克力 冰淇淋 数学 物理 历史 天文 地理 化学 哲学 科幻小说 推理小说 武侠小说 古诗词 "
    "摇滚乐 民谣 爵士乐 古典音乐 京剧 昆虫 恐龙 蘑菇 向日葵 梅花 茉莉花 仙人掌"
).split()
LIKED_VERBS = "吃 喝 看 听 玩 打 练 学 写 画 做 养 种 收集 研究 逛 读 唱 跳 拍 修 刻 编".split()

JOBS = (
    "老师 医生 护士 律师 警察 工程师 程序员 设计师 会计 厨师 司机 农民 学生 大学生 高中生 研究生 记者 编辑 作家 画家 演员 歌手 导演 摄影师 翻译 导游 售货员 快递员 外卖员 保安 清洁工 电工 木匠 泥瓦匠 理发师 裁缝 面包师 咖啡师 建筑师 "
    "飞行员 空姐 船长 消防员 士兵 科学家 研究员 图书管理员 药剂师 兽医 牙医 心理咨询师 健身教练 足球教练 钢琴老师 数学老师 小学老师 退休工人 家庭主妇 公务员 银行职员 产品经理 测试工程师 运维 主播 模特 花匠 渔民 牧民 矿工 钟表匠 调酒师 "
    "地质队员 考古学家 天文学家 气象员 灯塔看守人 茶农 养蜂人 古籍修复师"
).split()
PETS = "猫 狗 兔子 仓鼠 乌龟 鹦鹉 金鱼 狐狸 蜥蜴 鸭子 羊 马 小猫 小狗 刺猬 龙猫".split()
PET_NAMES = "咪咪 旺财 小白 小黑 豆包 奶茶 布丁 可乐 雪球 大黄 胖胖 毛毛 煤球 元宝 饭团 年糕 芝麻 花花 土豆 汤圆 栗子 麻薯 闪电 将军 皮蛋 二哈 球球 阿福 灰灰 跳跳".split()
RELATIONS = "妈妈 爸爸 姐姐 妹妹 哥哥 弟弟 爷爷 奶奶 女儿 儿子 朋友 同学 同桌 老师 室友 同事 老板 邻居 老婆 老公 女朋友 男朋友 师父 表哥 堂妹".split()
FAVOURITES = {
    "颜色": "红色 蓝色 绿色 黄色 紫色 白色 黑色 粉色 橙色 灰色 青色 金色 银色 天蓝色 墨绿色 米色 藏青色 玫红色".split(),
    "水果": "苹果 香蕉 西瓜 草莓 葡萄 橙子 桃子 梨 芒果 榴莲 樱桃 荔枝 火龙果 猕猴桃 柚子 石榴 蓝莓 杨梅 菠萝 山竹 枇杷".split(),
    "动物": "猫 狗 熊猫 老虎 狮子 大象 长颈鹿 兔子 企鹅 海豚 狐狸 马 鹿 松鼠 考拉 猫头鹰 鲸鱼 水獭 雪豹 树懒 章鱼".split(),
    "季节": "春天 夏天 秋天 冬天".split(),
    "运动": "篮球 足球 羽毛球 乒乓球 游泳 跑步 网球 滑雪 排球 击剑 射箭 冰壶 马拉松 台球 攀岩".split(),
    "食物": "火锅 饺子 面条 米饭 烤鸭 寿司 披萨 汉堡 螺蛳粉 麻辣烫 粽子 馄饨 红烧肉 凉皮 肉夹馍 煎饼 豆腐脑 拌面 酸菜鱼".split(),
    "花": "玫瑰 牡丹 荷花 菊花 梅花 兰花 百合 茉莉 向日葵 桂花 樱花 郁金香 栀子花 绣球".split(),
    "城市": PLACES,
    "饮料": "可乐 雪碧 奶茶 咖啡 绿茶 豆浆 牛奶 柠檬水 酸梅汤 橙汁 红茶 椰汁 气泡水".split(),
    "数字": [str(n) for n in range(1, 21)],
}
COUNTED = "一 二 三 四 五 六 七 八 九 十".split()


def rare(rng: Random) -> str:
    """A character of the main CJK block, seldom one that the vocabulary has."""
    return chr(rng.randrange(0x4E00, 0x9FA6))


def invented(rng: Random, least: int, most: int) -> str:
    """Usual characters in no order."""
    return "".join(rng.choice(USUAL) for _ in range(rng.randint(least, most)))


def given_name(rng: Random) -> str:
    def character() -> str:
        kind = rng.random()
        return rng.choice(GIVEN) if kind < 0.5 else rng.choice(USUAL) if kind < 0.88 else rare(rng)

    return "".join(character() for _ in range(1 if rng.random() < 0.3 else 2))


def unusual_name(rng: Random) -> str:
    """Characters drawn alike, so that each is copied some time: the usual names leave most of them out."""
    character = (lambda: rare(rng)) if rng.random() < 0.15 else (lambda: rng.choice(USUAL))
    surname = rng.choice(COMPOUND_SURNAMES) if rng.random() < 0.2 else character()
    return surname + "".join(character() for _ in range(rng.choice((1, 2, 2, 3))))


def name(rng: Random) -> str:
    """A person's name, from the usual to the unheard of."""
    kind = rng.random()
    if kind < 0.42:
        return rng.choice(SURNAMES) + given_name(rng)
    if kind < 0.58:
        return rng.choice(COMPOUND_SURNAMES) + given_name(rng)
    if kind < 0.76:
        return unusual_name(rng)
    if kind < 0.80:
        return rng.choice(NICKNAMES)
    if kind < 0.86:
        return rng.choice("小 阿 老 大".split()) + rng.choice(GIVEN if rng.random() < 0.7 else SURNAMES)
    if kind < 0.90:
        return rng.choice(FOREIGN_NAMES)
    if kind < 0.95:
        return invented(rng, 2, 4)
    return english_name(rng)


def english_name(rng: Random) -> str:
    if rng.random() < 0.7:
        return rng.choice(ENGLISH_NAMES)
    syllables = "ka lo mi ra ne to vi sa du be ri na ze ko la mo".split()
    return "".join(rng.choice(syllables) for _ in range(rng.randint(2, 3))).capitalize()


def place(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.6:
        return rng.choice(PLACES)
    if kind < 0.72:
        return rng.choice(PLACES) + rng.choice(("的乡下", "郊区", "老城区", "城南", "城北", "开发区"))
    return invented(rng, 1, 3) + rng.choice(PLACE_ENDINGS)


def liking(rng: Random) -> str:
    kind = rng.random()
    if kind < 0.62:
        return rng.choice(LIKINGS)
    if kind < 0.84:
        return rng.choice(LIKED_VERBS) + invented(rng, 1, 2)
    return invented(rng, 2, 3)


def job(rng: Random) -> str:
    return rng.choice(JOBS) if rng.random() < 0.85 else invented(rng, 2, 2) + rng.choice("师 员 匠 工 家".split())


def pet_name(rng: Random) -> str:
    return rng.choice(PET_NAMES) if rng.random() < 0.6 else invented(rng, 2, 2)
