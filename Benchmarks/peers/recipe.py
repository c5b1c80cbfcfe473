"""What the PyTorch scripts beside this file share: the model on top of a backbone, the recipe's parts, and a training step.

A ViT turns each frame into a vector; text tokens and frame vectors run through one BERT; the masked mean is classified.
Nothing here waits for a device: no value is read back, no shape depends on data.
"""

import copy
import math

import torch
import torch.nn.functional as F
from torch import nn
from transformers import BertModel

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


# Model


class VideoTextClassifier(nn.Module):
    """`backbone` turns pictures [frames, 3, side, side] into vectors [frames, width]."""

    def __init__(self, backbone, width, bert, classes, first_frame, frozen=False):
        super().__init__()
        self.backbone = backbone
        self.encoder = BertModel(bert, add_pooling_layer=False)
        self.projection = nn.Linear(width, bert.hidden_size)
        self.first_frame = first_frame  # position of the first frame, however short the texts of a batch are
        self.dropout = nn.Dropout(0.1)
        self.classifier = nn.Linear(bert.hidden_size, classes)
        self.video_classifier = nn.Linear(width, classes)
        for name, values in ("mean", IMAGENET_MEAN), ("std", IMAGENET_STD):
            self.register_buffer(name, torch.tensor(values).view(3, 1, 1) * 255, persistent=False)
        self.frozen = frozen
        backbone.requires_grad_(not frozen)

    def train(self, mode=True):
        super().train(mode)
        self.backbone.train(mode and not self.frozen)
        return self

    def computing_in(self, dtype):
        """Casts what computes; the heads stay as they are."""
        for part in self.backbone, self.encoder, self.projection:
            part.to(dtype)
        return self

    def vectors(self, images):
        """[videos, frames, 3, side, side] bytes to [videos, frames, width]."""
        pictures = (images.flatten(0, 1).float() - self.mean) / self.std
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            return self.backbone(pictures.to(self.projection.weight.dtype)).unflatten(0, images.shape[:2])

    def forward(self, input_ids, text_mask, images, frame_mask):
        frames = self.vectors(images)
        words = self.encoder.embeddings.word_embeddings(input_ids)
        sequence = torch.cat([words, self.projection(frames)], dim=1)  # [videos, tokens + frames, hidden]
        mask = torch.cat([text_mask, frame_mask], dim=1)
        kinds = torch.cat([torch.zeros_like(text_mask), torch.ones_like(frame_mask)], dim=1).long()
        positions = torch.cat([
            torch.arange(input_ids.shape[1], device=mask.device),
            self.first_frame + torch.arange(frame_mask.shape[1], device=mask.device)]).unsqueeze(0)
        # Of the last shape that it takes, since of [videos, sequence] it would ask whether all is true, and wait.
        hidden = self.encoder(
            inputs_embeds=sequence, token_type_ids=kinds, position_ids=positions,
            attention_mask=mask[:, None, None, :]).last_hidden_state

        logits = self.classifier(self.dropout(masked_mean(hidden, mask)))
        video_logits = self.video_classifier(self.dropout(masked_mean(frames, frame_mask)))
        return logits.float(), video_logits.float()


def masked_mean(vectors, mask):
    weight = mask.unsqueeze(-1).float()
    return (vectors * weight).sum(1) / weight.sum(1).clamp(min=1)


# Recipe


def add_options(parser):
    """What says how a step learns, and how it is computed."""
    p = parser
    p.add_argument("--lr", type=float, default=5e-4)
    p.add_argument("--weight-decay", type=float, default=0.01)
    p.add_argument("--label-smoothing", type=float, default=0.1)
    p.add_argument("--aux-weight", type=float, default=0.5)
    p.add_argument("--ema", type=float, default=0.99)
    p.add_argument("--adversary", choices=["none", "fgm", "pgd"], default="none", help="attack on the word embeddings")
    p.add_argument("--epsilon", type=float, default=1.0, help="greatest length of the attack's change")
    p.add_argument("--alpha", type=float, default=0.3, help="length of a step of PGD")
    p.add_argument("--attack-steps", type=int, default=3, help="steps of PGD")
    p.add_argument("--r-drop", type=float, default=0.0, help="weight of the divergence of two passes; 0: one pass")
    p.add_argument("--compile", action="store_true", help="torch.compile the model")
    p.add_argument("--threads", type=int, default=0, help="0: PyTorch's choice")
    p.add_argument("--seed", type=int, default=0)


