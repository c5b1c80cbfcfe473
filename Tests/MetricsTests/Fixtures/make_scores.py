"""Writes scores.json: random categories and what scikit-learn says of them.

    pip install scikit-learn numpy
    python make_scores.py > scores.json
"""

import json
import warnings

import numpy
from sklearn.metrics import f1_score, precision_recall_fscore_support

warnings.filterwarnings("ignore")  # undefined precisions and recalls are 0, as intended


def case(name, generator, classes, count, accuracy):
    # A long tail, so that some classes are only in the truth, only in the prediction, or in neither.
    weights = 1.0 / numpy.arange(1, len(classes) + 1)
    weights /= weights.sum()
    truth = generator.choice(classes, count, p=weights)
    predicted = numpy.where(generator.random(count) < accuracy, truth, generator.choice(classes, count))
    levels = {}
    for level, digits in (("level1", 2), ("level2", 4)):
        t = [category[:digits] for category in truth]
        p = [category[:digits] for category in predicted]
        labels = sorted(set(t) | set(p))
        precision, recall, f1, support = precision_recall_fscore_support(t, p, labels=labels, zero_division=0)
        levels[level] = {
            "micro": f1_score(t, p, average="micro"),
            "macro": f1_score(t, p, average="macro"),
            "labels": labels,
            "precision": precision.tolist(),
            "recall": recall.tolist(),
            "f1": f1.tolist(),
            "support": support.tolist(),
        }
    return {"name": name, "truth": truth.tolist(), "predicted": predicted.tolist(), **levels}


def main():
    generator = numpy.random.default_rng(7)
    many = [f"{a:02d}{b:02d}" for a in range(23) for b in range(9)]
    few = ["0000", "0001", "0100", "0207"]
    cases = [
        case("good", generator, few, 60, 0.8),
        case("bad", generator, few, 40, 0.1),
        case("all right", generator, few, 20, 1.1),
        case("long tail", generator, many, 400, 0.6),
        case("single", generator, few, 1, 0.0),
    ]
    print(json.dumps(cases))


main()
