"""timm's and transformers' side of compare_backbones.py: as backbone-benchmark, whose head has more to say.

    python backbone.py NAME --size N [--fp32] [--threads N] [--batch N] [--repeats N] [--channels-last]
"""

import argparse
import pathlib
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("name")
parser.add_argument("--size", type=int, required=True, help="of the input, pixels or tokens")
parser.add_argument("--fp32", action="store_true")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--batch", type=int, default=16)
parser.add_argument("--repeats", type=int, default=3)
parser.add_argument("--channels-last", action="store_true")
options = parser.parse_args()

torch.set_num_threads(options.threads)
torch.manual_seed(1)


def text_encoder():
    """As transformers has it; None of another name. Dropout of attention weights, which Framewise does not apply, is off."""
    import transformers
    from make_text_encoder_fixtures import published

    kind, own = published().get(options.name, (None, {}))
    if kind is None:
        return None
    off = "attention_dropout" if kind == "ModernBert" else "attention_probs_dropout_prob"
    pooler = {} if kind in ("ModernBert", "DebertaV2") else {"add_pooling_layer": False}
    return getattr(transformers, kind + "Model")(getattr(transformers, kind + "Config")(**{**own, off: 0.0}), **pooler)


encoder = text_encoder()
if encoder is not None:
    tokens = (1000 + 37 * torch.arange(options.batch * options.size) % 20_000).reshape(options.batch, options.size)

    def model(tokens):
        return encoder(input_ids=tokens).last_hidden_state

    model.train, model.eval, model.zero_grad = encoder.train, encoder.eval, encoder.zero_grad
    images = tokens
else:
    import timm

    model = timm.create_model(options.name, num_classes=0)
    images = torch.randn(options.batch, 3, options.size, options.size)
if options.channels_last and encoder is None:
    model, images = model.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
# As people run it: master weights in float32, bf16 by autocast.
autocast = torch.autocast("cpu", torch.bfloat16, enabled=not options.fp32)


def forward():
    model.eval()
    with torch.no_grad(), autocast:
        model(images).sum().item()


def training():
    model.train()
    with autocast:
        loss = model(images).float().sum()
    loss.backward()
    loss.item()
    model.zero_grad(set_to_none=True)


for line in sys.stdin:
    body = {"forward": forward, "training": training}[line.strip()]
    body()
    start = time.perf_counter()
    for _ in range(options.repeats):
        body()
    print((time.perf_counter() - start) / options.repeats * 1000, flush=True)
