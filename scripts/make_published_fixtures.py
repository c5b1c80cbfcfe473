"""Makes the folders of Tests/PretrainedTests/Fixtures: tiny, randomly weighted models of vision as transformers and open_clip
publish them.

    python scripts/make_published_fixtures.py [NAME …]       # needs torch, transformers, timm, open_clip, safetensors

A folder holds the files that a user has, written by the library itself, and `expected.safetensors`: `input`, `output` (the
vector of each frame), `probe` and the gradients of sum(output * probe) as `gradient.input`
and `gradient.<name in the weights>`; `resized.input` and `resized.output` of an input of another size; and `picture` [height, width, 3] with `pixels`, which the
library's own preparation makes of it.
"""

import json
import pathlib
import tempfile

import numpy
import torch
import transformers
from PIL import Image
from safetensors.torch import load_file
from torch import nn

import make_backbone_fixtures as backbones
import make_model_fixtures as fixtures

WITH = f"transformers {transformers.__version__}, torch {torch.__version__}"


def randomise(model):
    backbones.randomise(model)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "norm" in name and name.endswith("weight") and parameter.mean() < 0.5:  # norms that are no nn.LayerNorm
                parameter.add_(1)


def stored(model):
    """The tensors under the names that they are published with."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return load_file(f"{folder}/model.safetensors"), (pathlib.Path(folder) / "config.json").read_text()


def check(model, vectors, size, resized, vectors_resized, count):
    """What a model's outputs and gradients are; `vectors` makes the frames' vectors of pixels."""
    model.eval()
    images = torch.randn(count, 3, size, size, requires_grad=True)
    output = vectors(images)
    probe = torch.randn_like(output)
    (output * probe).sum().backward()
    other = torch.randn(1, 3, resized, resized)
    with torch.no_grad():
        other_output = vectors_resized(other)
    return {
        "input": images, "output": output, "probe": probe, "gradient.input": images.grad,
        "resized.input": other, "resized.output": other_output}


def gradients(model, weights_of):
    """By the names that the parameters are published with."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.zeros_like(parameter) if parameter.grad is None else parameter.grad)
    found = {name: tensor for name, tensor in weights_of(model).items() if tensor.any() and "running" not in name}
    return {f"gradient.{name}": tensor for name, tensor in found.items() if "num_batches" not in name}


def write(folder, weights, texts, expected, made_with=WITH, name="model.safetensors"):
    fixtures.save(folder / name, weights, made_with)
    for file, text in texts.items():
        (folder / file).write_text(text)
    fixtures.save(folder / "expected.safetensors", expected, made_with)


def picture():
    return numpy.random.default_rng(5).integers(0, 256, (26, 31, 3), dtype=numpy.uint8)


def hugging_face(kind, config, processor, size, resized, seed, interpolates=True, settles=False):
    """`kind` and `processor`: names of classes; the processor with its arguments."""

    def make(folder):
        torch.manual_seed(seed)
        model_class = getattr(transformers, kind)
        model = model_class(model_class.config_class(**config))
        randomise(model)
        with torch.no_grad():
            # Positions that show where they are.
            for name, parameter in model.named_parameters():
                if "position_embedding" in name:
                    parameter.mul_(4)
            if kind == "Swinv2Model":
                # Shifted windows that show how far patches that are no neighbours are kept apart: scores are as large as they
                # can be, and those of what is alike are the smallest.
                attention = model.encoder.layers[0].blocks[1].attention.self
                attention.logit_scale.fill_(5)
                attention.query.weight.copy_(-attention.key.weight)
                attention.query.bias.zero_()
        if settles:
            backbones.settle(model, torch.randn(8, 3, size, size))
        inner = model
        for part in ["vision_model", "vit", "deit", "convnextv2", "swin"]:
            inner = getattr(inner, part, inner) if not hasattr(inner, "embeddings") else inner

        def vectors(pixels, **options):
            output = inner(pixel_values=pixels, **options)
            # What ViT and DeiT pool in transformers goes through another layer.
            pooled = output.last_hidden_state[:, 0] if kind.startswith(("ViT", "DeiT")) else output.pooler_output
            return pooled.flatten(1)

        options = {"interpolate_pos_encoding": True} if interpolates else {}
        expected = check(model, vectors, size, resized, lambda pixels: vectors(pixels, **options), 2 if size < 20 else 1)
        weights, text = stored(model)
        found = gradients(model, lambda model: stored(model)[0])
        if kind.startswith("Dinov2WithRegisters"):
            # The class token and its position are one parameter here.
            for name in found:
                if name.endswith("position_embeddings"):
                    found[name][:, :1] = 0
        name, arguments = processor
        processing = getattr(transformers, name)(**arguments)
        pixels = getattr(transformers, name + "Pil", getattr(transformers, name))(**arguments)(
            Image.fromarray(picture()), return_tensors="pt")["pixel_values"][0]
        preparation = json.dumps(processing.to_dict(), indent=2, sort_keys=True) + "\n"
        expected |= found | {"picture": torch.from_numpy(picture()), "pixels": pixels}
        write(folder, weights, {"config.json": text, "preprocessor_config.json": preparation}, expected)

    return make


