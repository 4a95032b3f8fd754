"""Everyday words from Chinese to English and back, and what is beyond that."""

from collections import Counter

from .intent import PULL, Intent


def words(text: str) -> list[dict[str, str]]:
    """Pairs parted by full-width commas: 苹果 apple，鱼 fish"""
    pairs = [pair.strip().split(" ", 1) for line in text.strip().splitlines() for pair in line.split("，") if pair.strip()]
    return [{"zh": zh, "en": en.strip()} for zh, en in pairs]


# Asked for most often: their rows are asked three times as often.
COMMON = words("""
你好 hello，谢谢 thank you，再见 goodbye，早上好 good morning，晚上好 good evening，晚安 good night，对不起 sorry，我爱你 I love you
苹果 apple，香蕉 banana，水 water，牛奶 milk，鸡蛋 egg，面包 bread，米饭 rice，茶 tea，咖啡 coffee，鱼 fish
狗 dog，猫 cat，鸟 bird，马 horse，牛 cow，猪 pig，羊 sheep，鸡 chicken，兔子 rabbit，老虎 tiger，熊猫 panda，大象 elephant，猴子 monkey
爸爸 father，妈妈 mother，哥哥 elder brother，姐姐 elder sister，爷爷 grandfather，奶奶 grandmother，朋友 friend，老师 teacher，学生 student，医生 doctor
红色 red，黄色 yellow，蓝色 blue，绿色 green，白色 white，黑色 black
太阳 sun，月亮 moon，星星 star，天空 sky，山 mountain，河 river，海 sea，花 flower，树 tree，雨 rain，雪 snow，风 wind
书 book，笔 pen，桌子 table，椅子 chair，门 door，窗户 window，房子 house，家 home，学校 school，医院 hospital
电脑 computer，手机 mobile phone，汽车 car，火车 train，飞机 plane，自行车 bicycle
今天 today，明天 tomorrow，昨天 yesterday，时间 time，生日 birthday
中国 China，美国 America，英国 Britain，北京 Beijing，中文 Chinese，英语 English
爱 love，吃 eat，喝 drink，跑 run，走 walk，看 look，听 listen，说 speak，读 read，写 write，睡觉 sleep
大 big，小 small，好 good，坏 bad，新 new，旧 old，高兴 happy，漂亮 beautiful，热 hot，冷 cold
一 one，二 two，三 three，四 four，五 five，六 six，七 seven，八 eight，九 nine，十 ten
人 person，世界 world，名字 name，钱 money
""")

