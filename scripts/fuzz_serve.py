"""Sends every file of a folder to a server, each in a form that is damaged in every third case, and a good one after each.

    fuzz_serve.py ADDRESS SEED FOLDER GOOD

Exits with 1 where something has no answer, an answer is none of those that there may be, or the good one's changes.
"""
import collections
import concurrent.futures
import http.client
import json
import pathlib
import random
import sys
import urllib.parse

BOUNDARY = b"----fuzz"


def form(parts):
    body = b"".join(
        b"--%s\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n\r\n%s\r\n"
        % (BOUNDARY, name.encode(), b'; filename="a"' if name == "video" else b"", content)
        for name, content in parts)
    return body + b"--%s--\r\n" % BOUNDARY


def damaged(body, chance):
    """With bits flipped, a part cut out or the end gone."""
    body = bytearray(body)
    kind = chance.randrange(3)
    if kind == 0:
        for _ in range(chance.randrange(1, 20)):
            body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    elif kind == 1:
        start = chance.randrange(len(body))
        del body[start:start + chance.randrange(1, 400)]
    else:
        del body[chance.randrange(len(body)):]
    return bytes(body)


def ask(address, body):
    connection = http.client.HTTPConnection(address, timeout=120)
    try:
        connection.request(
            "POST", "/v1/classify?top=3", body,
            {"Content-Type": "multipart/form-data; boundary=" + BOUNDARY.decode()})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def told(answer):
    video = answer["videos"][0]
    return video["video"]["status"], {row["category_id"]: row["probability"] for row in video["probabilities"]}


def is_same(one, other):
    """What shares a batch with something else rounds otherwise."""
    return one[0] == other[0] and all(
        abs(probability - other[1].get(category, probability)) < 1e-4 for category, probability in one[1].items())


def main(address, seed, folder, good):
    address = urllib.parse.urlparse(address).netloc
    good = form([("title", b"good"), ("video", pathlib.Path(good).read_bytes())])
    status, answer = ask(address, good)
    assert status == 200, answer
    expected = told(answer)
    counts = collections.Counter()

    def one(numbered):
        number, path = numbered
        chance = random.Random(f"{seed} {number}")
        body = form([("title", b"fuzz"), ("video", path.read_bytes())])
        if number % 3 == 0:
            body = damaged(body, chance)
        status, answer = ask(address, body)
        if status == 200:
            counts["200 " + answer["videos"][0]["video"]["status"]] += 1
        elif status in (400, 413, 422) and set(answer) == {"error", "reason"}:
            counts[f"{status} {answer['reason']}"] += 1
        else:
            raise AssertionError(f"{path}: {status} {answer}")
        status, answer = ask(address, good)
        assert status == 200 and is_same(told(answer), expected), (path, status, answer)

    files = sorted(path for path in pathlib.Path(folder).rglob("*") if path.is_file())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        for _ in pool.map(one, enumerate(files)):
            pass
    print(f"{len(files)} damaged uploads, as many good ones between, all of them answered")
    for name, count in sorted(counts.items()):
        print(f"  {count:6d} {name}")


if __name__ == "__main__":
    main(*sys.argv[1:])
