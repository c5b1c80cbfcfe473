#!/usr/bin/env python3
"""Holds what a published vision encoder says of real frames to timm: pixels, vectors and, with the head that was published, logits.

    scripts/check_frames.py BINARY FOLDER --frames SHARDS [--count 50]

needs torch, timm, numpy, pillow. FOLDER is one of timm's (`config.json`, weights), whose tensors may have the names of
`EfficientNet-PyTorch`; SHARDS is where `framewise extract` wrote. `framewise embed` reads the stored JPEGs, prepares them and
computes their vectors in float32; timm does so by its own transform, from the same JPEGs as Pillow decodes them. The head,
which Framewise does not read, is applied to both. The largest difference of logits has to be below 1e-3.
"""

import argparse
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

import numpy
import timm
import torch
from PIL import Image
from safetensors.torch import load_file


def model_of(folder):
    """timm's model with all weights of the folder."""
    config = json.loads((folder / "config.json").read_text())
    model = timm.create_model(config["architecture"], pretrained=False, num_classes=config["num_classes"])
    path = folder / "model.safetensors"
    weights = load_file(path) if path.exists() else torch.load(folder / "pytorch_model.bin", map_location="cpu", weights_only=True)
    own = [name for name in model.state_dict() if not name.endswith("num_batches_tracked")]
    weights = {name: tensor for name, tensor in weights.items() if not name.endswith("num_batches_tracked")}
    if set(weights) != set(own):
        # Of another port: it makes the same layers in the same order.
        assert len(weights) == len(own), f"{len(weights)} tensors for {len(own)}"
        weights = dict(zip(own, weights.values()))
    result = model.load_state_dict(weights, strict=False)
    assert not result.unexpected_keys and all(name.endswith("num_batches_tracked") for name in result.missing_keys), result
    return model.eval(), config["pretrained_cfg"]


def stored_frames(shards, count):
    """Ids, numbers and JPEGs of the first frames, whole videos at a time."""
    frames = []
    for shard in sorted(shards.glob("shard-*.tar")):
        with tarfile.open(shard) as archive:
            for member in archive:
                if not member.name.endswith(".jpg"):
                    if len(frames) >= count:
                        return frames
                    continue
                id, number, _ = member.name.rsplit(".", 2)
                frames.append((id, int(number), archive.extractfile(member).read()))
    return frames


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--frames", type=pathlib.Path, required=True)
    parser.add_argument("--count", type=int, default=50)
    options = parser.parse_args()

    frames = stored_frames(options.frames, options.count)
    ids = list(dict.fromkeys(id for id, _, _ in frames))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "ids.json").write_text(json.dumps([{"id": id, "title": ""} for id in ids]))
        subprocess.run(
            [options.binary, "embed", "--precision", "fp32", "--model", options.folder, "--frames", options.frames, "--annotations",
             folder / "ids.json", "--out", folder / "vectors"], check=True, stdout=subprocess.DEVNULL)
        found = torch.from_numpy(numpy.load(folder / "vectors/vectors.npy"))
        rows = [json.loads(line) for line in (folder / "vectors/ids.jsonl").read_text().splitlines()]
    assert [(row["id"], row["frame"]) for row in rows] == [(id, number) for id, number, _ in frames], "other frames"

    model, pixels = model_of(options.folder)
    transform = timm.data.create_transform(**timm.data.resolve_data_config(pretrained_cfg=pixels, model=model))
    images = torch.stack([transform(Image.open(io.BytesIO(jpeg)).convert("RGB")) for _, _, jpeg in frames])
    with torch.no_grad():
        wanted = torch.cat([model.forward_head(model.forward_features(batch), pre_logits=True) for batch in images.split(10)])
        logits = [model.get_classifier()(vectors) for vectors in (wanted, found)]
    difference = (logits[0] - logits[1]).abs().max().item()
    same = (logits[0].argmax(1) == logits[1].argmax(1)).sum().item()
    print(
        f"{options.folder}: {len(frames)} frames of {len(ids)} videos, input {tuple(images.shape[1:])}\n"
        f"vectors of {found.shape[1]}: largest difference {(wanted - found).abs().max():.1e}, of values up to {wanted.abs().max():.1f}\n"
        f"logits of {logits[0].shape[1]}: largest difference {difference:.1e}, of values up to {logits[0].abs().max():.1f}; "
        f"the same class first in {same} of {len(frames)}")
    sys.exit(difference >= 1e-3)


if __name__ == "__main__":
    main()