def open_clip_model(vision, quick_gelu, size):
    from open_clip.model import CLIP

    text = dict(context_length=4, vocab_size=8, width=4, heads=1, layers=1)
    model = CLIP(4, {"image_size": size, **vision}, text, quick_gelu=quick_gelu)
    randomise(model)
    return model, text


def open_clip_vectors(model):
    def vectors(pixels):
        visual = model.visual
        projection, visual.proj = visual.proj, None
        try:
            return visual(pixels)
        finally:
            visual.proj = projection

    return vectors


def image_gradients(model):
    return gradients(model, lambda model: {
        key: tensor for key, tensor in model.state_dict().items() if key.startswith("visual.")})


def open_clip_resized(model, vision, quick_gelu, size):
    """The same weights in a model for another size of the input, as open_clip loads them."""
    from open_clip.model import CLIP, resize_pos_embed

    other = CLIP(4, {**vision, "image_size": size}, dict(context_length=4, vocab_size=8, width=4, heads=1, layers=1), quick_gelu=quick_gelu)
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    resize_pos_embed(state, other)
    other.load_state_dict(state)
    return open_clip_vectors(other.eval())


def open_clip_pixels(size, **options):
    from open_clip.transform import image_transform_v2, PreprocessCfg

    return image_transform_v2(PreprocessCfg(size=size, **options), is_train=False)(Image.fromarray(picture()))


def open_clip_folder(vision, quick_gelu, size, resized, seed, preprocess, name="open_clip_model.safetensors"):
    import open_clip

    def make(folder):
        torch.manual_seed(seed)
        model, text = open_clip_model(vision, quick_gelu, size)
        expected = check(
            model, open_clip_vectors(model), size, resized, open_clip_resized(model, vision, quick_gelu, resized), 2)
        weights = {key: tensor.clone() for key, tensor in model.state_dict().items() if "attn_mask" not in key}
        expected |= image_gradients(model)
        expected |= {"picture": torch.from_numpy(picture()), "pixels": open_clip_pixels(size, **preprocess)}
        config = {
            "model_cfg": {"embed_dim": 4, "vision_cfg": {"image_size": size, **vision}, "text_cfg": text},
            "preprocess_cfg": {"size": size, "mode": "RGB", **preprocess}}
        if quick_gelu:
            config["model_cfg"]["quick_gelu"] = True
        texts = {"open_clip_config.json": json.dumps(config, indent=2) + "\n"}
        made_with = f"open_clip {open_clip.__version__}, torch {torch.__version__}"
        if name.endswith(".bin"):
            folder.mkdir(parents=True, exist_ok=True)
            torch.save(weights, folder / name)
            (folder / "open_clip_config.json").write_text(texts["open_clip_config.json"])
            fixtures.save(folder / "expected.safetensors", expected, made_with)
        else:
            write(folder, weights, texts, expected, made_with, name)

    return make


