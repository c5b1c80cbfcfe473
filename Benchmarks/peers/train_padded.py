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
import math
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
import torch.nn.functional as F
from PIL import Image
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader, Dataset
from transformers import BertConfig, BertModel

CACHED_SIDE = 112  # pixels; training crops --size out of it
IMAGENET_MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1) * 255
IMAGENET_STD = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1) * 255


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


class VideoTextClassifier(nn.Module):
    def __init__(self, vocabulary, classes, args):
        super().__init__()
        self.backbone = timm.models.vision_transformer.VisionTransformer(
            img_size=args.size, patch_size=16, embed_dim=192, depth=6, num_heads=3, num_classes=0)
        config = BertConfig(
            vocab_size=vocabulary, hidden_size=256, num_hidden_layers=4, num_attention_heads=4,
            intermediate_size=1024, max_position_embeddings=args.tokens + args.frames)
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.projection = nn.Linear(192, 256)
        self.first_frame = args.tokens  # position of the first frame, however short the texts of a batch are
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(256, classes)
        self.video_classifier = nn.Linear(192, classes)

    def forward(self, input_ids, text_mask, images, frame_mask):
        images = (images.flatten(0, 1).float() - IMAGENET_MEAN) / IMAGENET_STD
        frames = self.backbone(images).unflatten(0, frame_mask.shape)  # [videos, frames, 192]

        words = self.encoder.embeddings.word_embeddings(input_ids)
        sequence = torch.cat([words, self.projection(frames)], dim=1)  # [videos, tokens + frames, 256]
        mask = torch.cat([text_mask, frame_mask], dim=1)
        kinds = torch.cat([torch.zeros_like(text_mask), torch.ones_like(frame_mask)], dim=1).long()
        positions = torch.cat(
            [torch.arange(input_ids.shape[1]), self.first_frame + torch.arange(frame_mask.shape[1])]).unsqueeze(0)
        hidden = self.encoder(
            inputs_embeds=sequence, token_type_ids=kinds, position_ids=positions,
            attention_mask=mask.long()).last_hidden_state

        logits = self.classifier(self.dropout(masked_mean(hidden, mask)))
        video_logits = self.video_classifier(self.dropout(masked_mean(frames, frame_mask)))
        return logits.float(), video_logits.float()


def masked_mean(vectors, mask):
    weight = mask.unsqueeze(-1).to(vectors.dtype)
    return (vectors * weight).sum(1) / weight.sum(1).clamp(min=1)


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


def decay_groups(model, weight_decay):
    decayed = [p for p in model.parameters() if p.ndim > 1]
    rest = [p for p in model.parameters() if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]


def emit(**event):
    print(json.dumps(event), flush=True)


def autocast(args):
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.precision == "bf16")


@torch.inference_mode()
def predict(model, loader, args):
    """The index of the chosen category of each sample."""
    model.eval()
    with autocast(args):
        return torch.cat([model(*batch[:4])[0].argmax(-1) for batch in loader]).tolist()


def symmetric_divergence(p, q):
    """KL(p‖q) + KL(q‖p) of two tensors of logits, a mean over the rows."""
    p, q = p.log_softmax(-1), q.log_softmax(-1)
    return F.kl_div(q, p, reduction="batchmean", log_target=True) + F.kl_div(p, q, reduction="batchmean", log_target=True)


class Attack:
    """FGM and PGD on the word embeddings, as published: every pass runs forward and backward through everything."""

    def __init__(self, parameters, words, args):
        self.parameters, self.words = parameters, words
        self.radius = args.epsilon
        self.length = args.epsilon if args.adversary == "fgm" else args.alpha
        self.steps = 1 if args.adversary == "fgm" else args.attack_steps

    def __call__(self, loss):
        clean = [p.grad.clone() for p in self.parameters]
        original = self.words.detach().clone()
        for step in range(self.steps):
            with torch.no_grad():
                self.words.add_(self.words.grad, alpha=self.length / self.words.grad.norm())
                change = self.words - original
                if change.norm() > self.radius:
                    self.words.copy_(original + change * (self.radius / change.norm()))
            last = step == self.steps - 1
            for parameter, gradient in zip(self.parameters, clean):
                parameter.grad = gradient if last else None
            loss().backward()
        with torch.no_grad():
            self.words.copy_(original)


