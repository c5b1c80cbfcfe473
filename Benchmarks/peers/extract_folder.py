"""What people run over a folder of videos: PyAV in a pool of processes, one frame a second, short side 256, JPEG.

    python extract_folder.py --processes 2 FOLDER…

The JPEGs stay in memory: nothing waits for the disk. Prints how many videos a second.
"""

import argparse
import io
import multiprocessing
import pathlib
import time

import av


def extract(path):
    """The JPEGs of a video: its frames at 0, 1, 2 … seconds by presentation time."""
    jpegs, due = [], 0.0
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        for frame in container.decode(stream):
            if frame.time is not None and frame.time < due - 0.0005:
                continue
            image = frame.to_image()
            scale = 256 / min(image.size)
            data = io.BytesIO()
            image.resize([round(side * scale) for side in image.size]).save(data, "JPEG", quality=90)
            jpegs.append(data.getvalue())
            due += 1.0
    return jpegs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    args = parser.parse_args()

    paths = sorted(path for folder in args.folders for path in folder.iterdir() if path.is_file())
    start = time.perf_counter()
    with multiprocessing.Pool(args.processes) as pool:
        frames = sum(len(jpegs) for jpegs in pool.imap_unordered(extract, paths, chunksize=16))
    seconds = time.perf_counter() - start
    print(f"{len(paths)} videos, {frames} frames, {len(paths) / seconds:.1f} videos a second")


if __name__ == "__main__":
    main()