def clip_file(seed, chinese):
    """A state dict as OpenAI's loader takes it, or as the authors of Chinese-CLIP save theirs; in float16."""
    import open_clip

    def make(folder):
        torch.manual_seed(seed)
        size, vision = 12, dict(width=64, layers=1, patch_size=4, head_width=64, mlp_ratio=0.25)
        model, _ = open_clip_model(vision, True, size)
        state = {key: tensor.half() for key, tensor in model.state_dict().items() if "attn_mask" not in key}
        model.load_state_dict({key: tensor.float() for key, tensor in state.items()}, strict=False)
        expected = check(model, open_clip_vectors(model), size, 16, open_clip_resized(model, vision, True, 16), 2)
        expected |= image_gradients(model)
        preprocess = {"resize_mode": "squash"} if chinese else {}
        expected |= {"picture": torch.from_numpy(picture()), "pixels": open_clip_pixels(size, **preprocess)}
        if chinese:
            state = {f"module.{key}": tensor for key, tensor in state.items() if key.startswith("visual.")}
            state["module.bert.embeddings.word_embeddings.weight"] = torch.zeros(8, 4)
            state = {"epoch": 1, "state_dict": state}
        else:
            state |= {key: torch.tensor(value) for key, value in
                      {"input_resolution": size, "context_length": 4, "vocab_size": 8}.items()}
        folder.mkdir(parents=True, exist_ok=True)
        torch.save(state, folder / "clip.pt")
        fixtures.save(
            folder / "expected.safetensors", expected, f"open_clip {open_clip.__version__}, torch {torch.__version__}")

    return make


TOWER = dict(hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=20, image_size=12, patch_size=4)
TEXT = dict(
    hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4, vocab_size=8, max_position_embeddings=4,
    bos_token_id=0, eos_token_id=1, pad_token_id=2)
DINO = dict(hidden_size=8, num_hidden_layers=2, num_attention_heads=2, mlp_ratio=2, image_size=12, patch_size=4)
SWIN = dict(
    image_size=40, patch_size=2, embed_dim=2, depths=[1, 2, 1, 1], num_heads=[1, 2, 1, 4], window_size=3, mlp_ratio=2.0)
CONVNEXT = dict(hidden_sizes=[4, 8, 12, 8], depths=[1, 2, 1, 1], image_size=32)


def short(size, crop=None, **more):
    return {"size": {"shortest_edge": size}, "crop_size": {"height": crop or size, "width": crop or size}, **more}


def square(size, **more):
    return {"size": {"height": size, "width": size}, **more}