def autocast(device, precision):
    return torch.autocast(device, dtype=torch.bfloat16, enabled=precision == "bf16")


def decay_groups(model, weight_decay):
    learning = [p for p in model.parameters() if p.requires_grad]
    decayed = [p for p in learning if p.ndim > 1]
    rest = [p for p in learning if p.ndim <= 1]
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": rest, "weight_decay": 0.0}]


def symmetric_divergence(p, q):
    """KL(p‖q) + KL(q‖p) of two tensors of logits, a mean over the rows."""
    p, q = p.log_softmax(-1), q.log_softmax(-1)
    return F.kl_div(q, p, reduction="batchmean", log_target=True) + F.kl_div(p, q, reduction="batchmean", log_target=True)


class Average:
    """Exponential moving average of a model's weights, as torch.optim.swa_utils.AveragedModel has it, which on a GPU
    would wait for the device in each update to tell it how many there were."""

    def __init__(self, model, decay):
        self.model = copy.deepcopy(model).requires_grad_(False)
        self.decay, self.updates = decay, 0

    @torch.no_grad()
    def update(self, model):
        ours, theirs = list(self.model.parameters()), list(model.parameters())
        if self.updates == 0:
            torch._foreach_copy_(ours, theirs)
        else:
            torch._foreach_lerp_(ours, theirs, 1 - self.decay)
        self.updates += 1


class Attack:
    """FGM and PGD on the word embeddings, as published: every pass runs forward and backward through everything."""

    def __init__(self, parameters, words, args):
        self.parameters, self.words = [p for p in parameters if p.requires_grad], words
        self.radius = args.epsilon
        self.length = args.epsilon if args.adversary == "fgm" else args.alpha
        self.steps = 1 if args.adversary == "fgm" else args.attack_steps

    def __call__(self, loss):
        clean = [p.grad.clone() for p in self.parameters]
        original = self.words.detach().clone()
        for step in range(self.steps):
            with torch.no_grad():
                self.words.add_(self.words.grad * (self.length / self.words.grad.norm()))
                change = self.words - original
                self.words.copy_(original + change * (self.radius / change.norm()).clamp(max=1))
            last = step == self.steps - 1
            for parameter, gradient in zip(self.parameters, clean):
                parameter.grad = gradient if last else None
            loss().backward()
        with torch.no_grad():
            self.words.copy_(original)


class Trainer:
    """What happens between two weight updates. A batch is (input_ids, text_mask, images, frame_mask, labels)."""

    def __init__(self, model, weights, steps, args, device="cpu"):
        """`weights`: of the classes, None where all count alike; `steps`: those of the whole schedule."""
        self.model, self.weights, self.args, self.device = model, weights, args, device
        self.forward = torch.compile(model) if args.compile else model
        self.optimizer = torch.optim.AdamW(decay_groups(model, args.weight_decay), lr=args.lr, fused=True)
        warm_up = math.ceil(0.1 * steps)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: min((step + 1) / warm_up, (steps - step) / max(1, steps - warm_up)))
        self.average = Average(model, args.ema)
        words = model.encoder.get_input_embeddings().weight
        self.attack = Attack(list(model.parameters()), words, args) if args.adversary != "none" else None

    def output(self, batch):
        with autocast(self.device, self.args.precision):
            return self.forward(*batch[:4])

    def loss_of(self, batch, output):
        (logits, video_logits), labels, args = output, batch[4], self.args
        loss = F.cross_entropy(logits, labels, self.weights, label_smoothing=args.label_smoothing)
        if args.aux_weight:
            shown = batch[3].any(1)  # a video without frames has nothing to say here
            loss = loss + args.aux_weight * F.cross_entropy(
                video_logits, labels.masked_fill(~shown, -100), self.weights, label_smoothing=args.label_smoothing)
        return loss

    def plain_loss(self, batch):
        return self.loss_of(batch, self.output(batch))

    def consistent_loss(self, batch):
        first, second = self.output(batch), self.output(batch)
        divergence = symmetric_divergence(first[0], second[0])
        return (self.loss_of(batch, first) + self.loss_of(batch, second) + self.args.r_drop * divergence) / 2

    def step(self, batch):
        """The loss, still on the device."""
        loss = self.consistent_loss(batch) if self.args.r_drop else self.plain_loss(batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        if self.attack:
            self.attack(lambda: self.plain_loss(batch))
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update(self.model)
        return loss.detach()
