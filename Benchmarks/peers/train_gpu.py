"""The yardstick on a GPU: a good PyTorch and transformers script with the model of a preset, on random videos.

    python train_gpu.py --batch 128                                # ViT-B/16 and BERT-base, bf16, eager
    python train_gpu.py --batch 128 --compile                      # torch.compile of the model
    python train_gpu.py --batch 128 --adversary pgd --steps 6
    python train_gpu.py --batch 128 --frozen                       # the backbone learns nothing
    python train_gpu.py --batch 128 --infer --precision fp16
    python train_gpu.py --device cpu --preset tiny --batch 4 --steps 2 --warm-up 1

Texts are padded to one length and videos to one number of frames, so that shapes never change. Batches are made ahead
and lie in pinned memory, frames as bytes: reading and decoding is not measured, copying to the device is. Where a batch
does not fit into the device's memory, half of it is tried, and so on. Standard output: one JSON object.
"""

import argparse
import json
import platform
import resource
import statistics
import sys
import time

import torch
import transformers
from torch import nn
from transformers import BertConfig, ViTConfig, ViTModel

from recipe import Trainer, VideoTextClassifier, add_options

CLASSES = 100
# What `framewise` has under these names. Lengths of texts and numbers of frames are drawn from `tokens` and `frames`.
PRESETS = {
    "base": {
        "side": 224, "vit": {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12},
        "bert": {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12},
        "tokens": (10, 128), "padded": 128, "frames": (8, 8),
    },
    "tiny": {
        "side": 96, "vit": {"hidden_size": 192, "num_hidden_layers": 6, "num_attention_heads": 3},
        "bert": {"hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4},
        "tokens": (10, 60), "padded": 64, "frames": (2, 8),
    },
}


class ClassToken(nn.Module):
    """The normed class token of a ViT, [pictures, width]."""

    def __init__(self, config):
        super().__init__()
        self.vit = ViTModel(config, add_pooling_layer=False)

    def forward(self, pictures):
        return self.vit(pixel_values=pictures).last_hidden_state[:, 0]


def model_of(args):
    preset = PRESETS[args.preset]
    width = preset["vit"]["hidden_size"]
    vit = ViTConfig(
        image_size=preset["side"], patch_size=16, intermediate_size=4 * width, attn_implementation="sdpa",
        **preset["vit"])
    # Dropout of attention weights, which `framewise` does not apply, is off.
    bert = BertConfig(
        vocab_size=args.vocabulary, intermediate_size=4 * preset["bert"]["hidden_size"],
        max_position_embeddings=preset["padded"] + preset["frames"][1], attention_probs_dropout_prob=0.0,
        attn_implementation="sdpa", **preset["bert"])
    with torch.device(args.device):
        return VideoTextClassifier(
            ClassToken(vit), width, bert, CLASSES, first_frame=preset["padded"], frozen=args.frozen)


def random_batch(args, size):
    preset = PRESETS[args.preset]
    generator = torch.Generator().manual_seed(args.seed)

    def whole(low, high, *shape, **options):
        return torch.randint(low, high, shape, generator=generator, **options)

    def mask(lengths, longest):
        return torch.arange(longest) < whole(lengths[0], lengths[1] + 1, size, 1)

    text_mask = mask(preset["tokens"], preset["padded"])
    input_ids = whole(1, args.vocabulary, size, preset["padded"]) * text_mask
    frames = preset["frames"][1]
    images = whole(0, 256, size, frames, 3, preset["side"], preset["side"], dtype=torch.uint8)
    batch = input_ids, text_mask, images, mask(preset["frames"], frames), whole(0, CLASSES, size)
    return [part.pin_memory() for part in batch] if args.device.startswith("cuda") else batch


class Clock:
    """Moments on the device's own clock where it has one, which nobody has to wait for; else on ours."""

    def __init__(self, device):
        self.on_device, self.moments = device.startswith("cuda"), []

    def mark(self):
        moment = time.perf_counter()
        if self.on_device:
            moment = torch.cuda.Event(enable_timing=True)
            moment.record()
        self.moments.append(moment)

    def milliseconds(self):
        """Between one mark and the next."""
        pairs = list(zip(self.moments, self.moments[1:]))
        if not self.on_device:
            return [(end - start) * 1000 for start, end in pairs]
        torch.cuda.synchronize()
        return [start.elapsed_time(end) for start, end in pairs]


def training(args, model):
    trainer = Trainer(model.train(), None, args.warm_up + args.steps, args, args.device.partition(":")[0])
    return trainer.step


def prediction(args, model):
    kinds = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
    model.eval().computing_in(kinds[args.precision])
    forward = torch.compile(model) if args.compile else model

    @torch.inference_mode()
    def step(batch):
        return forward(*batch[:4])[0].softmax(-1)

    return step


def measured(args, size):
    model = model_of(args)
    step = (prediction if args.infer else training)(args, model)
    batch = random_batch(args, size)
    clock, start, first = Clock(args.device), time.perf_counter(), None
    for number in range(args.warm_up + args.steps):
        if number == args.warm_up:
            forget_peak_memory(args.device)
            clock.mark()
        result = step([part.to(args.device, non_blocking=True) for part in batch])
        if args.infer:
            result = result.to("cpu", non_blocking=True)
        if number == 0:
            result.sum().item()
            first = time.perf_counter() - start
        if number >= args.warm_up:
            clock.mark()
    times = clock.milliseconds()  # waits for the device
    if not result.isfinite().all():
        sys.exit("the last step's result is not finite")
    return {
        "videos_per_second": size * args.steps / sum(times) * 1000, "step_ms": statistics.median(times),
        "peak_memory_mib": peak_memory(args.device) / 2**20, "compile_seconds": first if args.compile else None,
        "first_step_seconds": first, "parameters": sum(p.numel() for p in model.parameters()),
    }


def forget_peak_memory(device):
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device):
    if device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(device)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def parse():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--preset", choices=list(PRESETS), default="base")
    p.add_argument("--batch", type=int, default=64, help="videos")
    p.add_argument("--steps", type=int, default=15, help="steps that count")
    p.add_argument("--warm-up", type=int, default=4, help="steps before, at least 1; the first one compiles")
    p.add_argument("--vocabulary", type=int, default=8000)
    p.add_argument("--frozen", action="store_true", help="the backbone does not learn")
    p.add_argument("--infer", action="store_true", help="predict instead of training")
    p.add_argument("--precision", choices=["bf16", "fp16", "fp32"], default="bf16", help="fp16 predicts only")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    add_options(p)
    args = p.parse_args()
    if args.precision == "fp16" and not args.infer:
        p.error("fp16 goes with --infer: training in it would want a scaled loss")
    if args.warm_up < 1 or args.steps < 1 or args.batch < 1:
        p.error("--batch, --steps and --warm-up are at least 1")
    return args


