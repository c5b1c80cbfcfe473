"""Writes the PyTorch checkpoints of Tests/TorchTests/Fixtures, and the same tensors as safetensors.

    python scripts/make_pickle_fixtures.py

Needs torch and safetensors. The files are a few kB each; torch writes its own version into them, so that another version
gives other bytes and the same tensors.
"""

import zipfile
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parent.parent / "Tests/TorchTests/Fixtures"


def tensors():
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6) / 7
    return OrderedDict(
        [
            ("module.weight", torch.nn.Parameter(base.clone())),
            ("module.transposed", base.t()),
            ("module.window", base[1:3, ::2]),
            ("half", torch.tensor([[0.5, -2.0]], dtype=torch.float16)),
            ("brain", torch.tensor([1.5, -3.0], dtype=torch.bfloat16)),
            ("double", torch.tensor(0.25, dtype=torch.float64)),
            ("count", torch.tensor([7], dtype=torch.int64)),
            ("bytes", torch.tensor([1, 255], dtype=torch.uint8)),
            ("flags", torch.tensor([True, False])),
            ("empty", torch.zeros(0, 3)),
        ]
    )


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(3, 2)
        self.blocks = torch.nn.ModuleList([torch.nn.LayerNorm(2)])

    def forward(self, x):
        for block in self.blocks:
            x = block(self.first(x))
        return x


def main():
    torch.manual_seed(0)
    state = tensors()
    torch.save(state, OUT / "state.pt")
    torch.save(state, OUT / "state_legacy.pt", _use_new_zipfile_serialization=False)
    save_file({name: tensor.detach().contiguous().clone() for name, tensor in state.items()}, OUT / "state.safetensors")

    net = Net()
    net.blocks[0].weight.data.normal_()
    torch.save(
        {"epoch": 3, "state_dict": net.state_dict(), "optimizer": {"lr": 0.1}, "best": None}, OUT / "training.pt"
    )
    torch.jit.script(net).save(OUT / "script.pt")
    save_file({name: tensor.clone() for name, tensor in net.state_dict().items()}, OUT / "net.safetensors")

    # A storage of four numbers whose member unpacks to 16 MB.
    torch.save({"a": torch.zeros(4)}, OUT / "plain.pt")
    with zipfile.ZipFile(OUT / "plain.pt") as plain, zipfile.ZipFile(
        OUT / "bomb.pt", "w", zipfile.ZIP_DEFLATED
    ) as bomb:
        for name in plain.namelist():
            bomb.writestr(name, bytes(1 << 24) if name.endswith("data/0") else plain.read(name))
    (OUT / "plain.pt").unlink()


if __name__ == "__main__":
    main()