OTHERS = words("""
十一 eleven，十二 twelve，十三 thirteen，十四 fourteen，十五 fifteen，十六 sixteen，十七 seventeen，十八 eighteen，十九 nineteen，二十 twenty，零 zero
星期一 Monday，星期二 Tuesday，星期三 Wednesday，星期四 Thursday，星期五 Friday，星期六 Saturday，星期日 Sunday
一月 January，二月 February，三月 March，四月 April，五月 May，六月 June，七月 July，八月 August，九月 September，十月 October，十一月 November，十二月 December
春天 spring，夏天 summer，秋天 autumn，冬天 winter，早上 morning，下午 afternoon，晚上 evening，周末 weekend，现在 now
分钟 minute，小时 hour，月 month，年 year
梨 pear，桃子 peach，葡萄 grape，西瓜 watermelon，草莓 strawberry，橙子 orange，柠檬 lemon，水果 fruit
土豆 potato，西红柿 tomato，胡萝卜 carrot，黄瓜 cucumber，玉米 corn
肉 meat，牛肉 beef，猪肉 pork，鸡肉 chicken，面条 noodles，饺子 dumplings，汤 soup，蛋糕 cake，巧克力 chocolate，糖 sugar，盐 salt，果汁 juice，啤酒 beer，冰淇淋 ice cream，早餐 breakfast，午餐 lunch，晚餐 dinner
狮子 lion，熊 bear，蛇 snake，老鼠 mouse，青蛙 frog，鸭子 duck，蝴蝶 butterfly，蜜蜂 bee，龙 dragon，动物 animal
弟弟 younger brother，妹妹 younger sister，儿子 son，女儿 daughter，丈夫 husband，妻子 wife，叔叔 uncle，阿姨 aunt，孩子 child，男孩 boy，女孩 girl，男人 man，女人 woman
头 head，脸 face，眼睛 eye，耳朵 ear，鼻子 nose，嘴巴 mouth，牙齿 tooth，头发 hair，手 hand，腿 leg，脚 foot，身体 body
颜色 color，粉色 pink，紫色 purple，灰色 gray
天气 weather，云 cloud，冰 ice
地球 earth，湖 lake，森林 forest，岛 island，草 grass，火 fire，空气 air，光 light
教室 classroom，图书馆 library，大学 university，作业 homework，考试 exam，铅笔 pencil，纸 paper，问题 question，数学 math，历史 history，音乐 music，科学 science，故事 story
床 bed，厨房 kitchen，冰箱 refrigerator，电视 television，杯子 cup，碗 bowl，筷子 chopsticks，勺子 spoon，刀 knife，钥匙 key，雨伞 umbrella，礼物 gift，照片 photo
衣服 clothes，裤子 trousers，裙子 skirt，鞋子 shoes，帽子 hat，手表 watch，包 bag
公共汽车 bus，地铁 subway，船 boat，路 road，桥 bridge，车站 station，机场 airport，地图 map，旅行 travel
城市 city，国家 country，商店 shop，超市 supermarket，酒店 hotel，银行 bank，公园 park
护士 nurse，警察 police officer，司机 driver，工人 worker
去 go，来 come，给 give，买 buy，卖 sell，做 do，玩 play，学习 study，工作 work，教 teach，问 ask，想 think，知道 know，喜欢 like，帮助 help，等 wait，坐 sit，站 stand，飞 fly，游泳 swim，唱歌 sing，打开 open，笑 smile，哭 cry，忘记 forget，打电话 call，希望 hope
高 tall，矮 short，长 long，快 fast，慢 slow，远 far，近 near，多 many，少 few，年轻 young，贵 expensive，容易 easy，难 difficult，忙 busy，累 tired，饿 hungry，生气 angry，伤心 sad，干净 clean，脏 dirty，聪明 clever，可爱 cute，美味 delicious，甜 sweet，辣 spicy，重要 important，有趣 interesting，危险 dangerous，安全 safe，健康 healthy，幸运 lucky，简单 simple
请 please，是 yes，不 no，欢迎 welcome，生日快乐 happy birthday，新年快乐 happy new year，你好吗 how are you
我 I，你 you，他 he，她 she，我们 we，他们 they，这个 this，谁 who，什么 what，哪里 where，为什么 why，什么时候 when，怎么 how
互联网 Internet，电话 telephone，人工智能 artificial intelligence，机器人 robot，游戏 game
电影 movie，钢琴 piano，足球 football，篮球 basketball，春节 Spring Festival
日本 Japan，法国 France，德国 Germany，长城 the Great Wall
生活 life，上 up，下 down，左 left，东 east，南 south，西 west，北 north
蔬菜 vegetable，汉堡 hamburger，披萨 pizza，企鹅 penguin，长颈鹿 giraffe，狐狸 fox，狼 wolf，乌龟 turtle，玫瑰 rose，彩虹 rainbow
家人 family，心 heart，梦想 dream，自由 freedom，和平 peace，成功 success，幸福 happiness，勇敢 brave，错 wrong，跳舞 dance，不客气 you're welcome，圣诞节 Christmas
公司 company，办公室 office，餐厅 restaurant，厕所 toilet，动物园 zoo，书包 schoolbag，眼镜 glasses，科学家 scientist
""")

WORDS = [row | {"English": row["en"][0].upper() + row["en"][1:]} for row in COMMON * 3 + OTHERS]
assert len({row["zh"] for row in COMMON + OTHERS}) == len(COMMON + OTHERS), Counter(row["zh"] for row in COMMON + OTHERS).most_common(5)
TIMES = Counter(row["en"] for row in COMMON + OTHERS)
# The other way only where it is one to one and the English word has no second everyday meaning.
DOUBTFUL = {"short", "like", "light", "free", "right", "watch", "play", "old", "cook", "back", "date", "ring", "tie", "match", "call", "I", "look", "leave", "come on", "plate", "do", "take"}
ONE_TO_ONE = [row for row in WORDS if TIMES[row["en"]] == 1 and row["en"] not in DOUBTFUL]

DIGITS = [{"digits": str(i), **next(row for row in COMMON + OTHERS if row["zh"] == zh)}
          for i, zh in enumerate("零 一 二 三 四 五 六 七 八 九 十 十一 十二 十三 十四 十五 十六 十七 十八 十九 二十".split())]

