"""The yardstick: what a good PyTorch, timm and Hugging Face script of the same size does, with padded batches.

A ViT turns each frame into a vector; text tokens and frame vectors run through one BERT; the masked mean is
classified. Every text is padded to --tokens and every video to --frames. Frames are decoded once, before the first
step, and kept in memory as bytes, so that no step waits for them.

    python train_padded.py --annotations labeled.json --videos DIR --vocab zh-en-8k.model
    python train_padded.py --annotations labeled.json --shards DIR --fold 0 --max-steps 30

Standard output: one JSON object a line, `event` being `step`, `epoch` or `end`. A step's videos_per_second is over the
last 20 steps; the end's is over all but the first --skip-steps.
"""

import argparse
import io
import json
import pathlib
import re
import sys
import tarfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import timm
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from transformers import BertConfig

from recipe import Trainer, VideoTextClassifier, add_options, autocast

CACHED_SIDE = 112  # pixels; training crops --size out of it


# Frames


def square(image):
    """The central square of an image as bytes [3, CACHED_SIDE, CACHED_SIDE]."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.resize((CACHED_SIDE, CACHED_SIDE), Image.BILINEAR, box=(left, top, left + side, top + side))
    return torch.from_numpy(np.asarray(image.convert("RGB")).transpose(2, 0, 1).copy())


def spread(items, count):
    """At most `count` items, spread evenly from the first to the last."""
    if len(items) <= count:
        return items
    return [items[round(i)] for i in np.linspace(0, len(items) - 1, count)]


def read_video(path, count):
    """Frames at one a second, by presentation time."""
    import av

    with av.open(str(path)) as container:
        frames, due = [], 0.0
        for frame in container.decode(video=0):
            if frame.time is None or frame.time >= due:
                frames.append(frame.to_image())
                due += 1.0
    return torch.stack([square(image) for image in spread(frames, count)])


def read_videos(folder, ids, count):
    def read(id):
        try:
            return read_video(folder / f"{id}.mp4", count)
        except Exception as error:  # PyAV raises many kinds; one bad video must not end the run
            print(f"{id}: {error}", file=sys.stderr)
            return None

    with ThreadPoolExecutor() as pool:
        return {id: frames for id, frames in zip(ids, pool.map(read, ids)) if frames is not None}


def read_shards(folder, ids, count):
    """Members `<id>.<nnn>.jpg` of every tar in `folder`."""
    wanted, images = set(ids), {}
    for path in sorted(folder.glob("*.tar")):
        with tarfile.open(path) as tar:
            for member in tar:
                match = re.fullmatch(r"(.+)\.(\d+)\.jpg", pathlib.PurePosixPath(member.name).name)
                if match and match[1] in wanted:
                    images.setdefault(match[1], []).append((int(match[2]), tar.extractfile(member).read()))
    return {
        id: torch.stack([square(Image.open(io.BytesIO(data))) for _, data in spread(sorted(numbered), count)])
        for id, numbered in images.items()
    }


# Text


class Tokenizer:
    """SentencePiece where there is a model, else one id a character of the training texts."""

    def __init__(self, vocab, texts):
        if vocab:
            import sentencepiece

            self.pieces = sentencepiece.SentencePieceProcessor(model_file=str(vocab))
            self.size = len(self.pieces) + 3
            self.encode = lambda text: [i + 3 for i in self.pieces.encode(text)]
        else:
            ids = {c: i + 4 for i, c in enumerate(sorted(set("".join(texts))))}
            self.size = len(ids) + 4
            self.encode = lambda text: [ids.get(c, 3) for c in text]

    PAD, CLS, SEP = 0, 1, 2

    def sequence(self, sample, length):
        """[CLS] title [SEP] speech [SEP] on-screen text [SEP], cut at `length`."""
        parts = [sample.get("title"), sample.get("asr"), " ".join(line["text"] for line in sample.get("ocr") or [])]
        ids = [self.CLS]
        for part in parts:
            ids += self.encode(part or "") + [self.SEP]
        return torch.tensor(ids[:length])


# Data


class Videos(Dataset):
    def __init__(self, samples, frames, tokens, labels=None):
        self.samples, self.frames, self.tokens, self.labels = samples, frames, tokens, labels

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        id = self.samples[index]["id"]
        return self.tokens[id], self.frames.get(id), -1 if self.labels is None else self.labels[index]


class Collate:
    """Pads texts and frames; crops and flips a video's frames alike when training."""

    def __init__(self, args, training):
        self.args, self.training = args, training

    def __call__(self, batch):
        size, args = self.args.size, self.args
        width = args.tokens if args.pad == "max" else max(len(tokens) for tokens, _, _ in batch)
        input_ids = torch.zeros(len(batch), width, dtype=torch.long)
        images = torch.zeros(len(batch), args.frames, 3, size, size, dtype=torch.uint8)
        frame_mask = torch.zeros(len(batch), args.frames, dtype=torch.bool)
        for row, (tokens, frames, _) in enumerate(batch):
            input_ids[row, : len(tokens)] = tokens
            if frames is None:
                continue
            room = CACHED_SIDE - size
            x, y = torch.randint(room + 1, (2,)).tolist() if self.training else (room // 2, room // 2)
            crop = frames[:, :, y : y + size, x : x + size]
            if self.training and torch.rand(()) < 0.5:
                crop = crop.flip(-1)
            images[row, : len(frames)] = crop
            frame_mask[row, : len(frames)] = True
        labels = torch.tensor([label for _, _, label in batch])
        return input_ids, input_ids != Tokenizer.PAD, images, frame_mask, labels


# Model


def model_of(vocabulary, classes, args):
    backbone = timm.models.vision_transformer.VisionTransformer(
        img_size=args.size, patch_size=16, embed_dim=192, depth=6, num_heads=3, num_classes=0)
    # BERT's dropout of attention weights stays: without it PyTorch takes its fused attention, whose way back is slower on
    # processors in bf16 (20 samples a second of this model where there had been 30).
    config = BertConfig(
        vocab_size=vocabulary, hidden_size=256, num_hidden_layers=4, num_attention_heads=4,
        intermediate_size=1024, max_position_embeddings=args.tokens + args.frames)
    return VideoTextClassifier(backbone, 192, config, classes, first_frame=args.tokens)


# Metric


def f1(truth, prediction):
    """(micro, macro); macro over the classes seen in truth or prediction."""
    scores = []
    for label in set(truth) | set(prediction):
        hits = sum(t == p == label for t, p in zip(truth, prediction))
        scores.append(2 * hits / (truth.count(label) + prediction.count(label)))
    return sum(t == p for t, p in zip(truth, prediction)) / len(truth), sum(scores) / len(scores)


def official(truth, prediction):
    level1 = f1([t[:2] for t in truth], [p[:2] for p in prediction])
    level2 = f1(truth, prediction)
    return {
        "lv1Micro": level1[0], "lv1Macro": level1[1], "lv2Micro": level2[0], "lv2Macro": level2[1],
        "mean_f1": (sum(level1) + sum(level2)) / 4,
    }


# Training


def stratified(labels, folds, seed):
    """A fold for each sample: the members of each class, shuffled, are dealt out one after the other."""
    generator = np.random.default_rng(seed)
    assigned, turn = np.empty(len(labels), dtype=int), 0
    for label in sorted(set(labels)):
        members = generator.permutation([i for i, l in enumerate(labels) if l == label])
        for member in members:
            assigned[member] = turn % folds
            turn += 1
    return assigned


def damped_weights(targets, classes, power):
    """Weight of each class: count^-power, scaled so that the samples' mean weight is 1."""
    counts = torch.bincount(torch.tensor(targets), minlength=classes).float()
    weights = counts.clamp(min=1).pow(-power)
    return weights * counts.sum() / (weights * counts).sum()


def emit(**event):
    print(json.dumps(event), flush=True)


@torch.inference_mode()
def predict(model, loader, args):
    """The index of the chosen category of each sample."""
    model.eval()
    with autocast("cpu", args.precision):
        return torch.cat([model(*batch[:4])[0].argmax(-1) for batch in loader]).tolist()


def train(trainer, loader, validation, args):
    done, seen, seconds = 0, 0, 0.0  # `seen` and `seconds` leave out the first --skip-steps steps
    recent = deque(maxlen=20)  # (samples, seconds) of the last steps
    for epoch in range(args.epochs):
        trainer.model.train()
        start = time.perf_counter()
        for batch in loader:
            loss = trainer.step(batch)

            end = time.perf_counter()
            done += 1
            recent.append((len(batch[4]), end - start))
            if done > args.skip_steps:
                seen, seconds = seen + len(batch[4]), seconds + end - start
            rate = sum(samples for samples, _ in recent) / sum(time for _, time in recent)
            emit(event="step", step=done, epoch=epoch, loss=loss.item(), videos_per_second=rate)
            start = time.perf_counter()
            if done == args.max_steps:
                return done, seen / max(seconds, 1e-9)
        if validation is not None:
            emit(event="epoch", epoch=epoch, **validation())
    return done, seen / max(seconds, 1e-9)


def parse():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--annotations", type=pathlib.Path, required=True)
    source = p.add_mutually_exclusive_group(required=True)
    source.add_argument("--videos", type=pathlib.Path, help="folder of <id>.mp4")
    source.add_argument("--shards", type=pathlib.Path, help="folder that `framewise extract` wrote")
    p.add_argument("--vocab", type=pathlib.Path, help="SentencePiece model; without it, one id a character")
    p.add_argument("--fold", type=int, default=0, help="the fold that validates; -1 trains on everything")
    p.add_argument("--folds", type=int, default=10)
    p.add_argument("--folds-json", type=pathlib.Path, help="object of id → fold, instead of folds of our own")
    p.add_argument("--predict", type=pathlib.Path, help="annotations to predict at the end")
    p.add_argument("--predict-frames", type=pathlib.Path, help="their folder, of the same kind as the training's")
    p.add_argument("--out", type=pathlib.Path, help="file for the predictions: lines id,category_id")
    p.add_argument("--epochs", type=int, default=9)
    p.add_argument("--max-steps", type=int, default=0, help="0: all")
    p.add_argument("--skip-steps", type=int, default=5, help="steps left out of the final videos_per_second")
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--class-weight-power", type=float, default=0.5)
    p.add_argument("--size", type=int, default=96, help="pixels, a multiple of 16")
    p.add_argument("--frames", type=int, default=8)
    p.add_argument("--tokens", type=int, default=128)
    p.add_argument("--pad", choices=["max", "longest"], default="max", help="texts: to --tokens or to the batch's longest")
    p.add_argument("--precision", choices=["bf16", "fp32"], default="bf16")
    p.add_argument("--workers", type=int, default=0, help="loader processes; frames are in memory, so 0 is fastest on few cores")
    add_options(p)
    args = p.parse_args()
    if (args.predict is None) != (args.out is None) or (args.predict is None) != (args.predict_frames is None):
        p.error("--predict, --predict-frames and --out go together")
    return args


def main():
    args = parse()
    torch.manual_seed(args.seed)
    if args.threads:
        torch.set_num_threads(args.threads)

    samples = json.loads(args.annotations.read_text(encoding="utf-8"))
    categories = sorted({s["category_id"] for s in samples})
    labels = [categories.index(s["category_id"]) for s in samples]
    texts = [(s.get("title") or "") + (s.get("asr") or "") for s in samples]
    tokenizer = Tokenizer(args.vocab, texts)
    if args.folds_json:
        given = json.loads(args.folds_json.read_text(encoding="utf-8"))
        folds = np.array([given[s["id"]] for s in samples])
    else:
        folds = stratified(labels, args.folds, args.seed)

    read = read_videos if args.videos else read_shards

    def loader(samples, folder, labels=None, training=False):
        frames = read(folder, [s["id"] for s in samples], args.frames)
        tokens = {s["id"]: tokenizer.sequence(s, args.tokens) for s in samples}
        return DataLoader(
            Videos(samples, frames, tokens, labels), batch_size=args.batch, shuffle=training, drop_last=training,
            num_workers=args.workers, persistent_workers=args.workers > 0, collate_fn=Collate(args, training))

    folder = args.videos or args.shards
    kept = np.flatnonzero(folds != args.fold)
    held = np.flatnonzero(folds == args.fold)
    # A run that is cut short is a measurement: it needs the frames of its own steps only.
    if args.max_steps:
        kept, held = np.random.default_rng(args.seed).permutation(kept)[: args.max_steps * args.batch], held[:0]
    targets = [labels[i] for i in kept]
    training = loader([samples[i] for i in kept], folder, targets, training=True)

    model = model_of(tokenizer.size, len(categories), args)
    weights = damped_weights(targets, len(categories), args.class_weight_power)
    trainer = Trainer(model, weights, args.epochs * len(training), args)
    validation = None
    if len(held):
        held_out = loader([samples[i] for i in held], folder)

        def validation():
            chosen = predict(trainer.average.model, held_out, args)
            return official([samples[i]["category_id"] for i in held], [categories[c] for c in chosen])

    steps, rate = train(trainer, training, validation, args)
    emit(
        event="end", steps=steps, videos_per_second=rate, parameters=sum(p.numel() for p in model.parameters()),
        threads=torch.get_num_threads())

    if args.predict:
        asked = json.loads(args.predict.read_text(encoding="utf-8"))
        chosen = predict(trainer.average.model, loader(asked, args.predict_frames), args)
        args.out.write_text("".join(f"{s['id']},{categories[c]}\n" for s, c in zip(asked, chosen)), encoding="utf-8")


if __name__ == "__main__":
    main()