FILES = {
    f"Tests/PretrainedTests/Fixtures/{name}": function for name, function in {
        "hf_clip": hugging_face(
            "CLIPModel", dict(vision_config=TOWER, text_config=TEXT, projection_dim=4), ("CLIPImageProcessor", short(12)),
            12, 16, seed=1),
        # As LAION's, whose files say so.
        "hf_clip_vision_gelu": hugging_face(
            "CLIPVisionModel", dict(TOWER, hidden_act="gelu"), ("CLIPImageProcessor", short(12)), 12, 8, seed=2),
        "hf_clip_projection": hugging_face(
            "CLIPVisionModelWithProjection", dict(TOWER, projection_dim=4), ("CLIPImageProcessor", short(12)), 12, 8, seed=3),
        "hf_chinese_clip": hugging_face(
            "ChineseCLIPModel", dict(vision_config=TOWER, text_config={**TEXT, "type_vocab_size": 2}, projection_dim=4),
            ("ChineseCLIPImageProcessor", square(12, do_center_crop=False)), 12, 16, seed=4),
        # An input that is no multiple of its patches, as SigLIP's at 384 pixels.
        "hf_siglip": hugging_face(
            "SiglipModel", dict(vision_config={**TOWER, "image_size": 14}, text_config={**TEXT, "projection_size": 8}),
            ("SiglipImageProcessor", square(14)), 14, 17, seed=5),
        "hf_siglip_vision": hugging_face(
            "SiglipVisionModel", TOWER, ("SiglipImageProcessor", square(12, resample=2)), 12, 8, seed=6),
        "hf_vit": hugging_face("ViTModel", TOWER, ("ViTImageProcessor", square(12)), 12, 16, seed=7),
        "hf_vit_classifier": hugging_face(
            "ViTForImageClassification", dict(TOWER, qkv_bias=False, layer_norm_eps=1e-3), ("ViTImageProcessor", square(12)),
            12, 8, seed=8),
        "hf_deit": hugging_face(
            "DeiTForImageClassificationWithTeacher", TOWER,
            ("DeiTImageProcessor", {**square(15), "crop_size": {"height": 12, "width": 12}}), 12, 16, seed=9),
        "hf_dinov2": hugging_face(
            "Dinov2Model", DINO, ("BitImageProcessor", short(15, 12, image_mean=[0.485, 0.456, 0.406])), 12, 16, seed=10,
            interpolates=False),
        "hf_dinov2_registers": hugging_face(
            "Dinov2WithRegistersModel", dict(DINO, num_register_tokens=3), ("BitImageProcessor", short(15, 12)), 12, 16,
            seed=11, interpolates=False),
        "hf_dinov3": hugging_face(
            "DINOv3ViTModel", dict(TOWER, num_register_tokens=2), ("DINOv3ViTImageProcessor", square(12)), 12, 16, seed=12,
            interpolates=False),
        "hf_swin": hugging_face(
            # Windows that are padded and shifted, at this size and at the other one.
            "SwinModel", SWIN, ("ViTImageProcessor", square(40, resample=3)), 40, 44, seed=13, interpolates=False),
        "hf_swinv2": hugging_face(
            "Swinv2Model",
            dict(SWIN, image_size=32, embed_dim=4, depths=[2, 1, 1, 1], pretrained_window_sizes=[4, 4, 4, 4]),
            ("ViTImageProcessor", square(32, resample=3)), 32, 30, seed=14, interpolates=False),
        "hf_convnext": hugging_face(
            "ConvNextModel", CONVNEXT, ("ConvNextImageProcessor", {"size": {"shortest_edge": 32}}), 32, 40,
            seed=15,
            interpolates=False),
        "hf_convnextv2": hugging_face(
            "ConvNextV2ForImageClassification", dict(CONVNEXT, layer_norm_eps=0.5),
            ("ConvNextImageProcessor", {"size": {"shortest_edge": 32}, "crop_pct": 0.9}), 32, 40, seed=16, interpolates=False),
        "hf_resnet": hugging_face(
            "ResNetModel", dict(hidden_sizes=[8, 12, 8, 8], depths=[1, 2, 1, 1]),
            ("ConvNextImageProcessor", {"size": {"shortest_edge": 32}}), 32, 40, seed=17, interpolates=False, settles=True),
        "hf_resnet_basic": hugging_face(
            "ResNetModel", dict(hidden_sizes=[4, 4, 6, 8], depths=[1, 1, 1, 1], layer_type="basic"),
            ("ConvNextImageProcessor", {"size": {"shortest_edge": 32}}), 32, 40, seed=18, interpolates=False, settles=True),
        "open_clip": open_clip_folder(
            dict(width=8, layers=2, patch_size=4, head_width=4), True, 12, 16, seed=19, preprocess={}),
        "open_clip_tanh": open_clip_folder(
            dict(width=8, layers=2, patch_size=4, head_width=4, mlp_ratio=2.5, ls_init_value=0.1,
                 act_kwargs={"approximate": "tanh"}, norm_kwargs={"eps": 1e-3}),
            False, 12, 8, seed=20, name="open_clip_pytorch_model.bin",
            preprocess={"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bilinear", "resize_mode": "squash"}),
        "openai_clip": clip_file(seed=21, chinese=False),
        "chinese_clip_file": clip_file(seed=22, chinese=True),
    }.items()
}

if __name__ == "__main__":
    fixtures.make(FILES, __doc__)
