#!/usr/bin/env python3
"""Takes one frame a second out of videos with another library, one decoder thread, short side 256, JPEG quality 90.

Reads lines "<video> TAB <folder for the frames> TAB <width> TAB <height>" (the size of the frames) and answers each with one
line of JSON: CPU milliseconds of this process and its children (user and system), frames.
The frame of a second is the last one that is shown at or before it, counted from the first frame.
"""
import argparse
import io
import json
import os
import resource
import subprocess
import sys

RATE = 1.0
EPSILON = 0.0005


def cpu_ms():
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        total += usage.ru_utime + usage.ru_stime
    return total * 1e3


def save(image, folder, number):
    image.save(f"{folder}/{number}.jpg", quality=90)


def moments(last):
    return [k / RATE for k in range(int((last + EPSILON) * RATE) + 1)]


# --- ffmpeg ---------------------------------------------------------------------------------------------------------


def ffmpeg(video, folder, width, height, extra=(), filters="fps=1:round=up"):
    command = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", *extra, "-i", video, "-an", "-sn"]
    command += ["-filter_threads", "1", "-vf", f"{filters},scale={width}:{height}:flags=area", "-vsync", "vfr"]
    command += ["-threads", "1", "-q:v", "3", "-y", f"{folder}/%d.jpg"]
    subprocess.run(command, check=True)
    return len(os.listdir(folder))


def ffmpeg_keyframes(video, folder, width, height):
    return ffmpeg(video, folder, width, height, extra=("-skip_frame", "nokey"), filters="null")


# --- PyAV -----------------------------------------------------------------------------------------------------------


def open_av(video):
    import av

    container = av.open(video)
    stream = container.streams.video[0]
    stream.codec_context.thread_count = 1
    return container, stream


def av_image(frame, width, height):
    return frame.reformat(width=width, height=height, format="rgb24", interpolation="AREA").to_image()


def pyav_sequential(video, folder, width, height):
    container, stream = open_av(video)
    start, shown, number = None, None, 0
    for frame in container.decode(stream):
        start = frame.time if start is None else start
        while frame.time - start > number / RATE + EPSILON:
            save(av_image(shown, width, height), folder, number)
            number += 1
        shown = frame
    while number / RATE <= shown.time - start + EPSILON:
        save(av_image(shown, width, height), folder, number)
        number += 1
    container.close()
    return number


def packet_times(video):
    container, stream = open_av(video)
    times = sorted(p.pts for p in container.demux(stream) if p.pts is not None and not p.is_discard)
    base = stream.time_base
    container.close()
    return times, base


def wanted_times(times, base):
    wanted, position = [], 0
    for moment in moments(float((times[-1] - times[0]) * base)):
        while position + 1 < len(times) and float((times[position + 1] - times[0]) * base) <= moment + EPSILON:
            position += 1
        wanted.append(times[position])
    return wanted


def pyav_skip(video, folder, width, height):
    """What an expert writes by hand: pictures that nothing depends on are decoded only where they are wanted."""
    wanted = set(wanted_times(*packet_times(video)))
    container, stream = open_av(video)
    context, number = stream.codec_context, 0

    def keep(frames, number):
        for frame in frames:
            if frame.pts in wanted:
                save(av_image(frame, width, height), folder, number)
                number += 1
        return number

    for packet in container.demux(stream):
        context.skip_frame = "DEFAULT" if packet.pts in wanted else "NONREF"
        number = keep(packet.decode(), number)
    container.close()
    return number


def pyav_seek(video, folder, width, height):
    times, base = packet_times(video)
    container, stream = open_av(video)
    number = 0
    for wanted in wanted_times(times, base):
        container.seek(wanted, stream=stream)
        for frame in container.decode(stream):
            if frame.pts >= wanted:
                save(av_image(frame, width, height), folder, number)
                number += 1
                break
    container.close()
    return number


def pyav_keyframes(video, folder, width, height):
    container, stream = open_av(video)
    stream.codec_context.skip_frame = "NONKEY"
    number = 0
    for frame in container.decode(stream):
        save(av_image(frame, width, height), folder, number)
        number += 1
    container.close()
    return number


# --- OpenCV, decord, torchcodec -------------------------------------------------------------------------------------


def opencv(video, folder, width, height):
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = "threads;1"
    import cv2

    cv2.setNumThreads(1)
    capture = cv2.VideoCapture(video, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    number, shown = 0, None
    rate, index = capture.get(cv2.CAP_PROP_FPS), 0
    while capture.grab():
        # Its times are of the last frame; the nominal rate is all that a script goes by.
        if index / rate >= number / RATE - EPSILON:
            _, shown = capture.retrieve()
            small = cv2.resize(shown, (width, height), interpolation=cv2.INTER_AREA)
            cv2.imwrite(f"{folder}/{number}.jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 90])
            number += 1
        index += 1
    return number


def decord(video, folder, width, height, keyframes=False):
    import decord as library
    from PIL import Image

    reader = library.VideoReader(video, num_threads=1, width=width, height=height)
    if keyframes:
        wanted = reader.get_key_indices()
    else:
        times = [float(t[0]) for t in reader.get_frame_timestamp(range(len(reader)))]
        wanted, position = [], 0
        for moment in moments(times[-1] - times[0]):
            while position + 1 < len(times) and times[position + 1] - times[0] <= moment + EPSILON:
                position += 1
            wanted.append(position)
    for number, picture in enumerate(reader.get_batch(wanted).asnumpy()):
        save(Image.fromarray(picture), folder, number)
    return len(wanted)


def torchcodec(video, folder, width, height):
    import torch
    from PIL import Image
    from torchcodec.decoders import VideoDecoder

    torch.set_num_threads(1)
    decoder = VideoDecoder(video, num_ffmpeg_threads=1, seek_mode="approximate", dimension_order="NHWC")
    begin = decoder.metadata.begin_stream_seconds or 0.0
    last = decoder.metadata.end_stream_seconds - begin - 1 / decoder.metadata.average_fps
    times = [begin + moment + EPSILON for moment in moments(last)]
    for number, picture in enumerate(decoder.get_frames_played_at(times).data):
        image = Image.fromarray(picture.numpy()).resize((width, height), Image.Resampling.BOX)
        save(image, folder, number)
    return len(times)


PEERS = {
    "ffmpeg": ffmpeg,
    "ffmpeg keyframes": ffmpeg_keyframes,
    "PyAV sequential": pyav_sequential,
    "PyAV skip_frame": pyav_skip,
    "PyAV seek": pyav_seek,
    "PyAV keyframes": pyav_keyframes,
    "OpenCV": opencv,
    "decord": decord,
    "decord keyframes": lambda *arguments: decord(*arguments, keyframes=True),
    "torchcodec": torchcodec,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=PEERS)
    peer = PEERS[parser.parse_args().peer]
    answers, sys.stdout = sys.stdout, io.StringIO()
    for line in sys.stdin:
        video, folder, width, height = line.rstrip("\n").split("\t")
        before = cpu_ms()
        frames = peer(video, folder, int(width), int(height))
        print(json.dumps({"cpu": cpu_ms() - before, "frames": frames}), file=answers, flush=True)


main()
