#!/usr/bin/env python3
"""What `framewise serve` holds in memory while it is asked for half an hour.

    Benchmarks/serve_memory.py --framewise .build/release/framewise --run demo/run --videos demo/videos \
        --annotations demo/test.json [--minutes 30] [--clients 3] [--pause 0.2]

Of ten requests six are a video with its texts, two ask for the explanation too, one is texts alone and one a video that is cut off.
Every minute a line says what is resident, by the server's own /metrics; the end compares the second quarter with the last.
"""
import argparse
import http.client
import json
import pathlib
import re
import statistics
import threading
import time

from serve import BOUNDARY, add_server, form, started


class Load:
    def __init__(self, options, address):
        self.options, self.address = options, address
        self.entries = json.loads(pathlib.Path(options.annotations).read_text())
        self.files = {path.stem: path for path in pathlib.Path(options.videos).rglob("*") if path.is_file()}
        self.end = time.monotonic() + 60 * options.minutes
        self.lock, self.count, self.unexpected = threading.Lock(), 0, []

    def ask(self, number):
        """One request; (status, the beginning of the answer)."""
        entry = self.entries[number % len(self.entries)]
        kind = number % 10
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        if kind == 8:
            headers = {"Content-Type": "application/json"}
            body = json.dumps({"videos": [{"id": entry["id"], "title": entry.get("title", "")}]}).encode()
        else:
            data = self.files[entry["id"]].read_bytes()
            body = form(entry, data[: len(data) // 2] if kind == 9 else data)
        connection = http.client.HTTPConnection(self.address, timeout=300)
        connection.request("POST", "/v1/classify" + ("?explain=true" if kind in (3, 6) else ""), body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text[:200]

    def work(self):
        while time.monotonic() < self.end:
            with self.lock:
                number, self.count = self.count, self.count + 1
            status, text = self.ask(number)
            if status != 200:
                self.unexpected.append((number, status, text))
            time.sleep(self.options.pause)

    def resident(self):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        return float(re.search(r"^process_resident_memory_bytes (\S+)", text, re.M).group(1)) / 2**20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_server(parser, clients=3)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--pause", type=float, default=0.2, help="seconds between a client's requests")
    options = parser.parse_args()
    with started(options) as address:
        load = Load(options, address)
        clients = [threading.Thread(target=load.work) for _ in range(options.clients)]
        for client in clients:
            client.start()
        samples = []
        while time.monotonic() < load.end:
            time.sleep(min(60, max(0, load.end - time.monotonic())))
            samples.append(load.resident())
            print(f"{len(samples)} min: {samples[-1]:.0f} MiB, {load.count} requests", flush=True)
        for client in clients:
            client.join()
    quarter = max(1, len(samples) // 4)
    before, after = statistics.mean(samples[quarter:2 * quarter] or samples), statistics.mean(samples[-quarter:])
    print(f"{load.count} requests, {len(load.unexpected)} not answered with 200 {load.unexpected[:3]}; "
          f"second quarter {before:.1f} MiB, last {after:.1f} MiB, {after - before:+.1f}")


if __name__ == "__main__":
    main()
