#!/usr/bin/env python3
"""How many videos a second `framewise serve` answers, against `extract` and `infer` of the same files.

    Benchmarks/serve.py --framewise .build/release/framewise --run demo/run --videos demo/videos \
        --annotations demo/test.json [--rounds 3] [--clients 8] [--repeat 4]

In each round the two run in turn, who goes first alternates; the ratio counts, its median and every round. `extract` and
`infer` are less their start, which is that of the same commands over one video. The server is started anew in each round: the
time until it listens is its cold start. `clients` requests are under way at a time, each with a file and its texts.
"""
import argparse
import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

BOUNDARY = "----framewise"


def form(entry, video):
    """The body of a question about the bytes of a video and its texts."""
    parts = [("id", entry["id"].encode()), ("title", entry.get("title", "").encode()),
             ("speech", entry.get("asr", "").encode())]
    parts += [("on_screen_text", line["text"].encode()) for line in entry.get("ocr") or []]
    body = b"".join(b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
                    % (BOUNDARY.encode(), name.encode(), text) for name, text in parts)
    body += (b'--%s\r\nContent-Disposition: form-data; name="video"; filename="a"\r\n\r\n' % BOUNDARY.encode()
             + video + b"\r\n")
    return body + b"--%s--\r\n" % BOUNDARY.encode()


def commands(options, annotations, folder):
    """Seconds of extract and infer."""
    start = time.monotonic()
    for command in (
        ["extract", "--videos", options.videos, "--annotations", annotations, "--out", folder / "frames"],
        ["infer", "--run", options.run, "--frames", folder / "frames", "--annotations", annotations, "--out",
         folder / "out.csv"],
    ):
        subprocess.run([options.framewise, *map(str, command)], check=True, capture_output=True)
    return time.monotonic() - start


def offline(options, entries):
    with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as one:
        whole, one = pathlib.Path(whole), pathlib.Path(one)
        (one / "one.json").write_text(json.dumps(entries[:1]))
        seconds = commands(options, options.annotations, whole) - commands(options, one / "one.json", one)
    return (len(entries) - 1) / seconds


def add_server(parser, clients):
    """The options that say which server is asked about which videos."""
    parser.add_argument("--framewise", default=".build/release/framewise")
    for name in ("--run", "--videos", "--annotations"):
        parser.add_argument(name, required=True)
    parser.add_argument("--clients", type=int, default=clients, help="requests under way at a time")
    parser.add_argument("--serve", default="", help="options of serve")


@contextlib.contextmanager
def started(options):
    """The address of a server, which ends with the block."""
    server = subprocess.Popen(
        [options.framewise, "serve", "--run", options.run, "--port", "0", *options.serve.split()],
        stderr=subprocess.PIPE, text=True)
    try:
        while "listening on" not in (line := server.stderr.readline()):
            if not line:
                raise SystemExit("the server does not start")
        yield line.split("http://")[1].strip()
    finally:
        server.terminate()
        server.wait()


def served(options, entries, files):
    """Videos a second, seconds of each request, seconds of the start."""
    begin = time.monotonic()
    with started(options) as address:
        start = time.monotonic() - begin
        bodies = [form(entry, files[entry["id"]].read_bytes()) for entry in entries]

        def ask(body):
            begin = time.monotonic()
            connection = http.client.HTTPConnection(address, timeout=300)
            connection.request("POST", "/v1/classify", body,
                               {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
            connection.close()
            return time.monotonic() - begin

        with concurrent.futures.ThreadPoolExecutor(options.clients) as pool:
            list(pool.map(ask, bodies[:options.clients]))
            begin = time.monotonic()
            times = list(pool.map(ask, bodies * options.repeat))
            seconds = time.monotonic() - begin
    return len(times) / seconds, times, start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_server(parser, clients=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeat", type=int, default=4, help="times that each video is asked about")
    options = parser.parse_args()
    entries = json.loads(pathlib.Path(options.annotations).read_text())
    files = {path.stem: path for path in pathlib.Path(options.videos).rglob("*") if path.is_file()}
    ratios, times, starts = [], [], []
    for number in range(options.rounds):
        results = {}
        for side in ("offline", "served") if number % 2 == 0 else ("served", "offline"):
            if side == "offline":
                results[side] = offline(options, entries)
            else:
                results[side], spent, start = served(options, entries, files)
                times += spent
                starts.append(start)
        ratios.append(results["served"] / results["offline"])
        print(f"round {number + 1}: {results['served']:.1f} videos a second served, {results['offline']:.1f} by extract and "
              f"infer, ratio {ratios[-1]:.2f}, start {starts[-1]:.2f} s", flush=True)
    times.sort()
    print(f"median ratio {statistics.median(ratios):.2f}; a request took {times[len(times) // 2]:.3f} s (p50), "
          f"{times[int(len(times) * 0.99)]:.3f} s (p99), {options.clients} at a time; start {statistics.median(starts):.2f} s")


if __name__ == "__main__":
    main()
