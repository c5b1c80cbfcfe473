"""Makes the fixtures of backbones in Tests/ModelsTests from timm's implementations.

    python scripts/make_backbone_fixtures.py [NAME …]        # needs torch, timm, safetensors

As make_model_fixtures.py, which has more to say of them. `published.json` holds, of each size that weights were published
for, the number of its parameters, and CRC-32 and number of its names and shapes.
"""

import json
import zlib

import timm
import torch

import make_model_fixtures as fixtures

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
SYMMETRIC = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}


def randomise(model):
    """Draws every parameter and statistic anew: around 1 what scales, so that signals keep their size."""
    norms = (torch.nn.modules.batchnorm._BatchNorm, torch.nn.LayerNorm)
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            with torch.no_grad():
                fan_in = parameter[0].numel() if parameter.dim() > 1 else 1
                parameter.normal_(std=0.15 if fan_in == 1 else min(0.4, fan_in**-0.5))
                if isinstance(module, norms) and name == "weight":
                    parameter.add_(1)
        for name, buffer in module.named_buffers(recurse=False):
            if name == "running_mean":
                buffer.normal_(std=0.2)
            elif name == "running_var":
                buffer.uniform_(0.5, 1.5)


def save(path, model, config, images, kind, forward=None, training=False):
    """Output, gradients for sum(output * probe); with `training` also output, gradient of the input and running
    statistics of one pass that normalises by the batch, from the same weights."""
    forward = forward or (lambda images: model(images))
    model.eval()
    variable = images.clone().requires_grad_()
    pooled = forward(variable)
    probe = torch.randn_like(pooled)
    (pooled * probe).sum().backward()
    tensors = {
        "input": images, "probe": probe, "output.pooled": pooled, "gradient.input": variable.grad,
        **fixtures.weights_and_gradients(model)}
    tensors = {name: tensor.detach().clone() for name, tensor in tensors.items()}
    if training:
        variable = images.clone().requires_grad_()
        model.train()
        pooled = forward(variable)
        (pooled * probe).sum().backward()
        tensors |= {"training.output.pooled": pooled, "training.gradient.input": variable.grad}
        tensors |= {
            f"training.{name}": buffer for name, buffer in model.named_buffers()
            if not name.endswith("num_batches_tracked")}
    fixtures.save(path, tensors, f"timm {timm.__version__} {kind}, torch {torch.__version__}", config)


def vit(path):
    from timm.models.vision_transformer import VisionTransformer

    torch.manual_seed(1)
    config = dict(img_size=16, patch_size=4, embed_dim=24, depth=2, num_heads=3, mlp_ratio=2.0)
    model = VisionTransformer(**config, num_classes=0)
    fixtures.randomise(model)
    images = torch.randn(3, 3, 16, 16)
    save(path, model, {"architecture": "vit", **config, "normalization": IMAGENET}, images, "VisionTransformer")


def resnet(path, block, seed):
    from timm.models.resnet import BasicBlock, Bottleneck, ResNet

    torch.manual_seed(seed)
    config = {
        "architecture": "resnet", "img_size": 40, "block": block, "layers": [1, 2, 1, 1], "channels": [8, 12, 8, 16],
        "frozen_statistics": False, "normalization": IMAGENET}
    model = ResNet(
        {"basic": BasicBlock, "bottleneck": Bottleneck}[block], layers=config["layers"], channels=config["channels"],
        num_classes=0)
    randomise(model)
    save(path, model, config, torch.randn(4, 3, 40, 40), "ResNet", training=True)


def efficientnet(path, seed, lite=False, tf=False):
    from functools import partial

    from timm.models._efficientnet_builder import decode_arch_def
    from timm.models.efficientnet import EfficientNet

    torch.manual_seed(seed)
    config = {
        "architecture": "efficientnet", "img_size": 40, "stem_channels": 8, "channels": [8, 8, 16, 8, 8, 16, 8],
        "layers": [2, 2, 1, 1, 2, 1, 1], "head_channels": 20, "squeeze_excite": not lite,
        "activation": "relu6" if lite else "silu", "padding": "same" if tf else "symmetric",
        "bn_eps": 1e-3 if tf else 1e-5, "frozen_statistics": False,
        "normalization": SYMMETRIC if lite and tf else IMAGENET}
    stages = ["ds_k3_s1_e1", "ir_k3_s2_e6", "ir_k5_s2_e6", "ir_k3_s2_e6", "ir_k5_s1_e6", "ir_k5_s2_e6", "ir_k3_s1_e6"]
    model = EfficientNet(
        decode_arch_def([
            [f"{stage}_r{layers}_c{channels}" + ("" if lite else "_se0.25")]
            for stage, layers, channels in zip(stages, config["layers"], config["channels"])]),
        num_classes=0, num_features=config["head_channels"], stem_size=config["stem_channels"], fix_stem=True,
        round_chs_fn=lambda channels: channels, pad_type="same" if tf else "",
        act_layer=torch.nn.ReLU6 if lite else torch.nn.SiLU,
        norm_layer=partial(torch.nn.BatchNorm2d, eps=config["bn_eps"]))
    randomise(model)
    save(path, model, config, torch.randn(3, 3, 40, 40), "EfficientNet", training=True)


# What timm calls the sizes that weights were published for; the head is not ours.
PUBLISHED = """
    vit_small_patch16_224 resnet18 resnet34 resnet50 resnet101
    efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4
    efficientnet_lite0 efficientnet_lite1 efficientnet_lite2
    tf_efficientnet_b0 tf_efficientnet_b1 tf_efficientnet_b2 tf_efficientnet_b3 tf_efficientnet_b4
    tf_efficientnet_lite0 tf_efficientnet_lite1 tf_efficientnet_lite2
""".split()


def published(path):
    """Names and shapes, as a checkpoint's header has them but for `num_batches_tracked`, which nobody reads."""
    rows = {}
    for name in PUBLISHED:
        with torch.device("meta"):
            model = timm.create_model(name, num_classes=0)
        keys = sorted(
            f"{key} {list(tensor.shape)}" for key, tensor in model.state_dict().items()
            if not key.endswith("num_batches_tracked"))
        rows[name] = {
            "parameters": sum(parameter.numel() for parameter in model.parameters()), "keys": len(keys),
            "crc32": f"{zlib.crc32(chr(10).join(keys).encode()):08x}"}
    rows = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    path.write_text("{\n" + rows + "\n}\n")
    print(f"{path.name}: {len(PUBLISHED)} models, timm {timm.__version__}")


FILES = {
    f"Tests/ModelsTests/Fixtures/{name}": function for name, function in {
        "vit.safetensors": vit,
        "resnet_basic.safetensors": lambda path: resnet(path, "basic", seed=7),
        "resnet_bottleneck.safetensors": lambda path: resnet(path, "bottleneck", seed=8),
        "efficientnet.safetensors": lambda path: efficientnet(path, seed=9),
        "efficientnet_tf.safetensors": lambda path: efficientnet(path, seed=10, tf=True),
        "efficientnet_tf_lite.safetensors": lambda path: efficientnet(path, seed=11, lite=True, tf=True),
        "published.json": published,
    }.items()
}

if __name__ == "__main__":
    fixtures.make(FILES, __doc__)
