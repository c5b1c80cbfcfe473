#!/usr/bin/env python3
"""Compares `framewise extract` with other ways to take one frame a second out of videos, in CPU time.

    swift build -c release --product extraction-benchmark
    Benchmarks/compare_extract.py --corpus corpus --clips folder-of-real-videos --python path/to/python

See Benchmarks/README.md for the method. The corpus is made on the first run; that takes some minutes.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.abspath(__file__))
EXACT = ["ffmpeg", "PyAV sequential", "PyAV skip_frame", "PyAV seek", "OpenCV", "decord", "torchcodec"]
KEYFRAMES = ["ffmpeg keyframes", "PyAV keyframes", "decord keyframes"]

# Name, encoder and its options, extension; at two sizes each.
KINDS = [
    ("h264 gop 48, B", "libx264 -preset veryfast -bf 3 -g 48 -keyint_min 48 -sc_threshold 0", "mp4"),
    ("h264 gop 48", "libx264 -preset veryfast -bf 0 -g 48 -keyint_min 48 -sc_threshold 0", "mp4"),
    ("h264 gop 250, B", "libx264 -preset veryfast -bf 3 -g 250", "mp4"),
    ("h264 gop 250", "libx264 -preset veryfast -bf 0 -g 250", "mp4"),
    ("hevc", "libx265 -preset ultrafast -bf 3 -g 60 -x265-params log-level=none:pools=1:bframes=3", "mp4"),
    ("vp9", "libvpx-vp9 -deadline realtime -cpu-used 8 -g 128", "webm"),
    ("mpeg4", "mpeg4 -bf 2 -g 48", "mp4"),
]
SIZES = [("720x1280", "2500k"), ("1080x1920", "5000k")]
# A picture that moves everywhere, with a little grain, as hand-held recordings have.
SOURCE = "testsrc2=s={size}:r=25:d={seconds},scroll=h=0.004:v=0.003,noise=alls=4:allf=t,format=yuv420p"


def make_corpus(folder, seconds):
    os.makedirs(folder, exist_ok=True)
    videos = []
    for name, encoder, extension in KINDS:
        for size, rate in SIZES:
            path = os.path.join(folder, f"{name.replace(' ', '_').replace(',', '')}_{size}.{extension}")
            videos.append((name, path))
            if os.path.exists(path):
                continue
            graph = SOURCE.format(size=size, seconds=seconds)
            command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", graph, "-threads", "1", "-c:v"]
            command += encoder.split() + ["-b:v", rate, "-pix_fmt", "yuv420p", "-threads", "1", "making." + extension]
            subprocess.run(command, check=True, cwd=folder)
            os.rename(os.path.join(folder, "making." + extension), path)
            print(f"made {path}", file=sys.stderr)
    return videos


def probe(path):
    command = ["ffprobe", "-v", "error", "-select_streams", "v:0", "-count_packets", "-of", "json", "-show_entries"]
    command += ["stream=width,height,sample_aspect_ratio,nb_read_packets:stream_side_data=rotation", path]
    stream = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["streams"][0]
    return stream["width"], stream["height"], int(stream["nb_read_packets"])


def frame_size(width, height, short=256):
    scale = short / min(width, height)
    return (short, round(height * scale)) if width <= height else (round(width * scale), short)


class Worker:
    """A process that answers each line with the cost of one video."""

    def __init__(self, name, command, line):
        self.name, self.line = name, line
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, video, size):
        folder = tempfile.mkdtemp(prefix="frames-")
        begin = time.perf_counter()
        try:
            print(self.line(video, folder, size), file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        wall = (time.perf_counter() - begin) * 1e3
        shutil.rmtree(folder)
        if not answer:
            return None
        return json.loads(answer) | {"wall": wall}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def decode_cost(path):
    """CPU milliseconds of a full decode and nothing else."""
    command = ["ffmpeg", "-nostdin", "-v", "info", "-benchmark", "-threads", "1", "-i", path]
    command += ["-map", "0:v:0", "-f", "null", "-vsync", "passthrough", "-"]
    log = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    fields = dict(part.split("=") for line in log.splitlines() if line.startswith("bench: utime") for part in line[7:].split())
    return (float(fields["utime"].rstrip("s")) + float(fields["stime"].rstrip("s"))) * 1e3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", help="folder for the generated videos; without it only --clips count")
    parser.add_argument("--clips", help="folder of real videos to add")
    parser.add_argument("--clip-count", type=int, default=6)
    parser.add_argument("--no-floor", action="store_true", help="do not decode everything once more for the last column")
    parser.add_argument("--seconds", type=int, default=19)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--python", default=sys.executable, help="with av, opencv, decord, torchcodec, pillow")
    parser.add_argument("--ours", default=os.path.join(ROOT, "..", ".build", "release", "extraction-benchmark"))
    parser.add_argument("--peers", nargs="*", default=EXACT + KEYFRAMES)
    parser.add_argument("--only-make", action="store_true")
    arguments = parser.parse_args()

    videos = make_corpus(arguments.corpus, arguments.seconds) if arguments.corpus else []
    if arguments.only_make:
        return
    if arguments.clips:
        names = sorted(os.listdir(arguments.clips), key=lambda name: -os.path.getsize(os.path.join(arguments.clips, name)))
        videos += [("real", os.path.join(arguments.clips, name)) for name in names[: arguments.clip_count]]

    ours_line = lambda mode: lambda video, folder, size: f"{mode}\t{video}\t{folder}"
    workers = [
        Worker("framewise exact", [arguments.ours], ours_line("exact")),
        Worker("framewise keyframes", [arguments.ours], ours_line("keyframes")),
    ]
    script = os.path.join(ROOT, "peers", "extract_frames.py")
    for peer in arguments.peers:
        line = lambda video, folder, size: f"{video}\t{folder}\t{size[0]}\t{size[1]}"
        workers.append(Worker(peer, [arguments.python, script, peer], line))

    costs, walls, frames, floors = {}, {}, {}, {}
    facts = {path: probe(path) for _, path in videos}
    # Libraries are loaded and code is warm before anything counts.
    for worker in workers:
        worker.run(videos[0][1], frame_size(*facts[videos[0][1]][:2]))
    for _ in range(arguments.rounds):
        for kind, path in videos:
            width, height, packets = facts[path]
            for worker in workers:
                answer = worker.run(path, frame_size(width, height))
                if answer is None:
                    print(f"{worker.name} gave up at {path}", file=sys.stderr)
                    continue
                costs.setdefault((worker.name, path), []).append(answer["cpu"])
                walls.setdefault((worker.name, path), []).append(answer["wall"])
                frames.setdefault((worker.name, path), answer["frames"])
                if worker.name == "framewise exact" and not arguments.no_floor:
                    floors.setdefault(path, []).append(decode_cost(path) * answer["decoded"] / packets)
    for worker in workers:
        worker.close()

    kinds = list(dict.fromkeys(kind for kind, _ in videos))

    def mean(table, name, paths):
        values = [statistics.median(table[name, path]) for path in paths if (name, path) in table]
        return statistics.mean(values) if len(values) == len(paths) else None

    def row(title, paths):
        cells = [mean(costs, worker.name, paths) for worker in workers]
        return [title] + ["–" if cell is None else f"{cell:.0f}" for cell in cells], cells

    header = ["CPU ms a video"] + [worker.name for worker in workers]
    print("| " + " | ".join(header + ["exact: best peer / ours", "keyframes: best peer / ours", "exact / floor"]) + " |")
    print("|" + "---|" + "---:|" * (len(header) + 2))
    for title, paths in [(kind, [p for k, p in videos if k == kind]) for kind in kinds] + [
        ("all", [path for _, path in videos])
    ]:
        cells, values = row(title, paths)
        cost = {worker.name: value for worker, value in zip(workers, values) if value is not None}
        exact = [cost[name] for name in EXACT if name in cost]
        keys = [cost[name] for name in KEYFRAMES if name in cost]
        floor = statistics.mean(statistics.median(floors.get(path, [0])) for path in paths)
        cells.append(f"{min(exact) / cost['framewise exact']:.2f}" if exact else "–")
        cells.append(f"{min(keys) / cost['framewise keyframes']:.2f}" if keys else "–")
        cells.append(f"{cost['framewise exact'] / floor:.2f}" if floor else "–")
        print("| " + " | ".join(cells) + " |")
        if title == "all" and exact:
            print(f"\nkeyframes against the best exact peer: {min(exact) / cost['framewise keyframes']:.1f}")
            print("wall ms a video: " + ", ".join(
                f"{worker.name} {mean(walls, worker.name, paths):.0f}" for worker in workers
                if mean(walls, worker.name, paths) is not None))
            print("frames: " + ", ".join(
                f"{worker.name} {sum(frames.get((worker.name, path), 0) for path in paths)}" for worker in workers))


main()
