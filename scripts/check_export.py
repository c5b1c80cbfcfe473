"""Holds `framewise export` to transformers, timm and sentence-transformers: what it writes loads there with no key missing or
unexpected, and computes the same.

    python scripts/check_export.py .build/debug/framewise [MODEL…]

needs torch, transformers, timm, sentence-transformers, safetensors. Backbones are those of the folders of
Tests/PretrainedTests/Fixtures, of which `expected.safetensors` has inputs and outputs. Text encoders are small ones of
transformers with the tokenizers of Tests/TextTests/Fixtures/published, and those of the MODELs: folders such as
runs/first/fold-00/model, or what `pretrain` wrote. An exported text encoder is made a folder of sentence-transformers, by which
that library and `framewise embed` compute vectors of the same texts, each with its own tokenizer.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy
import timm
import torch
import transformers
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "Tests/PretrainedTests/Fixtures"
TOKENIZERS = ROOT / "Tests/TextTests/Fixtures/published"
TEXTS = [
    "新浪财经11月27日开盘播报：妇女无力承担母亲医疗费", "The daily news of the world (2024) 100% @home", "emoji 😀👨‍👩‍👧 and ＡＢＣ 全角",
    "unaffable runners, it's we'll", "龘𠀀 rare", "a", "很长的标题" * 100]


def export(binary, model, layout, out, part="backbone"):
    return subprocess.run(
        [binary, "export", "--to", layout, "--part", part, "--model", model, "--out", out], capture_output=True, text=True)


def refusal(done):
    return f"refused: {done.stderr.strip().splitlines()[-1][:150]}"


def wrong_keys(info):
    return {key: sorted(info[key]) for key in ("missing_keys", "unexpected_keys", "mismatched_keys") if info[key]}


def in_transformers(folder):
    config = json.loads((folder / "config.json").read_text())
    kind = getattr(transformers, config["architectures"][0])
    # What lies behind the class token there was not published with most weights.
    options = {"add_pooling_layer": False} if kind.__name__ in ("ViTModel", "DeiTModel") else {}
    model, info = kind.from_pretrained(folder, output_loading_info=True, **options)
    wrong = wrong_keys(info)

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


def check_backbones(binary):
    good = True
    for fixture in sorted(path for path in FIXTURES.iterdir() if path.is_dir()):
        expected = load_file(fixture / "expected.safetensors")
        model = fixture / "clip.pt" if (fixture / "clip.pt").exists() else fixture
        for layout, load in (("hf", in_transformers), ("timm", in_timm)):
            with tempfile.TemporaryDirectory() as folder:
                out = pathlib.Path(folder) / "exported"
                done = export(binary, model, layout, out)
                if done.returncode:
                    print(f"{fixture.name:22} {layout:5} {refusal(done)}")
                    continue
                model_there, vectors, wrong = load(out)
                model_there.eval()
                with torch.no_grad():
                    found = vectors(expected["input"])
                wanted = expected["output"]
                difference = ((found - wanted).abs().max() / max(1, wanted.abs().max())).item()
                good &= not wrong and difference <= 1e-5
                print(f"{fixture.name:22} {layout:5} largest difference {difference:.1e} {wrong or ''}")
    return good


def text_encoder(folder):
    """The model, and what was wrong with its keys. transformers makes a pooler for those of BERT's family unless it is told."""
    type = json.loads((folder / "config.json").read_text())["model_type"]
    options = {} if type in ("modernbert", "deberta-v2") else {"add_pooling_layer": False}
    model, info = transformers.AutoModel.from_pretrained(folder, output_loading_info=True, **options)
    return model.eval(), wrong_keys(info)