TO_ENGLISH = """
{zh}用英语怎么说？
{zh}用英文怎么说？
{zh}的英文是什么？
{zh}的英语是什么？
{zh}的英文怎么说
{zh}的英语怎么讲？
“{zh}”用英语怎么说？
“{zh}”的英文是什么？
“{zh}”的英文
“{zh}”英语怎么说
“{zh}”用英语[该|应该|要|]怎么讲？
[把|将|帮我把|麻烦把]“{zh}”[翻译|译]成[英文|英语]。
把{zh}[翻译|译|翻|变]成[英文|英语]
翻译：{zh}
翻译一下：{zh}
翻译{zh}
翻译“{zh}”
英译：{zh}
中译英：{zh}
翻译成英[文|语]：{zh}
{zh}[翻译|译|翻]成英[文|语]
{zh}翻译成英文是什么？
{zh}翻成英语是啥？
怎么用英[语|文]说{zh}？
怎样用英语说“{zh}”？
如何用英语表达“{zh}”？
用英[语|文]怎么说{zh}？
用英语说“{zh}”
用英文写“{zh}”
{zh} 英语
{zh} 英文
{zh}英语
{zh}英文怎么说
{zh}英语咋说
{zh}英文咋讲？
{zh}英文是啥
{zh}用英语咋说呀
{zh}用英语说是什么？
英[文|语]里{zh}怎么说？
英[文|语]里的“{zh}”是哪个词？
英语中“{zh}”怎么说
{zh}的英[文|语]单词是什么？
{zh}的英文单词怎么[写|拼]？
{zh}的英文怎么[拼|写]？
{zh}的单词是什么
哪个英文[单词|词]是“{zh}”的意思？
什么英语单词表示“{zh}”？
表示“{zh}”的英文[单词|]是什么？
{zh}对应的英文是什么？
{zh}的英文翻译
“{zh}”这个词用英语怎么说？
“{zh}”这个词的英文是什么？
我想知道{zh}用英语怎么说。
我想学“{zh}”的英文
[告诉我|教我|教教我]{zh}的英[文|语]
教我用英语说“{zh}”
[你知道|你会说|知道]{zh}的英[文|语]吗？
你知道{zh}用英语怎么说吗？
[能|可以]告诉我“{zh}”的英文吗？
[能不能|可不可以|可以]帮我翻译“{zh}”？
[帮我|请帮我|麻烦]翻译[一下|下]“{zh}”
帮我把{zh}译成英语
{zh}英语怎么说来着？
忘了{zh}的英文怎么说
我忘了“{zh}”用英语怎么说，告诉我一下
孩子问我{zh}的英语怎么说
我[儿子|女儿|同学]问{zh}用英语怎么说
学英语：{zh}
英语作业：{zh}的英文是什么
英语单词：{zh}
写出“{zh}”的英文
说出{zh}的英文
{zh}，英文怎么说？
{zh}，用英语怎么说？
{zh}翻译
{zh}的英语怎么念
要用英语说{zh}，该怎么说？
如果我想[说|表达]“{zh}”，英语怎么说？
查一下{zh}的英文
给我{zh}的英文
{zh}[的英语|的英文|英语|英文]叫[什么|啥]？
{zh}在英[语|文]里叫[什么|啥]？
{zh}在英语里[怎么说|怎么讲|是什么|是哪个词]？
英[语|文]把{zh}叫[做|]什么？
[老外|外国人|英国人|美国人][怎么说|咋说|怎么讲]{zh}？
[老外|外国人]管{zh}叫[什么|啥]？
[跟|和|对]老外说“{zh}”[怎么讲|该怎么说|咋说]？
[在国外|出国后|去国外]想说{zh}，[英语怎么说|用英语怎么讲]？
{zh}的英[语|文]是[啥|哪个|哪个单词|哪个词|啥词]？
{zh}这个词[英语怎么讲|英文怎么写|用英语咋说|翻译成英文]
“{zh}”这[词|个词]英语里[咋说|有吗|怎么表达]？
{zh}英[语|文]怎么[写|拼|念|读]？
{zh}英[语|文]单词[是啥|怎么写|是什么|怎么拼]
[拼|拼写|写]一下{zh}的英文[单词|]
把{zh}的英[语|文]写[给我|出来|一下]
把“{zh}”[换成|变成|改成|转成|翻作]英[语|文]
{zh}[换成|变成|转成|改成]英[语|文][怎么说|是什么|]
[换成|变成|转成|改成]英[语|文]：{zh}
{zh}，英[语|文][|单词|咋说|叫啥]
{zh}，[翻译成|译成|翻成]英[语|文]
英[语|文]：{zh}
英[语|文][怎么说|怎么讲|咋说][：|，| ]{zh}
英[语|文]怎么[表达|表示]“{zh}”？
用英[语|文][讲|说说|说一下|表达]“{zh}”
用[English|english]怎么说{zh}
{zh}用[English|english]怎么说
{zh} [in English|English|english|英译|译英]
{zh}的英译[是什么|]
求{zh}的英[文|语][单词|怎么说|]
求翻译：{zh}
求助，{zh}[用英语怎么说|的英文是啥]
[我要|我需要|想要]{zh}的英[文|语][单词|]
[想不起来|记不得|记不住|突然忘了]{zh}的英[语|文][了|怎么说了]
{zh}的英[语|文]我[忘了|不会|不知道|想不起来]
[不知道|不会|我不会]用英语说{zh}
[不知道|不会|不晓得]{zh}的英[语|文]怎么说
有没有[表示|]{zh}的英[语|文][单词|词]？
{zh}有对应的英文[吗|词吗]？
[老师|英语老师]让[写|拼|背]{zh}的英[语|文]，[怎么写|怎么拼|是啥]？
[老师|考试|卷子|作业]考{zh}的英[语|文]，[是什么|怎么写]？
[孙子|外孙|娃|小孩]问我{zh}[英语怎么说|英文咋说]，我[不会|不知道]
我[孙子|孙女|娃]学英语，{zh}怎么说？
[教孩子|教娃|陪孩子]学英语，{zh}[怎么说|是哪个单词]？
[默写|听写|背单词|英语词汇|单词表|词汇]：{zh}
[考考你|考你一下|问你|试试]，{zh}[的英语|的英文|用英语怎么说|英文是啥]？
[单词|英语]里面，{zh}[怎么说|是哪个]？
{zh}翻[译|]出来[是什么|是啥]英[语|文]？
{zh}[翻译过去|译过去|翻过去]是哪个英文词？
我想用英语[说|写]“{zh}”
[写作文|写邮件|写卡片]要用到{zh}，英语[怎么说|怎么写]？
英[语|文]单词里哪个是{zh}？
那{zh}[用英语怎么说|的英文|的英语]呢？
{zh}的英[语|文]呢？
再[问|翻译|来]一个，{zh}[的英文|用英语怎么说]
[你|]会用英语说{zh}[吗|不]？
会[拼|写|说]{zh}的英[语|文][单词|]吗？
[帮我|帮忙|麻烦][看看|查查|查下|想想]{zh}[的英文|英语怎么说]
能[帮忙|帮我|给我]把{zh}[翻|译|翻译]成英[文|语]吗？
[小学|初中|课本上]学的{zh}，英[语|文]怎么说来着
{zh}洋文[怎么说|咋说|叫啥]
我只知道中文叫{zh}，英[语|文]呢？
"""

