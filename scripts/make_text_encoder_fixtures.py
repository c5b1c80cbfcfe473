"""Makes text_encoders.json of Tests/PretrainedTests and lxmert.json of Tests/ModelsTests from transformers.

    python scripts/make_text_encoder_fixtures.py        # needs torch, transformers

Every model is tiny, and its weights are drawn from their names (`drawn`), by the tests in the same way: so a file holds no
weights, but the settings as the library writes them, names and shapes, and what the library computes: hidden states, and of the
gradients of `sum(hidden * probe)` each row's product with a drawn vector. Evaluation mode, fp32.

    python scripts/make_text_encoder_fixtures.py --sizes

prints the number of parameters of published sizes, which the tests hold the models to.
"""

import argparse
import json
import pathlib

import torch
import transformers

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODULUS = 1 << 64


def drawn(name, shape):
    """Numbers from -0.5 to 0.5 that follow from a name: a linear congruence seeded by its FNV-1a. Norms' weights are about 1."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = (state ^ byte) * 0x100000001B3 % MODULUS
    values = []
    for _ in range(torch.Size(shape).numel()):
        state = (state * 6364136223846793005 + 1442695040888963407) % MODULUS
        values.append((state >> 40) / (1 << 24) - 0.5)
    numbers = torch.tensor(values, dtype=torch.float64).reshape(shape)
    return (numbers + 1 if "norm" in name.lower() and name.endswith("weight") else numbers).float()


def parameters(model, base=None):
    """Each once, and one that a head shares with the encoder under the encoder's name."""
    found = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if id(parameter) not in found or base and name.startswith(base + "."):
            found[id(parameter)] = name, parameter
    return list(found.values())


def draw(model, base=None):
    for name, parameter in parameters(model, base):
        with torch.no_grad():
            parameter.copy_(drawn(name, parameter.shape))
    return model.eval()


def short(tensor):
    return [float(f"{x:.6g}") for x in tensor.detach().flatten().tolist()]


def gradients(model, base=None):
    """Of a matrix each row's product with a drawn vector, of a vector itself."""
    found = {}
    for name, parameter in parameters(model, base):
        if parameter.grad is not None:
            rows = parameter.grad
            found[name] = short(rows if rows.dim() < 2 else rows @ drawn("columns", [rows.shape[1]]))
    return found


LENGTHS = [12, 5, 1]
SMALL = dict(vocab_size=40, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24)