def train(model, average, loader, validation, weights, args):
    optimizer = torch.optim.AdamW(decay_groups(model, args.weight_decay), lr=args.lr, fused=True)
    steps = args.epochs * len(loader)
    warm_up = math.ceil(0.1 * steps)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm_up, (steps - step) / max(1, steps - warm_up)))
    forward = torch.compile(model) if args.compile else model
    words = model.encoder.get_input_embeddings().weight
    attack = Attack(list(model.parameters()), words, args) if args.adversary != "none" else None

    def loss_of(batch, output):
        logits, video_logits = output
        loss = F.cross_entropy(logits, batch[4], weights, label_smoothing=args.label_smoothing)
        if args.aux_weight:
            shown = batch[3].any(1)  # a video without frames has nothing to say here
            loss = loss + args.aux_weight * F.cross_entropy(
                video_logits[shown], batch[4][shown], weights, label_smoothing=args.label_smoothing)
        return loss

    def plain_loss(batch):
        with autocast(args):
            output = forward(*batch[:4])
        return loss_of(batch, output)

    def consistent_loss(batch):
        with autocast(args):
            first, second = forward(*batch[:4]), forward(*batch[:4])
        divergence = symmetric_divergence(first[0], second[0])
        return (loss_of(batch, first) + loss_of(batch, second) + args.r_drop * divergence) / 2

    done, seen, seconds = 0, 0, 0.0  # `seen` and `seconds` leave out the first --skip-steps steps
    recent = deque(maxlen=20)  # (samples, seconds) of the last steps
    for epoch in range(args.epochs):
        model.train()
        start = time.perf_counter()
        for batch in loader:
            loss = consistent_loss(batch) if args.r_drop else plain_loss(batch)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            if attack:
                attack(lambda: plain_loss(batch))
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            average.update_parameters(model)

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
    p.add_argument("--lr", type=float, default=5e-4)
    p.add_argument("--weight-decay", type=float, default=0.01)
    p.add_argument("--label-smoothing", type=float, default=0.1)
    p.add_argument("--class-weight-power", type=float, default=0.5)
    p.add_argument("--aux-weight", type=float, default=0.5)
    p.add_argument("--ema", type=float, default=0.99)
    p.add_argument("--adversary", choices=["none", "fgm", "pgd"], default="none", help="attack on the word embeddings")
    p.add_argument("--epsilon", type=float, default=1.0, help="greatest length of the attack's change")
    p.add_argument("--alpha", type=float, default=0.3, help="length of a step of PGD")
    p.add_argument("--attack-steps", type=int, default=3, help="steps of PGD")
    p.add_argument("--r-drop", type=float, default=0.0, help="weight of the divergence of two passes; 0: one pass")
    p.add_argument("--size", type=int, default=96, help="pixels, a multiple of 16")
    p.add_argument("--frames", type=int, default=8)
    p.add_argument("--tokens", type=int, default=128)
    p.add_argument("--pad", choices=["max", "longest"], default="max", help="texts: to --tokens or to the batch's longest")
    p.add_argument("--precision", choices=["bf16", "fp32"], default="bf16")
    p.add_argument("--compile", action="store_true", help="torch.compile the model")
    p.add_argument("--threads", type=int, default=0, help="0: PyTorch's choice")
    p.add_argument("--workers", type=int, default=0, help="loader processes; frames are in memory, so 0 is fastest on few cores")
    p.add_argument("--seed", type=int, default=0)
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

    model = VideoTextClassifier(tokenizer.size, len(categories), args)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(args.ema))
    validation = None
    if len(held):
        held_out = loader([samples[i] for i in held], folder)

        def validation():
            chosen = predict(average, held_out, args)
            return official([samples[i]["category_id"] for i in held], [categories[c] for c in chosen])

    weights = damped_weights(targets, len(categories), args.class_weight_power)
    steps, rate = train(model, average, training, validation, weights, args)
    emit(
        event="end", steps=steps, videos_per_second=rate, parameters=sum(p.numel() for p in model.parameters()),
        threads=torch.get_num_threads())

    if args.predict:
        asked = json.loads(args.predict.read_text(encoding="utf-8"))
        chosen = predict(average, loader(asked, args.predict_frames), args)
        args.out.write_text("".join(f"{s['id']},{categories[c]}\n" for s, c in zip(asked, chosen)), encoding="utf-8")


if __name__ == "__main__":
    main()