TO_CHINESE = """
{en}是什么意思？
{en} 是什么意思？
“{en}”是什么意思？
“{en}”是啥意思
{English}是什么意思？
{English} 是什么意思
{en} 什么意思
{en}啥意思
{en}的意思是什么？
{en} 的意思
{en}的中文是什么？
{en} 的中文是什么
{en}中文
{en} 中文怎么说
{en}用中文怎么说？
“{en}”用中文怎么说？
{English}用中文怎么说？
{en}的中文意思
翻译 {en}
翻译：{en}
翻译一下 {en}
翻译{en}
[把|将]“{en}”[翻译|译]成中文。
把{en}[翻译|译|翻]成[中文|汉语]
{en} [翻译|译]成中文
{en}翻译成中文是什么？
英译中：{en}
英文{en}是什么意思？
英语里{en}是什么意思？
英语单词{en}是什么意思？
英文单词 {en} 怎么翻译？
单词{en}的意思
{en}这个单词[是|]什么意思？
{en}这个词怎么翻译？
{en} 怎么翻译
{en}怎么译
{en} 在中文里是什么？
{en}对应的中文是什么？
{en}汉语是什么
{en} 用汉语怎么说
{en}指的是什么？
{en}表示什么意思？
我看到一个词{en}，是什么意思？
不认识{en}这个单词
不知道{en}是什么意思
我想知道{en}是什么意思
[你知道|知道|你晓得]{en}是什么意思吗？
[能|可以]告诉我{en}的中文吗？
[帮我|请帮我|麻烦]翻译一下{en}
[告诉我|教我]{en}是什么意思
{en}是什么意思来着？
孩子问我{en}是什么意思
查一下{en}的意思
解释一下{en}这个单词
{en}中文叫[什么|啥]？
{en}的中文叫[什么|啥]？
{en}[用|]中文[咋说|怎么讲|咋讲|叫啥]
{en} [用|]汉语[咋说|怎么讲|叫什么]
{en}在[中文|汉语]里[怎么说|叫什么|是哪个词]？
{en}的[汉语|中文]意思是[什么|啥]？
{en}[译成|翻成|换成|变成][汉语|中文][是什么|是啥|怎么说|]
[译成|换成|变成|翻成][汉语|中文]：{en}
{en}，[翻译成|译成]中文
{en}，中文
{en} 翻译[下|一下|]
{en} 意思
{en}翻译过来[是什么|是啥|叫啥]？
{en}[代表|是指|指]什么？
{en}[到底|究竟]是什么意思？
“{en}”是[哪个|什么]词的英文？
英[译汉|翻中|文转中文]：{en}
[看到|学到|碰到|遇到][一个|个]单词{en}，[啥意思|不认识|不懂|什么意思]
有个[英文|英语|]单词[叫|是|]{en}，[什么意思|啥意思|不认识]
[书上|衣服上|包装上|路牌上|课本里]写着{en}，[是什么意思|啥意思]？
{en}[看不懂|我不认识|我不懂|不会读也不懂]
[看不懂|不懂|不明白]{en}[是啥|什么意思|这个词|]
{en}这个[词|单词][我不认识|忘了|忘了意思|是啥意思]
[老师|老外|他|同事]说{en}，[是什么意思|啥意思]？
{en}[的意思我忘了|我忘了是什么意思]
[求|给我|想要|要]{en}的[中文|中文意思|汉语意思]
[词义|释义|单词|查词|英语单词]：{en}
[考考你|考你|问你]，{en}[是什么意思|的中文|啥意思]？
那{en}呢，[什么意思|中文是啥]？
英语{en}[什么意思|啥意思|翻译成中文]
英文里[的|]{en}[指什么|是啥|是什么意思]？
[认识|认得|知道]{en}[吗|这个词吗|这个单词吗]？
{en}[汉译|的汉译|的译文][是什么|]
[孙子|孩子|女儿]学了{en}，[这是什么意思|是啥意思]？
{en}[应该|该]怎么翻[译|]成中文？
"""