def recipe(args):
    if args.infer:
        return "infer"
    parts = [args.adversary] * (args.adversary != "none") + ["r-drop"] * (args.r_drop > 0) + ["frozen"] * args.frozen
    return " ".join(parts) or "plain"


def main():
    args = parse()
    torch.manual_seed(args.seed)
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.set_float32_matmul_precision("high")
    on_cuda = args.device.startswith("cuda")
    if on_cuda:
        torch.cuda.set_device(torch.device(args.device if ":" in args.device else "cuda:0"))
        torch.backends.cudnn.benchmark = True

    size, result = args.batch, None
    while result is None:
        try:
            result = measured(args, size)
        except torch.OutOfMemoryError as error:
            if size == 1:
                sys.exit(str(error))
            print(f"{size} videos do not fit: {error}", file=sys.stderr)
            size //= 2
        if result is None:  # Only here, since the error held what is to be freed.
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            torch.compiler.reset()  # Or it would compile for any number of videos.

    print(json.dumps({
        "mode": "compiled" if args.compile else "eager", "recipe": recipe(args), "preset": args.preset,
        "precision": args.precision, "batch": size, "steps": args.steps, **result,
        "versions": {
            "torch": torch.__version__, "transformers": transformers.__version__, "python": platform.python_version(),
            "cuda": torch.version.cuda, "device": torch.cuda.get_device_name() if on_cuda else args.device,
        },
    }))


if __name__ == "__main__":
    main()