def encoder(kind, own, base=None, pad=0, segments=False, config=None):
    """
    - base: where a model with a head keeps its encoder; None of a bare one.
    - config: settings in another spelling than the library's, which makes the same of both.
    """
    settings = getattr(transformers, kind + "Config")(**{**SMALL, "pad_token_id": pad, **own})
    model = draw(getattr(transformers, kind + ("ForMaskedLM" if base else "Model"))(settings), base)
    inner = getattr(model, base) if base else model
    size = max(LENGTHS)
    mask = (torch.arange(size) < torch.tensor(LENGTHS).unsqueeze(1)).long()
    random = torch.Generator().manual_seed(7)
    ids = torch.where(mask == 1, torch.randint(4, 40, mask.shape, generator=random), pad)
    inputs = {"input_ids": ids, "attention_mask": mask}
    result = {}
    if segments:
        inputs["token_type_ids"] = (torch.arange(size) >= (torch.tensor(LENGTHS) * 2 // 3).unsqueeze(1)).long() * mask
        result["segments"] = inputs["token_type_ids"][mask == 1].tolist()
    output = inner(**inputs)
    hidden = output.last_hidden_state[mask == 1]  # [tokens, hidden]
    (hidden * drawn("probe", hidden.shape)).sum().backward()
    pooled = getattr(output, "pooler_output", None)
    return {
        "config": config or json.loads(settings.to_json_string()), "lengths": LENGTHS, "tokens": ids[mask == 1].tolist(),
        "tensors": {name: list(p.shape) for name, p in parameters(model, base)}, **result,
        "hidden": short(hidden), "pooled": None if pooled is None else short(pooled), "gradients": gradients(model, base)}


MODERN = dict(
    num_hidden_layers=3, global_attn_every_n_layers=2, local_attention=5, max_position_embeddings=32, bos_token_id=1, eos_token_id=2,
    cls_token_id=1, sep_token_id=2)
THIRD = dict(
    relative_attention=True, position_buckets=8, max_position_embeddings=16, max_relative_positions=-1, norm_rel_ebd="layer_norm",
    share_att_key=True, pos_att_type="p2c|c2p", layer_norm_eps=1e-7, position_biased_input=False, type_vocab_size=0)


def encoders():
    modern = {**SMALL, **MODERN, "model_type": "modernbert", "pad_token_id": 3, "attention_bias": False, "mlp_bias": False,
              "norm_bias": False, "hidden_activation": "gelu", "norm_eps": 1e-5, "layer_norm_eps": 1e-5, "mlp_dropout": 0.0,
              "global_rope_theta": 500.0, "local_rope_theta": 50.0, "position_embedding_type": "absolute",
              "reference_compile": True, "classifier_pooling": "mean", "decoder_bias": True}
    roberta = dict(max_position_embeddings=20, type_vocab_size=1, layer_norm_eps=1e-5)
    return {
        "bert": encoder("Bert", dict(max_position_embeddings=16), segments=True),
        "roberta": encoder("Roberta", roberta, pad=1),
        "xlm_roberta": encoder("XLMRoberta", roberta, base="roberta", pad=1),
        "modernbert": encoder("ModernBert", MODERN, base="model", pad=3),
        "modernbert_authors": encoder(
            "ModernBert", {**MODERN, "global_rope_theta": 500.0, "local_rope_theta": 50.0}, pad=3, config=modern),
        "deberta_v3": encoder("DebertaV2", THIRD, base="deberta"),
        "deberta_own_keys": encoder("DebertaV2", {
            **THIRD, "share_att_key": False, "norm_rel_ebd": "none", "position_buckets": -1, "max_relative_positions": 6,
            "position_biased_input": True, "type_vocab_size": 2, "pos_att_type": ["c2p", "p2c"]}, segments=True),
        "deberta_one_term": encoder("DebertaV2", {**THIRD, "num_hidden_layers": 1, "pos_att_type": ["p2c"]}),
    }


def lxmert():
    """A layer of frames, and two in which text and frames look at each other."""
    from transformers.models.lxmert.modeling_lxmert import LxmertLayer, LxmertXLayer

    settings = transformers.LxmertConfig(hidden_size=16, num_attention_heads=2, intermediate_size=64)
    settings._attn_implementation = "eager"
    layers = torch.nn.ModuleDict({
        "r_layers": torch.nn.ModuleList([LxmertLayer(settings)]),
        "x_layers": torch.nn.ModuleList([LxmertXLayer(settings), LxmertXLayer(settings)])})
    draw(layers)
    texts, frames = [7, 2, 4], [3, 4, 1]
    masks = [(torch.arange(max(n)) < torch.tensor(n).unsqueeze(1)) for n in (texts, frames)]
    given = [drawn(name, [sum(n), 16]) for name, n in (("text", texts), ("frames", frames))]
    padded = []
    for mask, values in zip(masks, given):
        room = torch.zeros([*mask.shape, 16])
        room[mask] = values
        padded.append(room)
    hidden = [torch.where(mask, 0.0, torch.finfo(torch.float32).min)[:, None, None, :] for mask in masks]
    text, shown = padded
    for layer in layers["r_layers"]:
        shown = layer(shown, hidden[1])[0]
    for layer in layers["x_layers"]:
        text, shown = layer(text, hidden[0], shown, hidden[1])[:2]
    text, shown = text[masks[0]], shown[masks[1]]
    ((text * drawn("probe", text.shape)).sum() + (shown * drawn("probe", shown.shape)).sum()).backward()
    return {"texts": texts, "frames": frames, "text": short(text), "shown": short(shown), "gradients": gradients(layers)}


def published():
    """Of published sizes the kind of encoder and its settings, by the names that Hugging Face's folders have."""
    def third(**own):
        return "DebertaV2", dict(
            type_vocab_size=0, position_biased_input=False, relative_attention=True, position_buckets=256, share_att_key=True,
            norm_rel_ebd="layer_norm", pos_att_type="p2c|c2p", **own)

    return {
        "bert-base-chinese": ("Bert", dict(vocab_size=21128)),
        "roberta-base": ("Roberta", dict(vocab_size=50265, max_position_embeddings=514, type_vocab_size=1)),
        "xlm-roberta-base": ("XLMRoberta", dict(vocab_size=250002, max_position_embeddings=514, type_vocab_size=1)),
        "xlm-roberta-large": ("XLMRoberta", dict(
            vocab_size=250002, max_position_embeddings=514, type_vocab_size=1, hidden_size=1024, num_hidden_layers=24,
            num_attention_heads=16, intermediate_size=4096)),
        "modernbert-base": ("ModernBert", {}),
        "modernbert-large": (
            "ModernBert", dict(hidden_size=1024, num_hidden_layers=28, num_attention_heads=16, intermediate_size=2624)),
        "deberta-v3-xsmall": third(
            hidden_size=384, num_hidden_layers=12, num_attention_heads=6, intermediate_size=1536),
        "deberta-v3-small": third(
            hidden_size=768, num_hidden_layers=6, num_attention_heads=12, intermediate_size=3072),
        "deberta-v3-base": third(
            hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072),
        "deberta-v3-large": third(
            hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096),
        "mdeberta-v3-base": third(
            vocab_size=251000, hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072),
    }


def sizes():
    for name, (kind, own) in published().items():
        with torch.device("meta"):
            model = getattr(transformers, kind + "Model")(getattr(transformers, kind + "Config")(**own))
        count = sum(p.numel() for n, p in model.named_parameters() if not n.startswith("pooler."))
        print(f'    ("{name}", {count}),')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", action="store_true")
    if parser.parse_args().sizes:
        return sizes()
    torch.set_num_threads(1)
    made_with = f"transformers {transformers.__version__}, torch {torch.__version__}"
    for path, value in {
        "Tests/PretrainedTests/Fixtures/text_encoders.json": encoders(), "Tests/ModelsTests/Fixtures/lxmert.json": lxmert()}.items():
        text = json.dumps({"made_with": made_with, "models": value}, separators=(",", ":"), sort_keys=True) + "\n"
        (ROOT / path).write_text(text)
        print(f"{path}: {len(text):,} bytes")


if __name__ == "__main__":
    main()