BEYOND = "我只会把日常的词译成英文，整句和别的语言还不会。装上 13B 就可以：" + PULL

LANGUAGES = "日语 日文 法语 法文 德语 德文 韩语 韩文 俄语 俄文 西班牙语 意大利语 葡萄牙语 阿拉伯语 泰语 越南语 拉丁语 希腊语 荷兰语 粤语 印地语 土耳其语 文言文 蒙古语 藏语".split()

SENTENCES = """
今天天气真好，我们去公园散步吧。
我昨天晚上没有睡好觉。
这家餐馆的菜很好吃，就是有点贵。
请问最近的地铁站怎么走？
会议推迟到下周三下午三点。
我们公司主要做软件开发。
他每天早上六点起床跑步。
我非常感谢您的帮助和支持。
这个问题比我们想象的要复杂得多。
科学技术是第一生产力。
他一边走路一边听音乐。
我觉得这部电影没有书好看。
小明把作业忘在家里了。
下雨了，记得带伞。
我想订一张去上海的机票。
如果明天不下雨，我们就去爬山。
你能不能说得慢一点？
我对这个职位很感兴趣。
她的笑容像春天的阳光一样温暖。
他问我什么时候有空一起吃饭。
请把门关上，外面太冷了。
我从小就喜欢读历史故事。
这件衣服有没有大一号的？
生活就像一盒巧克力。
时间过得真快，一年又要结束了。
人工智能正在改变我们的生活。
我爸爸在医院工作，我妈妈是老师。
你为什么不早点告诉我？
周末我打算在家休息。
我的电脑坏了，需要修理。
学而时习之，不亦说乎。
床前明月光，疑是地上霜。
我明天要去北京出差
我有一个梦想
我喜欢吃苹果
我的猫很可爱
他是一名医生
她正在学习英语
我们一起去看电影吧
你吃饭了吗
这本书很有意思
我家有四口人
天空是蓝色的
我想喝一杯咖啡
路上小心
好久不见，你最近怎么样
""".strip().splitlines()
ENGLISH_SENTENCES = """
The weather is nice today.
I have never been to Paris.
Could you tell me where the station is?
She has been working here for ten years.
To be or not to be, that is the question.
Where there is a will, there is a way.
He didn't come because he was ill.
I would like a cup of coffee, please.
The quick brown fox jumps over the lazy dog.
What are you going to do this weekend?
Time flies when you are having fun.
My father bought me a new bicycle.
Please send me the report before Friday.
Practice makes perfect.
I am looking forward to your reply.
We should protect the environment.
It is raining outside
This book is very interesting
I like playing football with my friends
Thank you for your help
There are three apples on the table
Knowledge is power
""".strip().splitlines()

