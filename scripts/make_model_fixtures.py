"""Makes the fixtures of Tests/ModelsTests, Tests/NNTests and Tests/TorchTests from the published implementations.

    python scripts/make_model_fixtures.py        # needs torch, transformers, safetensors

Those of backbones come from make_backbone_fixtures.py.

Every model is tiny and random: all parameters, LayerNorm and biases included, are drawn anew, so that a weight
that is not loaded, or loaded into the wrong place, changes the output. The loss whose gradients are stored is
linear in the output: sum(output * probe). Evaluation mode, fp32, one seed per file.

`__metadata__` of each file holds `config` (JSON with the published keys) and `made_with`.
"""

import argparse
import json
import pathlib

import torch
import torch.nn.functional as F
from safetensors.torch import save as serialise

ROOT = pathlib.Path(__file__).resolve().parent.parent


def save(path, tensors, made_with, config=None):
    metadata = {"made_with": made_with}
    if config is not None:
        metadata["config"] = json.dumps(config, sort_keys=True)
    data = serialise({name: t.detach().contiguous().clone() for name, t in sorted(tensors.items())}, metadata)
    # safetensors writes its metadata in random order; sorted, the same seed gives the same bytes.
    length = int.from_bytes(data[:8], "little")
    header = json.dumps(json.loads(data[8 : 8 + length]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(header).to_bytes(8, "little") + header + data[8 + length :])
    print(f"{path.relative_to(path.parents[3])}: {len(tensors)} tensors, {path.stat().st_size:,} bytes")


def randomise(model):
    """Draws every parameter anew; a LayerNorm weight stays around 1, so that signals keep their size."""
    for name, parameter in model.named_parameters():
        with torch.no_grad():
            parameter.normal_(std=0.15)
            if "norm" in name.lower() and name.endswith("weight"):
                parameter.add_(1)


def weights_and_gradients(model):
    """`weight.<name>` of every parameter and saved buffer, `gradient.<name>` of those that the loss depends on."""
    tensors = {}
    for name, parameter in model.named_parameters():
        tensors[f"weight.{name}"] = parameter
        if parameter.grad is not None:
            tensors[f"gradient.{name}"] = parameter.grad
    for name, buffer in model.named_buffers():
        if name in model.state_dict():
            tensors[f"weight.{name}"] = buffer
    return tensors


def prefix_mask(lengths, size):
    """[videos, size] of 1 (there) and 0 (padding)."""
    return (torch.arange(size) < torch.tensor(lengths).unsqueeze(1)).long()


TEXT_CONFIG = dict(
    vocab_size=60, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=48,
    hidden_act="gelu", hidden_dropout_prob=0.1, max_position_embeddings=40, type_vocab_size=2, layer_norm_eps=1e-12, pad_token_id=0)


def text_batch(lengths, size, vocabulary):
    """Random token ids and segment ids (second segment: the last third), 0 in the padding.

    A valid token is never the padding token 0: Hugging Face's word embeddings get no gradient for it.
    """
    mask = prefix_mask(lengths, size)
    input_ids = torch.randint(1, vocabulary, (len(lengths), size)) * mask
    second = torch.arange(size) >= (torch.tensor(lengths) * 2 // 3).unsqueeze(1)
    return input_ids, second.long() * mask, mask


def bert(path):
    import transformers

    torch.manual_seed(2)
    config = {"model_type": "bert", **TEXT_CONFIG}
    model = transformers.BertModel(transformers.BertConfig(**TEXT_CONFIG)).eval()
    randomise(model)

    input_ids, token_type_ids, mask = text_batch([9, 4, 1], size=9, vocabulary=60)
    output = model(input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=mask)
    hidden = output.last_hidden_state  # [texts, size, hidden]; rows of padding mean nothing
    probe = torch.randn_like(hidden) * mask.unsqueeze(-1)
    (hidden * probe).sum().backward()
    save(
        path,
        {
            "input.input_ids": input_ids, "input.token_type_ids": token_type_ids, "input.attention_mask": mask,
            "output.last_hidden_state": hidden, "output.pooler_output": output.pooler_output, "probe": probe,
            **weights_and_gradients(model),
        },
        f"transformers {transformers.__version__} BertModel, torch {torch.__version__}", config)


def roberta(path):
    """Positions begin behind the padding's number, and all tokens are of one segment."""
    import transformers

    torch.manual_seed(8)
    own = {**TEXT_CONFIG, "pad_token_id": 1, "type_vocab_size": 1, "layer_norm_eps": 1e-5}
    model = transformers.RobertaModel(transformers.RobertaConfig(**own)).eval()
    randomise(model)

    mask = prefix_mask([9, 4, 1], 9)
    input_ids = torch.where(mask == 1, torch.randint(4, 60, (3, 9)), 1)
    output = model(input_ids=input_ids, attention_mask=mask)
    hidden = output.last_hidden_state
    probe = torch.randn_like(hidden) * mask.unsqueeze(-1)
    (hidden * probe).sum().backward()
    save(
        path,
        {
            "input.input_ids": input_ids, "input.attention_mask": mask, "output.last_hidden_state": hidden,
            "output.pooler_output": output.pooler_output, "probe": probe, **weights_and_gradients(model),
        },
        f"transformers {transformers.__version__} RobertaModel, torch {torch.__version__}",
        {"model_type": "roberta", **own, "position_offset": own["pad_token_id"] + 1})


def visual_bert(path):
    """Three videos of different numbers of tokens and frames, one of them without any frame.

    How Hugging Face embeds a frame when no `image_text_alignment` is given: visual_projection(vector)
    + visual_token_type_embeddings[visual_token_type_id] + visual_position_embeddings[0]. The visual position id
    is 0 for every frame: the order of frames is not seen. Text and frames are then concatenated, text first
    (with its padding in between), and share one LayerNorm and one encoder; the pooler reads the first text token.
    """
    import transformers

    torch.manual_seed(3)
    own = {**TEXT_CONFIG, "visual_embedding_dim": 16}
    model = transformers.VisualBertModel(transformers.VisualBertConfig(**own)).eval()
    randomise(model)

    input_ids, token_type_ids, mask = text_batch([7, 2, 5], size=7, vocabulary=60)
    visual_mask = prefix_mask([3, 4, 0], 4)
    visual_embeds = (torch.randn(3, 4, 16) * visual_mask.unsqueeze(-1)).requires_grad_()
    visual_types = torch.ones(3, 4, dtype=torch.long)
    output = model(
        input_ids=input_ids, token_type_ids=token_type_ids, attention_mask=mask, visual_embeds=visual_embeds,
        visual_token_type_ids=visual_types, visual_attention_mask=visual_mask)
    hidden = output.last_hidden_state  # [videos, 7 + 4, hidden]
    probe = torch.randn_like(hidden) * torch.cat([mask, visual_mask], dim=1).unsqueeze(-1)
    (hidden * probe).sum().backward()
    save(
        path,
        {
            "input.input_ids": input_ids, "input.token_type_ids": token_type_ids, "input.attention_mask": mask,
            "input.visual_embeds": visual_embeds, "input.visual_token_type_ids": visual_types,
            "input.visual_attention_mask": visual_mask, "output.last_hidden_state": hidden,
            "output.pooler_output": output.pooler_output, "probe": probe,
            "gradient.visual_embeds": visual_embeds.grad, **weights_and_gradients(model),
        },
        f"transformers {transformers.__version__} VisualBertModel, torch {torch.__version__}",
        {"model_type": "visual_bert", **own})


def adamw(path):
    """Two groups with a learning rate and a decay of their own; the rate of both follows a schedule."""
    torch.manual_seed(4)
    parameters = {"weight": torch.randn(4, 3), "bias": torch.randn(4), "gain": torch.randn(5)}
    parameters = {name: torch.nn.Parameter(value) for name, value in parameters.items()}
    config = {
        "betas": [0.9, 0.98], "eps": 1e-6, "schedule": [0.25, 0.5, 1.0, 0.75, 0.1],
        "groups": [
            {"parameters": ["weight"], "lr": 0.05, "weight_decay": 0.1},
            {"parameters": ["bias", "gain"], "lr": 0.02, "weight_decay": 0.0},
        ],
    }
    optimizer = torch.optim.AdamW(
        [{**group, "params": [parameters[name] for name in group["parameters"]]} for group in config["groups"]],
        betas=tuple(config["betas"]), eps=config["eps"])

    tensors = {f"initial.{name}": p.detach().clone() for name, p in parameters.items()}
    for step, scale in enumerate(config["schedule"]):
        for group, given in zip(optimizer.param_groups, config["groups"]):
            group["lr"] = given["lr"] * scale
        for name, parameter in parameters.items():
            parameter.grad = torch.randn_like(parameter)
            tensors[f"step.{step}.gradient.{name}"] = parameter.grad
        optimizer.step()
        for name, parameter in parameters.items():
            tensors[f"step.{step}.{name}"] = parameter.detach().clone()
    save(path, tensors, f"torch {torch.__version__} AdamW", config)


def losses(path):
    """Cross entropy: the mean is weighted by the weight of the target class, smoothing spreads over all classes."""
    torch.manual_seed(5)
    logits = torch.randn(6, 5) * 2
    targets = torch.tensor([0, 4, 2, 2, 1, 4])  # class 3 has no member
    class_weights = torch.tensor([0.5, 1.5, 1.0, 3.0, 0.25])
    tensors = {"logits": logits, "targets": targets, "class_weights": class_weights}
    for name, smoothing, weights in [
        ("plain", 0.0, None), ("smoothed", 0.1, None), ("weighted", 0.0, class_weights),
        ("weighted_smoothed", 0.1, class_weights),
    ]:
        variable = logits.clone().requires_grad_()
        value = F.cross_entropy(variable, targets, weight=weights, label_smoothing=smoothing)
        value.backward()
        tensors |= {f"{name}.value": value, f"{name}.gradient": variable.grad}
    save(path, tensors, f"torch {torch.__version__} cross_entropy", {"label_smoothing": 0.1})


def layers(path):
    """For each layer its inputs, its `output`, and for the loss sum(output * probe) the gradients of its inputs."""
    torch.manual_seed(6)
    tensors = {}

    def record(layer, function, probe_mask=None, **inputs):
        variables = {n: v.clone().requires_grad_(v.is_floating_point()) for n, v in inputs.items()}
        output = function(**variables)
        probe = torch.randn_like(output) * (1 if probe_mask is None else probe_mask)
        (output * probe).sum().backward()
        tensors.update({f"{layer}.{n}": v for n, v in inputs.items()})
        tensors.update({f"{layer}.output": output, f"{layer}.probe": probe})
        tensors.update({f"{layer}.gradient.{n}": v.grad for n, v in variables.items() if v.grad is not None})

    record("linear", F.linear, input=torch.randn(2, 3, 5), weight=torch.randn(4, 5), bias=torch.randn(4))
    record(
        "layer_norm", lambda input, weight, bias: F.layer_norm(input, [6], weight, bias, eps=1e-5),
        input=torch.randn(4, 6) * 3 + 1, weight=torch.randn(6), bias=torch.randn(6))
    record("embedding", F.embedding, input=torch.tensor([[1, 6, 1], [0, 3, 6]]), weight=torch.randn(7, 4))
    record(
        "conv2d", lambda input, weight, bias: F.conv2d(input, weight, bias, stride=2),
        input=torch.randn(2, 3, 7, 6), weight=torch.randn(4, 3, 3, 3), bias=torch.randn(4))
    heads = dict(query=torch.randn(2, 3, 5, 4), key=torch.randn(2, 3, 6, 4), value=torch.randn(2, 3, 6, 4))
    record("attention", F.scaled_dot_product_attention, **heads)  # [batch, heads, tokens, head dimension]
    mask = prefix_mask([6, 2], 6).bool()[:, None, None, :]  # [batch, 1, 1, keys], true: may be attended to
    record(
        "masked_attention", lambda query, key, value, mask: F.scaled_dot_product_attention(query, key, value, mask),
        **heads, mask=mask)
    tensors["masked_attention.mask"] = mask.to(torch.uint8)
    record(
        "conv2d_grouped",
        lambda input, weight: F.conv2d(input, weight, None, stride=2, padding=2, dilation=2, groups=2),
        input=torch.randn(2, 4, 9, 8), weight=torch.randn(6, 2, 3, 3))
    # TensorFlow's SAME of a window of 3 with a stride of 2 over 7 × 6: 1 above, 1 below, none on the left, 1 on the right.
    record(
        "conv2d_same", lambda input, weight: F.conv2d(F.pad(input, (0, 1, 1, 1)), weight, None, stride=2),
        input=torch.randn(2, 3, 7, 6), weight=torch.randn(4, 3, 3, 3))
    for name, function in {
        "gelu": F.gelu, "gelu_tanh": lambda input: F.gelu(input, approximate="tanh"), "relu": F.relu, "relu6": F.relu6, "silu": F.silu,
        "quick_gelu": lambda input: input * torch.sigmoid(1.702 * input)}.items():
        record(f"activation.{name}", function, input=torch.linspace(-8, 8, 18))
    record("average_pool", lambda input: F.avg_pool2d(input, 3, stride=2, padding=1), input=torch.randn(2, 3, 7, 6))
    record(
        "average_pool_rest", lambda input: F.avg_pool2d(input, 2, stride=2, ceil_mode=True, count_include_pad=False),
        input=torch.randn(2, 3, 7, 6))
    for name, antialias in [("bicubic", False), ("bicubic_antialiased", True)]:
        for size in (3, 9):
            record(
                f"{name}_{size}", lambda input: F.interpolate(
                    input, size=(size, size), mode="bicubic", align_corners=False, antialias=antialias),
                input=torch.randn(1, 2, 6, 6))
    record(
        "max_pool", lambda input: F.max_pool2d(input, 3, stride=2, padding=1), input=torch.randn(2, 3, 7, 6))
    statistics = {"running_mean": torch.randn(3), "running_var": torch.rand(3) + 0.5}
    values = dict(input=torch.randn(4, 3, 5, 6) * 2 + 1, weight=torch.randn(3), bias=torch.randn(3))
    record(
        "batch_norm", lambda input, weight, bias: F.batch_norm(input, *statistics.values(), weight, bias, eps=1e-3),
        **values)
    tensors |= {f"batch_norm.{name}": value.clone() for name, value in statistics.items()}
    record(
        "batch_norm_training",
        lambda input, weight, bias: F.batch_norm(input, *statistics.values(), weight, bias, training=True, eps=1e-3),
        **values)
    tensors |= {f"batch_norm_training.{name}": value for name, value in statistics.items()}
    save(path, tensors, f"torch {torch.__version__}", {"layer_norm_eps": 1e-5, "conv2d": {"stride": 2}})


def types(path):
    """A tensor of every type that we read, an empty one and a scalar, as the reference implementation writes them."""
    tensors = {
        str(dtype).removeprefix("torch."): torch.tensor([0, 1, 2, 100]).to(dtype)
        for dtype in [
            torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
            torch.float32, torch.float64]
    }
    tensors |= {
        "empty": torch.zeros(2, 0, 3), "scalar": torch.tensor(0.5), "matrix.größe": torch.arange(6.0).reshape(2, 3)}
    save(path, tensors, f"torch {torch.__version__}")


FILES = {
    "Tests/TorchTests/Fixtures/types.safetensors": types,
    "Tests/ModelsTests/Fixtures/bert.safetensors": bert,
    "Tests/ModelsTests/Fixtures/roberta.safetensors": roberta,
    "Tests/ModelsTests/Fixtures/visual_bert.safetensors": visual_bert,
    "Tests/NNTests/Fixtures/adamw.safetensors": adamw,
    "Tests/NNTests/Fixtures/losses.safetensors": losses,
    "Tests/NNTests/Fixtures/layers.safetensors": layers,
}


def make(files, about):
    """Makes the files whose names are given on the command line, or all of them."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=ROOT, help="folder to write Tests/… into (the project)")
    parser.add_argument("names", nargs="*", help="such as bert; all of them when none is named")
    options = parser.parse_args()
    torch.set_num_threads(1)  # the order of summation, and so the last bits, would depend on it
    for path, function in files.items():
        if not options.names or pathlib.Path(path).stem in options.names:
            function(options.out.resolve() / path)


if __name__ == "__main__":
    make(FILES, __doc__)
