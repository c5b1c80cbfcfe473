"""Holds `framewise export` to transformers and timm: what it writes loads there with no key missing or unexpected, and computes
the same.

    python scripts/check_export.py .build/debug/framewise       # needs torch, transformers, timm, safetensors

Exports the folders of Tests/PretrainedTests/Fixtures, of which `expected.safetensors` has inputs and outputs.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import timm
import torch
import transformers
from safetensors.torch import load_file

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Tests/PretrainedTests/Fixtures"


def export(binary, model, layout, out):
    return subprocess.run(
        [binary, "export", "--to", layout, "--model", model, "--out", out], capture_output=True, text=True)


def in_transformers(folder):
    config = json.loads((folder / "config.json").read_text())
    kind = getattr(transformers, config["architectures"][0])
    # What lies behind the class token there was not published with most weights.
    options = {"add_pooling_layer": False} if kind.__name__ in ("ViTModel", "DeiTModel") else {}
    model, info = kind.from_pretrained(folder, output_loading_info=True, **options)
    wrong = {key: sorted(info[key]) for key in ("missing_keys", "unexpected_keys", "mismatched_keys") if info[key]}

    def vectors(pixels):
        output = model(pixel_values=pixels)
        pooled = output.last_hidden_state[:, 0] if options else output.pooler_output
        return pooled.flatten(1)

    transformers.AutoImageProcessor.from_pretrained(folder)
    return model, vectors, wrong


def in_timm(folder):
    model = timm.create_model(f"local-dir:{folder}", pretrained=False, num_classes=0)
    result = model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    wrong = {key: value for key, value in
             {"missing_keys": result.missing_keys, "unexpected_keys": result.unexpected_keys}.items() if value}
    # As a user would.
    timm.create_model(f"local-dir:{folder}", pretrained=True, num_classes=0)
    return model, model, wrong


def main(binary):
    failed = False
    for fixture in sorted(FIXTURES.iterdir()):
        expected = load_file(fixture / "expected.safetensors")
        model = fixture / "clip.pt" if (fixture / "clip.pt").exists() else fixture
        for layout, load in (("hf", in_transformers), ("timm", in_timm)):
            with tempfile.TemporaryDirectory() as folder:
                out = pathlib.Path(folder) / "exported"
                done = export(binary, model, layout, out)
                if done.returncode:
                    print(f"{fixture.name:22} {layout:5} refused: {done.stderr.strip().splitlines()[-1][:110]}")
                    continue
                model_there, vectors, wrong = load(out)
                model_there.eval()
                with torch.no_grad():
                    found = vectors(expected["input"])
                wanted = expected["output"]
                difference = ((found - wanted).abs().max() / max(1, wanted.abs().max())).item()
                failed |= bool(wrong) or difference > 1e-5
                print(f"{fixture.name:22} {layout:5} largest difference {difference:.1e} {wrong or ''}")
    sys.exit(failed)


if __name__ == "__main__":
    main(sys.argv[1])