UNKNOWN_WORDS = """量子力学 光合作用 区块链 螺丝刀 橡皮泥 榴莲 脚手架 拖拉机 挖掘机 显微镜 望远镜 指甲刀 创可贴 体温计 听诊器 灭火器 压力锅 微波炉 吸尘器 电磁炉 豆浆机 羽毛球拍 滑板车 热气球 潜水艇 航空母舰
起重机 变压器 发动机 方向盘 后视镜 安全带 红绿灯 斑马线 立交桥 高速公路 收费站 停车场 加油站 派出所 居委会 幼儿园 养老院 实验室 天文台 气象局 消防站 殡仪馆 拍卖 抵押 贷款 通货膨胀 股票 基金 债券 保险单
合同 发票 海关 签证 身份证 户口本 驾照 简历 论文 摘要 参考文献 微积分 线性代数 概率论 方程 函数 三角形 平行四边形 圆周率 对数 矩阵 向量 神经网络 机器学习 编译器 操作系统 数据库 防火墙 浏览器 分辨率
细胞 基因 染色体 蛋白质 维生素 抗生素 疫苗 糖尿病 高血压 肺炎 骨折 手术 麻醉 针灸 中医 太极拳 京剧 相声 书法 国画 剪纸 风筝 鞭炮 对联 灯笼 粽子 汤圆 糖葫芦 臭豆腐 麻婆豆腐 宫保鸡丁 小笼包 煎饼果子
画蛇添足 守株待兔 井底之蛙 对牛弹琴 一石二鸟 马到成功 塞翁失马 亡羊补牢 掩耳盗铃 自相矛盾 缘分 撒娇 内卷 躺平 加班 面子 关系户 孝顺 江湖 上火 社恐 吐槽 山寨 犹豫 惆怅 尴尬 羡慕 嫉妒 谦虚 慷慨 固执 幽默
蒲公英 向日葵 仙人掌 薰衣草 梧桐 银杏 枫叶 水仙 牡丹 荷花 菊花 壁虎 蜥蜴 刺猬 穿山甲 河马 犀牛 水母 章鱼 海星 啄木鸟 麻雀 孔雀 蝙蝠 萤火虫 蜻蜓 螳螂 蟋蟀 蚯蚓 蜈蚣""".split()
UNKNOWN_ENGLISH = """quantum photosynthesis entropy algorithm serendipity bureaucracy philosophy metabolism archaeology hypothesis synonym parliament mortgage inflation dividend catalyst pharmacy stethoscope microscope telescope
volcano hurricane avalanche glacier peninsula archipelago blueprint scaffold gearbox carburetor semaphore compiler bandwidth latency firewall checksum gratitude melancholy nostalgia ambiguous meticulous resilient gorgeous
eloquent stubborn arrogant procrastinate negotiate evaporate demolish whisper shrug stumble hesitate accumulate notwithstanding nevertheless furthermore porcupine hedgehog walrus""".split()
KNOWN = {row["zh"] for row in COMMON + OTHERS}

