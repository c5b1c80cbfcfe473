/// What the text of a video is about, and with it the first half of its category.
struct Topic: Sendable {
  var chinese: [String]
  var english: [String]

  static let all = [
    Topic(
      chinese: ["红烧肉", "下厨", "食谱", "炒菜", "火锅", "甜品", "烘焙", "面条", "调料", "美味"],
      english: ["recipe", "cooking", "kitchen", "noodles", "dessert", "baking", "sauce", "delicious"]),
    Topic(
      chinese: ["足球", "进球", "比赛", "球队", "篮球", "冠军", "射门", "教练", "运动员", "决赛"],
      english: ["football", "goal", "match", "team", "champion", "coach", "league", "final"]),
    Topic(
      chinese: ["旅行", "海边", "古镇", "攻略", "酒店", "雪山", "景点", "自驾", "风景", "机票"],
      english: ["travel", "beach", "hotel", "mountain", "flight", "scenery", "island", "itinerary"]),
    Topic(
      chinese: ["小猫", "小狗", "宠物", "猫粮", "铲屎官", "橘猫", "遛狗", "鹦鹉", "喵星人", "撸猫"],
      english: ["kitten", "puppy", "pet", "parrot", "paws", "leash", "furry", "hamster"]),
    Topic(
      chinese: ["汽车", "试驾", "发动机", "油耗", "新能源", "轮胎", "车型", "底盘", "电池", "续航"],
      english: ["engine", "sedan", "battery", "tyres", "driving", "mileage", "horsepower", "garage"]),
    Topic(
      chinese: ["吉他", "翻唱", "钢琴", "歌词", "演唱会", "旋律", "节奏", "鼓手", "原创", "乐队"],
      english: ["guitar", "cover", "piano", "lyrics", "concert", "melody", "drummer", "band"]),
    Topic(
      chinese: ["穿搭", "口红", "护肤", "连衣裙", "化妆", "显瘦", "面膜", "眼影", "时尚", "搭配"],
      english: ["outfit", "lipstick", "skincare", "dress", "makeup", "fashion", "mascara", "stylish"]),
    Topic(
      chinese: ["游戏", "通关", "副本", "皮肤", "队友", "攻击力", "开黑", "装备", "排位", "主播"],
      english: ["gaming", "boss", "quest", "ranked", "loot", "console", "speedrun", "multiplayer"]),
  ]
}

/// Words that say nothing of the topic.
enum Filler {
  static let chinese = [
    "今天", "大家好", "一起", "看看", "真的", "太好了", "朋友们", "分享", "日常", "记录", "生活", "这个", "然后",
    "我们", "就是", "非常", "喜欢", "第一次", "视频", "最后",
  ]
  static let english = [
    "today", "hello", "everyone", "really", "watch", "this", "amazing", "friends", "share", "daily", "life",
    "then", "just", "love", "first", "finally",
  ]
  /// What is written over many videos.
  static let captions = ["关注我", "点赞收藏", "未完待续", "LIVE", "subscribe", "2022", "@小视频", "10:24", "HD", "转发"]
}