def vectors_of_both(binary, encoder, texts, folder):
    """Of texts, by sentence-transformers and by `framewise embed`, as the mean of an exported encoder's tokens."""
    from sentence_transformers import SentenceTransformer

    kinds = [("", "Transformer"), ("1_Pooling", "Pooling")]
    modules = [{"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
               for i, (path, kind) in enumerate(kinds)]
    width = json.loads((encoder / "config.json").read_text())["hidden_size"]
    (encoder / "modules.json").write_text(json.dumps(modules))
    (encoder / "1_Pooling").mkdir()
    (encoder / "1_Pooling/config.json").write_text(json.dumps({"word_embedding_dimension": width, "pooling_mode_mean_tokens": True}))
    wanted = SentenceTransformer(str(encoder), device="cpu").encode(texts, batch_size=3)
    annotations = folder / "texts.json"
    annotations.write_text(json.dumps([{"id": str(i), "title": text} for i, text in enumerate(texts)]))
    subprocess.run(
        [binary, "embed", "--precision", "fp32", "--of", "texts", "--model", encoder, "--annotations", annotations, "--out",
         folder / "vectors"], check=True, capture_output=True)
    return wanted, numpy.load(folder / "vectors/vectors.npy")


def published_text_encoders():
    """Small models of transformers, each with the folder of a tokenizer."""
    from make_text_encoder_fixtures import MODERN, THIRD

    deberta = {**THIRD, "max_position_embeddings": 64, "max_relative_positions": 20}
    own = {**deberta, "share_att_key": False, "norm_rel_ebd": "none", "position_buckets": -1, "position_biased_input": True,
           "type_vocab_size": 2}
    bert = {"max_position_embeddings": 64}
    modern = {**MODERN, "max_position_embeddings": 64, "pad_token_id": 0}
    roberta = {"max_position_embeddings": 66, "type_vocab_size": 1, "layer_norm_eps": 1e-5, "pad_token_id": 1}
    for kind, settings, tokenizer in [
            ("Bert", bert, "word_piece"), ("Bert", bert, "xlm_roberta_slow"), ("Bert", bert, "roberta_slow"),
            ("Bert", bert, "deberta"), ("Roberta", roberta, "roberta"),
            ("Roberta", roberta, "roberta_slow"), ("XLMRoberta", roberta, "xlm_roberta"),
            ("XLMRoberta", roberta, "xlm_roberta_slow"),
            ("ModernBert", modern, "modernbert"), ("ModernBert", modern, "word_piece"),
            ("DebertaV2", deberta, "word_piece"), ("Roberta", {**roberta, "pad_token_id": 0}, "word_piece"),
            ("DebertaV2", deberta, "deberta"), ("DebertaV2", own, "deberta")]:
        small = dict(vocab_size=2000, hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=48)
        torch.manual_seed(4)
        config = getattr(transformers, kind + "Config")(**{**small, **settings})
        model = getattr(transformers, kind + "Model")(config)
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.2)
        yield kind + " " + tokenizer, model.eval(), TOKENIZERS / tokenizer


def check_text_encoder(binary, name, source, folder, original=None):
    out = folder / "exported"
    done = export(binary, source, "hf", out, "text-encoder")
    if done.returncode:
        print(f"{name:28} {refusal(done)}")
        return False
    model, wrong = text_encoder(out)
    said = ""
    if original is not None:
        ids = torch.randint(5, 40, [2, 30], generator=torch.Generator().manual_seed(3))
        with torch.no_grad():
            wanted, found = (one(input_ids=ids).last_hidden_state for one in (original, model))
        difference = (found - wanted).abs().max().item()
        said = f"hidden states {difference:.1e} from the original's, "
        wrong = wrong or ({"hidden states": difference} if difference > 1e-5 else {})
    wanted, found = vectors_of_both(binary, out, TEXTS, folder)
    difference = numpy.abs(wanted - found).max(axis=1)
    print(f"{name:28} {said}vectors of {len(TEXTS)} texts {difference.max():.1e} from sentence-transformers' {wrong or ''}")
    for text, far in zip(TEXTS, difference):
        if far > 1e-4:
            print(f"  {far:.1e} of {text[:60]!r}")
    return not wrong and difference.max() <= 1e-4


def main(binary, models):
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    good = check_backbones(binary)
    for name, original, tokenizer in published_text_encoders():
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            original.save_pretrained(folder / "original")
            for file in tokenizer.iterdir():
                shutil.copy(file, folder / "original")
            good &= check_text_encoder(binary, name, folder / "original", folder, original)
    for model in models:
        with tempfile.TemporaryDirectory() as folder:
            good &= check_text_encoder(binary, model, model, pathlib.Path(folder))
    sys.exit(not good)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
