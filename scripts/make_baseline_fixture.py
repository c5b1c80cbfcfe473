#!/usr/bin/env python3
"""What scikit-learn makes of a few texts: their TF-IDF, and what logistic regression says of others.

    pip install scikit-learn
    scripts/make_baseline_fixture.py Tests/BaselinesTests/Fixtures/baseline.json
"""

import json
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

TRAINING = [
    ("股市今日大涨", "0100"), ("股市收盘小幅下跌", "0100"), ("基金净值上涨", "0101"), ("基金经理谈股市", "0101"),
    ("Stock market news today", "0100"), ("球队主场两连胜", "0200"), ("主场球迷庆祝胜利", "0200"),
    ("Home team wins again", "0200"), ("新赛季门票开售", "0201"), ("门票今日开售", "0201"), ("", "0100"),
    ("游戏新版本今日上线", "0302"), ("新版本游戏攻略", "0302"), ("Game update: new version", "0302"),
    ("游戏 游戏 游戏", "0302"), ("team TICKETS on sale", "0201"), ("market fund news", "0101"),
]
OTHERS = ["股市 news", "球队门票", "new game version", "", "ＸＹＺ", "今日今日今日股市"]


def probabilities(model, features):
    return [dict(zip(model.classes_.tolist(), row)) for row in model.predict_proba(features).tolist()]


def main():
    texts, labels = [text for text, _ in TRAINING], [label for _, label in TRAINING]
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2)
    features = vectorizer.fit_transform(texts)
    others = vectorizer.transform(OTHERS)
    names = vectorizer.get_feature_names_out()

    def rows(matrix):
        return [
            {names[place]: value for place, value in zip(matrix[row].indices.tolist(), matrix[row].data.tolist())}
            for row in range(matrix.shape[0])
        ]

    def fitted(targets):
        model = LogisticRegression(C=10, solver="liblinear", tol=1e-9, max_iter=10000)
        return OneVsRestClassifier(model).fit(features, targets)

    level1 = probabilities(fitted([label[:2] for label in labels]), others)
    level2 = probabilities(fitted(labels), others)
    combined = []
    for first, second in zip(level1, level2):
        sums = {}
        for category, value in second.items():
            sums[category[:2]] = sums.get(category[:2], 0) + value
        combined.append({c: first[c[:2]] * value / sums[c[:2]] for c, value in second.items()})
    fixture = {
        "training": [{"text": text, "category": label} for text, label in TRAINING],
        "others": OTHERS,
        "training_rows": rows(features),
        "other_rows": rows(others),
        "level1": level1,
        "combined": combined,
    }
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        json.dump(fixture, file, ensure_ascii=False, indent=1, sort_keys=True)
        file.write("\n")


main()
