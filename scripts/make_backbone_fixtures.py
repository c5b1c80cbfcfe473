"""Makes the fixtures of backbones in Tests/ModelsTests from timm's implementations.

    python scripts/make_backbone_fixtures.py [NAME …]        # needs torch, timm, safetensors

As make_model_fixtures.py, which has more to say of them. `published.json` holds, of each size that weights were published
for, the number of its parameters, and CRC-32 and number of its names and shapes.
"""

import copy
import json
import zlib

import timm
import torch

import make_model_fixtures as fixtures

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
SYMMETRIC = {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}


def randomise(model):
    """Draws every parameter anew: around 1 what scales, so that signals keep their size."""
    norms = (torch.nn.modules.batchnorm._BatchNorm, torch.nn.LayerNorm)
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            with torch.no_grad():
                fan_in = parameter[0].numel() if parameter.dim() > 1 else 1
                parameter.normal_(std=0.15 if fan_in == 1 else min(0.4, fan_in**-0.5))
                if isinstance(module, norms) and name == "weight":
                    parameter.add_(1)


def settle(model, images):
    """Running statistics near those of the images, so that no signal dies away on its way through the layers."""
    norms = [module for module in model.modules() if isinstance(module, torch.nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1
    with torch.no_grad():
        model.train()(images)
        for norm, momentum in zip(norms, momenta):
            norm.momentum = momentum
            norm.running_mean += torch.randn_like(norm.running_mean) * 0.2 * norm.running_var.sqrt()
            # Nearer to each other than they are: a small one would make its channel large.
            norm.running_var.add_(norm.running_var.mean()).mul_(0.4 + 0.4 * torch.rand_like(norm.running_var))


def save(path, model, config, images, kind, forward=None, training=False, native=None):
    """Output, gradients for sum(output * probe); with `training` also output, gradient of the input and running
    statistics of one pass that normalises by the batch, from the same weights.

    `native`: what `model` was made from for another size of the input; its weights are what is kept."""
    forward = forward or (lambda images: model(images))
    model.eval()
    variable = images.clone().requires_grad_()
    pooled = forward(variable)
    probe = torch.randn_like(pooled)
    (pooled * probe).sum().backward()
    tensors = {
        "input": images, "probe": probe, "output.pooled": pooled, "gradient.input": variable.grad,
        **fixtures.weights_and_gradients(model)}
    if native is not None:
        tensors |= {f"weight.{name}": tensor for name, tensor in native.state_dict().items()}
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


# What our configuration has beyond timm's arguments, and what it is where nothing is said.
VIT = {
    "img_size": 16, "patch_size": 4, "embed_dim": 24, "depth": 2, "num_heads": 3, "mlp_ratio": 2.0,
    "activation": "gelu", "norm_eps": 1e-6, "qkv_bias": "all", "class_token": True, "reg_tokens": 0,
    "pos_embed": "tokens", "pre_norm": False, "init_values": 0, "global_pool": "token", "fc_norm": False}


def vit(path, seed, resized=None, **changes):
    """`resized`: the size of the input for which timm resamples the positions of a model that is made for another."""
    from functools import partial

    from timm.layers import LayerNorm
    from timm.models.vision_transformer import VisionTransformer

    torch.manual_seed(seed)
    config = {**VIT, **changes}
    model = VisionTransformer(
        **{key: config[key] for key in [
            "img_size", "patch_size", "embed_dim", "depth", "num_heads", "mlp_ratio", "class_token", "reg_tokens",
            "pre_norm", "global_pool", "fc_norm"]},
        num_classes=0, act_layer=config["activation"], norm_layer=partial(LayerNorm, eps=config["norm_eps"]),
        no_embed_class=config["pos_embed"] == "patches", init_values=config["init_values"] or None)
    randomise(model)
    native = None
    if resized:
        native = copy.deepcopy(model)
        model.set_input_size(resized)
        config["img_size"] = resized
    images = torch.randn(3, 3, config["img_size"], config["img_size"])
    save(
        path, model, {"architecture": "vit", **config, "normalization": IMAGENET}, images, "VisionTransformer",
        native=native)


def dinov3(path, seed, **changes):
    from functools import partial

    from timm.layers import LayerNorm
    from timm.models.eva import Eva

    torch.manual_seed(seed)
    config = {
        **VIT, "num_heads": 2, "reg_tokens": 2, "pos_embed": "rotary", "init_values": 1e-5, "norm_eps": 1e-5, **changes}
    model = Eva(
        **{key: config[key] for key in [
            "img_size", "patch_size", "embed_dim", "depth", "num_heads", "mlp_ratio", "init_values", "global_pool"]},
        num_classes=0, qkv_bias=config["qkv_bias"] != "none", rope_type="dinov3", rope_temperature=100,
        rope_rotate_half=True, use_rot_pos_emb=True, use_abs_pos_emb=False, num_reg_tokens=config["reg_tokens"],
        use_fc_norm=False, dynamic_img_size=True, norm_layer=partial(LayerNorm, eps=config["norm_eps"]))
    randomise(model)
    save(
        path, model, {"architecture": "vit", **config, "normalization": IMAGENET}, torch.randn(3, 3, 16, 16), "Eva")


def swin(path, seed, version, size, native_size=None, window=4, pretrained=0):
    """`native_size`: of a model whose weights timm loads into one of `size`, with the tables of its windows resampled."""
    from timm.models import swin_transformer, swin_transformer_v2

    torch.manual_seed(seed)
    config = {
        "architecture": "swin", "img_size": size, "patch_size": 4, "embed_dim": 4, "depths": [2, 2, 1, 1],
        "num_heads": [1, 2, 2, 4], "window_size": window, "version": version,
        "pretrained_window_sizes": [pretrained] * 4, "shifted_windows": "timm", "mlp_ratio": 2.0, "activation": "gelu", "norm_eps": 1e-5,
        "normalization": IMAGENET}

    def make(size):
        module, name = [(swin_transformer, "SwinTransformer"), (swin_transformer_v2, "SwinTransformerV2")][version - 1]
        arguments = {"pretrained_window_sizes": config["pretrained_window_sizes"]} if version == 2 else {}
        return getattr(module, name)(
            img_size=size, num_classes=0, drop_path_rate=0, **arguments,
            **{key: config[key] for key in ["patch_size", "embed_dim", "depths", "num_heads", "window_size", "mlp_ratio"]})

    model, native = make(size), None
    randomise(native := make(native_size)) if native_size else randomise(model)
    if native:
        model.load_state_dict(swin_transformer.checkpoint_filter_fn(native.state_dict(), model))
    save(
        path, model, config, torch.randn(2, 3, size, size), type(model).__name__, native=native)


def convnext(path, seed, **changes):
    from timm.models.convnext import ConvNeXt

    torch.manual_seed(seed)
    config = {
        "img_size": 36, "depths": [1, 2, 1, 1], "dims": [8, 12, 16, 20], "activation": "gelu", "norm_eps": 1e-6,
        "ls_init_value": 1e-6, "use_grn": False, **changes}
    model = ConvNeXt(
        depths=config["depths"], dims=config["dims"], num_classes=0, ls_init_value=config["ls_init_value"] or None,
        use_grn=config["use_grn"], norm_eps=config["norm_eps"])
    randomise(model)
    save(
        path, model, {"architecture": "convnext", **config, "normalization": IMAGENET}, torch.randn(3, 3, 36, 36),
        "ConvNeXt")


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
    images = torch.randn(4, 3, 40, 40)
    settle(model, images)
    save(path, model, config, images, "ResNet", training=True)


def resnest(path, seed):
    from timm.models.resnest import ResNestBottleneck
    from timm.models.resnet import ResNet

    torch.manual_seed(seed)
    config = {
        "architecture": "resnest", "img_size": 44, "layers": [1, 2, 1, 1], "channels": [8, 8, 12, 8], "stem_width": 4,
        "frozen_statistics": False, "normalization": IMAGENET}
    model = ResNet(
        ResNestBottleneck, layers=config["layers"], channels=config["channels"], num_classes=0, stem_type="deep",
        stem_width=config["stem_width"], avg_down=True, base_width=64, cardinality=1,
        block_args={"radix": 2, "avd": True, "avd_first": False})
    randomise(model)
    images = torch.randn(3, 3, 44, 44)
    settle(model, images)
    save(path, model, config, images, "ResNeSt", training=True)


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
    images = torch.randn(3, 3, 40, 40)
    settle(model, images)
    if lite:  # some values have to be above 6
        images = images * 4
    save(path, model, config, images, "EfficientNet", training=True)


# What timm calls the sizes that weights were published for; the head is not ours.
PUBLISHED = """
    vit_tiny_patch16_224 vit_tiny_patch16_384 vit_small_patch32_224 vit_small_patch32_384 vit_small_patch16_224
    vit_small_patch16_384 vit_base_patch32_224 vit_base_patch32_384 vit_base_patch16_224 vit_base_patch16_384
    vit_large_patch16_224 vit_large_patch16_384
    deit_tiny_patch16_224 deit_small_patch16_224 deit_base_patch16_224 deit_base_patch16_384
    deit3_small_patch16_224 deit3_base_patch16_224 deit3_large_patch16_224 deit3_huge_patch14_224
    vit_base_patch32_clip_224 vit_base_patch16_clip_224 vit_large_patch14_clip_224 vit_large_patch14_clip_336
    vit_huge_patch14_clip_224 vit_base_patch32_clip_quickgelu_224 vit_base_patch16_clip_quickgelu_224
    vit_large_patch14_clip_quickgelu_224 vit_large_patch14_clip_quickgelu_336 vit_huge_patch14_clip_quickgelu_224
    vit_base_patch16_siglip_224 vit_base_patch16_siglip_256 vit_base_patch16_siglip_384 vit_base_patch16_siglip_512
    vit_base_patch32_siglip_256 vit_large_patch16_siglip_256 vit_large_patch16_siglip_384 vit_large_patch16_siglip_512
    vit_so400m_patch14_siglip_224 vit_so400m_patch14_siglip_378 vit_so400m_patch16_siglip_256
    vit_so400m_patch16_siglip_384 vit_so400m_patch16_siglip_512
    vit_small_patch14_dinov2 vit_base_patch14_dinov2 vit_large_patch14_dinov2
    vit_small_patch14_reg4_dinov2 vit_base_patch14_reg4_dinov2 vit_large_patch14_reg4_dinov2
    vit_small_patch16_dinov3 vit_base_patch16_dinov3 vit_large_patch16_dinov3
    vit_small_patch16_dinov3_qkvb vit_base_patch16_dinov3_qkvb vit_large_patch16_dinov3_qkvb
    swin_tiny_patch4_window7_224 swin_small_patch4_window7_224 swin_base_patch4_window7_224
    swin_base_patch4_window12_384 swin_large_patch4_window7_224 swin_large_patch4_window12_384
    swinv2_tiny_window8_256 swinv2_tiny_window16_256 swinv2_small_window8_256 swinv2_small_window16_256
    swinv2_base_window8_256 swinv2_base_window16_256 swinv2_base_window12_192 swinv2_base_window12to16_192to256
    swinv2_base_window12to24_192to384 swinv2_large_window12_192 swinv2_large_window12to16_192to256
    swinv2_large_window12to24_192to384
    resnet18 resnet34 resnet50 resnet101 resnest50d resnest101e
    convnext_tiny convnext_small convnext_base convnext_large
    convnextv2_tiny convnextv2_small convnextv2_base convnextv2_large
    efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4
    efficientnet_lite0 efficientnet_lite1 efficientnet_lite2
    tf_efficientnet_b0 tf_efficientnet_b1 tf_efficientnet_b2 tf_efficientnet_b3 tf_efficientnet_b4
    tf_efficientnet_lite0 tf_efficientnet_lite1 tf_efficientnet_lite2
""".split()


def settings(model):
    """What does not show in the shapes, by the names of our configuration: the activation and the norms' epsilon."""
    names = {"QuickGELU": "quick_gelu", "SiLU": "silu", "ReLU6": "relu6", "ReLU": "relu"}
    found, windows = set(), []
    for path, module in model.named_modules():
        kind = type(module).__name__
        if "cpb_mlp" in path:  # Swin V2's network for positions is always the same
            continue
        if "GELU" in kind and kind != "QuickGELU":
            found.add(("activation", "gelu_tanh" if "tanh" in f"{kind} {module}".lower() else "gelu"))
        elif kind in names:
            found.add(("activation", names[kind]))
        elif "LayerNorm" in kind:
            found.add(("norm_eps", module.eps))
        elif "BatchNorm" in kind:
            found.add(("bn_eps", module.eps))
        if hasattr(module, "pretrained_window_size"):
            windows.append(module.pretrained_window_size[0])
    assert len(found) == len(dict(found)), found
    settings = dict(sorted(found))
    if windows:  # of every block; one of each stage is enough
        depths = [len(stage.blocks) for stage in model.layers]
        settings["pretrained_window_sizes"] = [windows[sum(depths[:stage])] for stage in range(4)]
    return settings


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
            "settings": settings(model), "parameters": sum(parameter.numel() for parameter in model.parameters()), "keys": len(keys),
            "crc32": f"{zlib.crc32(chr(10).join(keys).encode()):08x}"}
    rows = ",\n".join(f" {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    path.write_text("{\n" + rows + "\n}\n")
    print(f"{path.name}: {len(PUBLISHED)} models, timm {timm.__version__}")


FILES = {
    f"Tests/ModelsTests/Fixtures/{name}": function for name, function in {
        "vit.safetensors": lambda path: vit(path, seed=1),
        "vit_mean.safetensors": lambda path: vit(path, seed=12, global_pool="avg", fc_norm=True),
        "clip.safetensors": lambda path: vit(
            path, seed=13, activation="quick_gelu", norm_eps=1e-5, pre_norm=True),
        "siglip.safetensors": lambda path: vit(
            path, seed=14, activation="gelu_tanh", class_token=False, pos_embed="patches", global_pool="map"),
        "dinov2.safetensors": lambda path: vit(path, seed=15, init_values=1e-5),
        "dinov2_registers.safetensors": lambda path: vit(
            path, seed=16, init_values=1e-5, reg_tokens=2, pos_embed="patches"),
        # A larger and a smaller input than the positions are for.
        "vit_larger.safetensors": lambda path: vit(path, seed=22, resized=28),
        "dinov2_smaller.safetensors": lambda path: vit(
            path, seed=23, img_size=28, resized=20, init_values=1e-5, reg_tokens=2, pos_embed="patches"),
        "dinov3.safetensors": lambda path: dinov3(path, seed=17, qkv_bias="none", global_pool="avg"),
        "dinov3_biases.safetensors": lambda path: dinov3(path, seed=18, qkv_bias="query_value"),
        "resnet_basic.safetensors": lambda path: resnet(path, "basic", seed=7),
        "resnet_bottleneck.safetensors": lambda path: resnet(path, "bottleneck", seed=8),
        "efficientnet.safetensors": lambda path: efficientnet(path, seed=9),
        "efficientnet_tf.safetensors": lambda path: efficientnet(path, seed=10, tf=True),
        "efficientnet_tf_lite.safetensors": lambda path: efficientnet(path, seed=11, lite=True, tf=True),
        "resnest.safetensors": lambda path: resnest(path, seed=19),
        # Windows that are shifted and that do not fit, stages smaller than a window.
        "swin.safetensors": lambda path: swin(path, seed=24, version=1, size=40),
        "swin_smaller.safetensors": lambda path: swin(path, seed=25, version=1, size=24, native_size=64),
        "swin_v2.safetensors": lambda path: swin(path, seed=26, version=2, size=40),
        "swin_v2_windows.safetensors": lambda path: swin(path, seed=27, version=2, size=32, pretrained=3),
        "convnext.safetensors": lambda path: convnext(path, seed=20),
        "convnext_v2.safetensors": lambda path: convnext(path, seed=21, ls_init_value=0, use_grn=True),
        "published.json": published,
    }.items()
}

if __name__ == "__main__":
    fixtures.make(FILES, __doc__)