INTENTS = [
    Intent("translate", TO_ENGLISH.strip().splitlines(), ["“{zh}”的英文是 {en}。"], WORDS, 18),
    Intent("translate", """
{digits}用英语怎么说？
{digits}的英文是什么？
{digits}的英语怎么说
数字{digits}用英语怎么说？
数字 {digits} 的英文
数字{digits}的英语单词是什么？
英语里{digits}怎么读？
{digits}用英文怎么写？
{digits} 英语
{digits} 英文怎么说
把数字{digits}翻译成英文
怎么用英语说{digits}？
""".strip().splitlines(), ["“{zh}”的英文是 {en}。"], DIGITS, 0.6),
    Intent("translate", TO_CHINESE.strip().splitlines(), ["{en} 的意思是“{zh}”。"], ONE_TO_ONE, 7),
    Intent("translate", """
把这[段话|句话|篇文章|一段|几句话]翻译成英文：{sentence}
把这句话译成英语：{sentence}
把下面[的话|这句|这段话|的句子|的内容]翻译成英文：{sentence}
帮我把这句[话|]翻译成英文：{sentence}
请把“{sentence}”翻译成英文
将“{sentence}”译成英语
翻译成英文：{sentence}
翻译成英语：{sentence}
翻译：{sentence}
翻译一下：{sentence}
翻译一下这句[话|]：{sentence}
翻译这句话 {sentence}
帮我翻译[一下|]：{sentence}
帮忙翻译个句子：{sentence}
“{sentence}”用英语怎么说？
“{sentence}”的英文是什么？
“{sentence}”这句话用英语怎么说？
“{sentence}”翻译成英文
{sentence} 翻译成英文
{sentence} 这句话用英语怎么说？
{sentence}用英文怎么说
怎么用英语说“{sentence}”？
用英文写：{sentence}
中译英：{sentence}
我想用英语说：{sentence}
[求|帮|请|麻烦]翻译[下|一下|这句|]：{sentence}
{sentence} [帮我|]翻[译|]成英[文|语]
{sentence} [英文|英语|英译|译英文]
{sentence} [怎么翻|怎么译|英语咋说|英文怎么讲]
[老外|外国人]会怎么说“{sentence}”？
[这句话|这一句|下面这句]英[语|文]怎么说：{sentence}
英[语|文]怎么说：{sentence}
[换成|变成|改成|转成]英[语|文]：{sentence}
[邮件|作文|作业]里要写“{sentence}”，英文怎么写？
我要跟老外说“{sentence}”，[怎么讲|英语怎么说]？
[老师|作业]让翻译“{sentence}”
""".strip().splitlines(), [BEYOND], [{"sentence": sentence} for sentence in SENTENCES], 3),
    Intent("translate", """
翻译：{sentence}
翻译一下：{sentence}
翻译成中文：{sentence}
把这句话翻译成中文：{sentence}
把这段英文译成中文：{sentence}
帮我翻译[一下|]：{sentence}
“{sentence}”是什么意思？
{sentence} 是什么意思
{sentence} 这句话是什么意思？
{sentence} 翻译成中文
这句英文怎么翻译：{sentence}
英译中：{sentence}
“{sentence}”用中文怎么说？
{sentence} [啥意思|什么意思|翻译一下|中文意思|看不懂]
[看不懂|不懂]这句[英文|英语|]：{sentence}
[译成|翻成|换成][中文|汉语]：{sentence}
[老外|他|同事]跟我说“{sentence}”，[什么意思|啥意思]？
这句[英语|话]什么意思：{sentence}
“{sentence}”[怎么翻译|怎么译|的中文|翻成中文]
""".strip().splitlines(), [BEYOND], [{"sentence": sentence} for sentence in ENGLISH_SENTENCES], 1.5),
    Intent("translate", """
{zh}用{language}怎么说？
“{zh}”用{language}怎么说？
用{language}怎么说{zh}？
怎么用{language}说“{zh}”？
用{language}说{zh}
翻译成{language}：{zh}
把{zh}翻译成{language}
把“{zh}”译成{language}。
{zh}的{language}是什么？
{zh}的{language}怎么说
{zh} {language}
{zh} {language}怎么说
{language}里{zh}怎么说？
“{zh}”翻译成{language}
帮我把{zh}翻成{language}
{language}的“{zh}”怎么说？
教我用{language}说{zh}
我想知道{zh}用{language}怎么讲
{zh}{language}咋说
你知道{zh}用{language}怎么说吗？
{zh}的{language}[叫什么|是啥|咋讲|怎么写|怎么读]
{zh}[换成|变成|译成|翻成]{language}[怎么说|]
{language}怎么说{zh}？
{language}[管|把]{zh}叫什么？
{language}[：|，]{zh}
{zh}，{language}[怎么说|呢|咋说]？
那{zh}的{language}呢？
我想学{zh}的{language}
会用{language}说{zh}吗？
{zh}用{language}[表达|写|念]是什么
[求|告诉我|给我|查一下]{zh}的{language}
[考考你|问你]，{zh}的{language}[是什么|]
""".strip().splitlines(), [BEYOND], [{"zh": row["zh"], "language": language} for row in COMMON + OTHERS[::4] for language in LANGUAGES], 2.5),
    Intent("translate", """
把这段话翻译成{language}
帮我翻译成{language}
你会{language}翻译吗？
能翻译{language}吗？
你能把中文翻译成{language}吗？
可以译成{language}吗
会不会翻译{language}？
中文翻译成{language}
我要翻译一篇{language}文章
把这句翻成{language}行吗
我有段{language}看不懂，帮我翻译一下
{language}翻译
翻译{language}
[懂|会|能看懂|认识]{language}吗？帮我翻译[一下|]
[能|会]译{language}[吗|不]？
有没有{language}翻译[功能|]？
支持[翻译|]{language}[翻译|]吗？
{language}[能|可以|会]翻译[吗|不]？
{language}[翻译|互译][行不行|行吗|可以吗|做得到吗]？
我需要[一个|]{language}翻译
[有个|有份|收到]{language}的[说明书|邮件|文件]，[帮我译一下|能翻译吗]？
译成{language}[要怎么弄|行吗|]
[中文|英语|英文][转|译|翻]{language}[行吗|]
把[它|上面的话|下面的内容][翻译|译]成{language}
""".strip().splitlines(), [BEYOND], [{"language": language} for language in LANGUAGES], 1.2),
    Intent("translate", """
你会翻译句子吗？
能翻译长句子吗
可以翻译一段话吗？
能不能帮我翻译一篇文章？
帮我翻译一篇文章
帮我翻译这篇论文
我有一封英文邮件要翻译
帮我翻译[一封|这封|一下这封]邮件
翻译一下这段英文
帮我翻译一段英文
帮我翻译一段话
把这段话翻译成英文
把我刚才说的话翻译成英文
把上面那句[话|]翻译成英文
把这首诗翻译成英文
把文章译成英语
这段文字怎么翻译成英文？
可以翻译整篇文档吗？
能翻译小说吗
翻译一下歌词
把这份简历翻译成英文
我想翻译一个句子
有句英文看不懂，能帮我翻译吗？
你可以做同声传译吗
帮我译一段说明书
你翻译得了整段的文字吗？
把我的自我介绍翻译成英文
英语句子你会翻译吗
除了英语，你还会翻译别的语言吗？
你会翻译几种语言？
除了英文还能译成什么语言
别的语言你会翻译吗
小语种能翻译吗？
整句[话|]能翻[译|]吗？
[一整段|大段|整段|整篇]的[话|文字|文章]能[翻|译|翻译]吗？
[长句|长句子|长文|句子]行不行？我要翻译
[论文|合同|小说|字幕|歌词|新闻|简历|菜单|说明书|邮件][能|可以|会]翻译吗？
[帮忙|帮我|麻烦]翻[译|]一[段|篇|份][英文|英语|][论文|合同|小说|资料|材料|新闻]
[有一段|有篇|有份|手上有][英文|英语|外语][资料|文档|论文|材料]，[能译吗|帮我译一下|看不懂]
能[不能|]帮我把[一段话|一句话|一封信|一篇作文][翻译|译]成英文？
我写了[一段|一篇]中文，[想翻译成英文|帮我译成英语]
[翻译|译]个[句子|短文|段落][行吗|可以吗|]
会翻译[文言文|古文|诗歌|古诗|歌词]吗？
把[这个句子|上一句|你刚才的回答|前面那段][翻译|译]成英文
我有一段中文自我介绍，[想翻成英文|要英文版]
[实时|同步|在线]翻译[行吗|能做吗|有吗]？
只会英语吗？[别的|其他|小]语种呢？
能译[哪些|几种|什么]语言？
""".strip().splitlines(), [BEYOND], weight=1.2),
    Intent("translate", """
你会翻译吗？
你能翻译吗
你会英语翻译吗？
可以帮我翻译吗？
能帮我翻译英语吗
能把中文翻译成英文吗？
你会把词译成英文吗？
你能不能翻译单词？
会翻译单词吗
你认识英语单词吗？
我想翻译一个单词
帮我翻译个单词
我要翻译
我想翻译一个词
翻译
查单词
你能当词典用吗？
你可以教我英语单词吗？
教我几个英语单词吧
我想学英语单词
[能|可以]帮[我|忙]翻译个词吗？
有个[词|单词]想[翻译|问你英文|问英语怎么说]
想问[个|一个]英[语|文]单词
[我|]有[几个|个]单词不会[，你能帮忙吗|]
[我|]想[查|问|学][几个|个|一个][英文|英语|]单词
[查|翻|问]个[英文|英语|]单词
英[汉|语|文]词典有吗？
有没有[词典|翻译|查单词]功能？
[翻译|查单词|译单词]怎么用？
[你的|]翻译[功能|]怎么[用|问]？
[当|做]我的英[语|汉]词典[吧|行吗|]
[来|开始]学英语单词[吧|]
[陪|教|带]孩子[学|背][英语|英文|]单词[吧|行吗|]
[中译英|英译中|译单词]行吗？
[能不能|会不会|可不可以]译[词|单词|英文词]？
[单词|词][你|]会翻译吗？
[能|会]翻译[哪些|什么|多少][词|单词]？
""".strip().splitlines(), ["只会把日常的词译成英文，比如问我：苹果用英语怎么说？长的句子不行。"], weight=2.0),
    Intent("translate", TO_ENGLISH.strip().splitlines(),
           ["这个词我还不会译。装上 13B 就可以：" + PULL],
           [{"zh": zh} for zh in UNKNOWN_WORDS if zh not in KNOWN], 2.5),
    Intent("translate", TO_CHINESE.strip().splitlines(),
           ["这个词我还不会译。装上 13B 就可以：" + PULL],
           [{"en": en, "English": en.capitalize()} for en in UNKNOWN_ENGLISH], 1),
]
