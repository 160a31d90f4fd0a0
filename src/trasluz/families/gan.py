"""A small style-based GAN with a relativistic loss and gradient penalties on both sides.

The contest is that of R3GAN (Huang et al. 2024, *The GAN is dead; long live the GAN!*, eq. 2 and section 3.1): pairs of
a real and a made item, D minimising softplus(−(D(x) − D(G(z)))) and G softplus(−(D(G(z)) − D(x))), with R1 and R2, the
squared gradients of D at real and at made items, times gamma / 2. Both move at once, from one forward pass, which
converges locally with such penalties as taking turns does (Mescheder et al. 2018). Penalties are lazy (Karras et al.
2020, section 3.1). Where D runs away from G, gamma is raised; gamma falls over the run.

A judge of features sees made items as an encoder of our own does (Sauer et al. 2021: nn/judges), in a run of three
stages: the opening trains that encoder, and a generator that begins as its decoder (_gan_opening); the contest makes
it sharp, while the energy distance of codes holds it to all of the data (`cover`; Santos et al. 2019, *Learning
implicit generative models by matching perceptual features*, match moments in such a space) and codes keep what they
decode to (`rebuild`, as in Larsen et al. 2016); last an encoder learns to undo the finished generator (_gan_encoder). A
judge of pixels has the last two. A run with `encoder_share = 1` that begins with a model (`--init`) gives it an
encoder.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, final

import torch
from torch import Tensor
from torch.nn import functional as F

from trasluz.base import rng
from trasluz.base.errors import InvalidArgument, TrasluzError
from trasluz.families._gan_encoder import Undoing, translated
from trasluz.families._gan_model import OF_FEATURES, GANConfig, GANModel, Generator, Networks, open_networks, signed
from trasluz.families._gan_opening import Autoencoder, Opening, energy_distance
from trasluz.io.weights import check_shapes
from trasluz.nn.augment import augment
from trasluz.nn.blocks import Encoder
from trasluz.nn.judges import FeatureJudge
from trasluz.nn.update import Update, below, place
from trasluz.spaces.data import Dataset
from trasluz.spaces.family import Family, FamilyConfig
from trasluz.spaces.model import LatentModel
from trasluz.spaces.precision import Precision
from trasluz.spaces.representation import Representation
from trasluz.spaces.trainable import Batch, Trainable

FEW_ITEMS = 5000
"""Below so many training items both players see them augmented."""
RUNAWAY, RAISE, MOST_RAISED, PATIENCE, RELAX = 8.0, 4.0, 64.0, 200, 0.998
"""D runs away: its mean logit of real items is so far above that of made ones. Gamma then rises so many times, to so
many times at most, once in so many steps, and comes back by so much a step."""
OPENING, OPENING_LAZY = 400, 2
"""In the first so many steps, when made items are easily told, penalties come so often at least."""
COLLAPSED = 0.5
"""Diversity of samples, as a share of the data's, below which the alarm is raised."""
HEARD = 8
"""Items below which it is not: of two or three, real ones are as alike by chance."""
EARLY = 0.2
"""Share of the contest in which samples may be all alike."""
REBUILD = 4
"""Real items are rebuilt once in so many steps."""
GAMMA, GAP, R1, R2, WAIT, DONE = range(6)
"""Places in the tensor of control: factor of gamma, average gap of the logits, last penalties, patience, steps done."""


@final
class GANTraining(Trainable):
    """An encoder to judge by, where the judge is one of features; the contest; then an encoder of the generator."""

    ratios = {"diversity": ("apart_made", "apart_real")}

    def __init__(self, config: GANConfig, representation: Representation) -> None:
        self.config, self.representation = config, representation

    def init(self, seed: int, precision: Precision, total: int) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(rng.derive(seed, "init"))
            networks = Networks(self.config, self.representation)
        networks = place(networks, precision.device, precision.memory_format)
        c, self._precision = self.config, precision
        self._turn = total - round(total * c.encoder_share)
        """The first step of the encoder."""
        share = c.features_share if c.judge == "features" else 0.0
        self._first = torch.tensor(float(round(self._turn * share)))
        """The first step of the contest; a tensor, since a run that begins with a model has no opening."""
        contest = max(1, self._turn - int(self._first))
        self._g = Update(networks.generator, c, contest)
        self._d = Update(networks.discriminator, c.with_(ema=0.0), contest)
        judge = networks.discriminator
        self._opening = (
            Opening(c, judge, networks.generator, max(1, int(self._first)), precision)
            if isinstance(judge, FeatureJudge)
            else None
        )
        encoder = networks.encoder
        self._e = Undoing(c, encoder, total - self._turn, precision) if encoder is not None else None
        self._control = torch.tensor([1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
        self._total, self._planned = total, int(self._first)
        self._from = 0
        """Where the run was at its end last: what is added to it has an encoder's share of its own."""
        self._given = False
        """Whether the run begins with an encoder that there is."""

    def set_total(self, total: int, k: int) -> None:
        share = self.config.encoder_share
        if share < 1 and k >= self._total:
            # The run was at its end: the contest goes on, and an encoder undoes what comes of it.
            self._from = k
        if k == self._from or k < self._turn:
            self._turn = max(total - round((total - self._from) * share), k)
        if self._opening is not None and k < self._planned:
            self._planned = max(round(self._turn * self.config.features_share), k, 1)
            if float(self._first):
                self._first.fill_(float(self._planned))
            self._opening.set_total(self._planned)
        self._total = total
        self._schedule()
        if self._e is not None:
            self._e.update.set_total(total - self._turn)

    def _schedule(self) -> None:
        """The contest's rates fall over all of it: where there is no opening, from the first step on."""
        if self._opening is not None and not float(self._first):
            self._planned = 0
        for player in (self._g, self._d):
            player.set_total(self._turn - self._planned)

    def step(self, batch: Batch, seed: int, k: int) -> Mapping[str, float]:
        x, first = signed(batch["x"]), int(self._first)
        self._control[DONE] = k + 1
        if k < first and self._opening is not None:
            return self._opening.step(self._seen(x, rng.generator(seed, "seen", k), of=2), seed, k)
        if k < self._turn:
            if k == first and first and self._opening is not None:
                self._take_over(self._opening.average)
            return self._step_contest(x, seed, k, k - first)
        if self._e is None:
            raise TrasluzError("a GAN without an encoder has no steps to train one")
        if k == self._turn and not (k == 0 and self._given):
            self._e.begin(self._d.module, self._g.average)
        return self._e.step(self._g.average, self._d.module, x, seed, k, k - self._turn)

    def _take_over(self, found: Autoencoder) -> None:
        """The encoder's features are judged on from here on, and the generator begins as its decoder."""
        self._d.module.get_submodule("trunk").load_state_dict(found.trunk.state_dict())
        if self.config.begin:
            self._g.start_from(found.generator.state_dict(), "the opening")

    def _step_contest(self, x: Tensor, seed: int, k: int, at: int) -> Mapping[str, float]:
        c, judge = self._control, self._d.module
        draws = rng.generator(seed, "gan", k)
        z = torch.randn(len(x), self.config.latent, generator=draws).to(x.device)
        with self._precision.autocast():
            made = self._g.module(z)
            (seen, codes), (shown, made_codes) = (judge.perceive(self._seen(t, draws)) for t in (x, made))
            real, fake = judge.verdicts(seen).float(), judge.verdicts(shown).float()
        gap = real - fake
        contest = F.softplus(-gap).mean()
        penalty = self._penalties(seen, shown, at)
        d_norm = self._d.gradient(contest + penalty, at, keep=True)
        g_loss = F.softplus(real.detach() - fake).mean()
        more = self._held(x, codes, made_codes, k)
        g_norm = self._g.gradient(g_loss + sum(more.values()), at)
        self._d.advance(at)
        self._g.advance(at)
        self._watch(float(gap.detach().mean()), k)
        return {
            "loss": float(g_loss.detach()),
            "g_loss": float(g_loss.detach()),
            "d_loss": float(contest.detach()),
            "real_logit": float(real.detach().mean()),
            "fake_logit": float(fake.detach().mean()),
            "r1": float(c[R1]),
            "r2": float(c[R2]),
            "gamma": self._gamma(k),
            "grad_norm": g_norm,
            "d_grad_norm": d_norm,
            **{name: float(value.detach()) for name, value in more.items()},
        }

    def _held(self, x: Tensor, codes: Tensor | None, made: Tensor | None, k: int) -> dict[str, Tensor]:
        """What else the generator is held to, weighed: all of the data, and each item by its code."""
        out: dict[str, Tensor] = {}
        if codes is None or made is None:
            return out
        if self.config.cover:
            out["cover"] = self.config.cover * energy_distance(made, codes.detach())
        if self.config.rebuild and k % REBUILD == 0:
            g = self._g.module
            with self._precision.autocast():
                back = g.synthesis(g.spread(self._code(x)))
            error = (back.float() - x).square().mean() / x.var().clamp_min(1e-4)
            out["rebuild"] = REBUILD * self.config.rebuild * error
        return out

    @torch.no_grad()
    def _code(self, x: Tensor) -> Tensor:
        """The code of items in [-1, 1]: their w, for a generator that began as the decoder of such codes."""
        trunk = self._trunk()
        if trunk is None:
            raise TrasluzError("a judge of pixels has no codes")
        return trunk(x)[:, : self.config.latent].float()

    def _trunk(self) -> Encoder | None:
        """The encoder of the opening, where there is one."""
        opened, judge = self._opened(), self._d.module
        return opened.trunk if opened is not None else judge.trunk if isinstance(judge, FeatureJudge) else None

    def _seen(self, x: Tensor, draws: torch.Generator, of: int = 1) -> Tensor:
        """Items as they are judged: augmented, or one in `of` of them."""
        if self.config.augment != "on":
            return x
        plain = len(x) - len(x) // of
        return torch.cat([x[:plain], augment(x[plain:], draws)]) if plain else augment(x, draws)

    def _penalties(self, seen: list[Tensor], shown: list[Tensor], at: int) -> Tensor | float:
        """gamma/2 · (R1 + R2), every `lazy` steps, in full precision."""
        lazy = min(self.config.lazy, OPENING_LAZY) if at < OPENING else self.config.lazy
        if at % lazy:
            return 0.0
        r1, r2 = (self._squared_gradient(perceived) for perceived in (seen, shown))
        self._control[R1], self._control[R2] = r1.detach().cpu(), r2.detach().cpu()
        return lazy * self._gamma(at + int(self._first)) / 2 * (r1 + r2)

    def _squared_gradient(self, perceived: list[Tensor]) -> Tensor:
        """Of the sum of the verdicts, along what they are passed on; a mean over items and heads."""
        at = [u.detach().float().requires_grad_(True) for u in perceived]
        verdicts = self._d.module.verdicts(at)
        slopes = torch.autograd.grad(verdicts.sum(), at, create_graph=True)
        return torch.stack([slope.square().sum((1, 2, 3)) for slope in slopes]).sum(0).mean() / len(at)

    def _gamma(self, k: int) -> float:
        first = int(self._first)
        done = min(1.0, (k - first) / max(1, self._turn - first))
        return self.config.gamma * self.config.gamma_end**done * float(self._control[GAMMA])

    def _watch(self, gap: float, k: int) -> None:
        """Raise gamma where the discriminator has run away, and give that time to work."""
        c = self._control
        c[DONE] = k + 1
        c[GAP] = 0.98 * c[GAP] + 0.02 * gap
        c[WAIT] = max(0.0, float(c[WAIT]) - 1)
        c[GAMMA] = max(1.0, RELAX * float(c[GAMMA]))
        if float(c[GAP]) > RUNAWAY and not float(c[WAIT]) and float(c[GAMMA]) < MOST_RAISED:
            c[GAMMA] *= RAISE
            c[WAIT] = PATIENCE

    def advice(self, figures: Mapping[str, float]) -> str | None:
        done, first = float(self._control[DONE]), float(self._first)
        if done <= first or (done < self._turn and done - first < EARLY * (self._turn - first)):
            return None
        diversity = figures.get("test_diversity", 1.0)
        most, n = figures.get("test_diversity_most", diversity), figures.get("test_items", math.inf)
        if max(diversity, most) < COLLAPSED and n >= HEARD:
            more = "" if self.config.augment == "on" else ", or --set augment=on"
            sure = f" (at most {most:.0%}, n = {n:.0f})" if math.isfinite(n) else ""
            return (
                f"the samples are only {diversity:.0%} as varied as the data{sure}: the generator is collapsing, or "
                "has had too few steps. Train for longer, or start again with a higher gamma (--set gamma=...), more "
                f"items{more}"
            )
        contest = "d_loss" in figures
        if contest and float(self._control[GAMMA]) >= MOST_RAISED and float(self._control[GAP]) > RUNAWAY:
            return (
                "the discriminator tells every pair apart though gamma was raised as far as it goes: the generator "
                "learns little. Start again with a lower learning rate (--set lr=...) or --set augment=on"
            )
        return None

    def _opened(self) -> Autoencoder | None:
        """What the opening has found so far, where the run is not past it."""
        past = float(self._control[DONE]) > float(self._first) or not float(self._first)
        return None if self._opening is None or past else self._opening.average

    def _generator(self) -> Generator:
        """The one to use, were the run to end here."""
        opened = self._opened()
        return self._g.average if opened is None else opened.generator

    @torch.no_grad()
    def evaluate(self, batch: Batch, seed: int) -> Mapping[str, float]:
        x, g = batch["x"], self._generator()
        z = torch.randn(len(x), self.config.latent, generator=rng.generator(seed, "evaluation")).to(x.device)
        made = g(z).mul(0.5).add(0.5).clamp(0, 1)
        real, fake = (F.adaptive_avg_pool2d(t.float().contiguous(), 8).flatten(1) for t in (x, made))
        within, among = _apart(real, real), _apart(fake, fake)
        out = {
            "distance": float(2 * torch.cdist(real, fake).mean() - within - among),
            "apart_made": float(among),
            "apart_real": float(within),
            "real_logit": float(self._d.module(signed(x)).mean()),
            "fake_logit": float(self._d.module(made.mul(2).sub(1)).mean()),
        }
        if self._opening is not None and self.config.begin:
            out["code_psnr"] = _psnr(x, g.synthesis(g.spread(self._code(signed(x)))))
        if self._e is not None:
            own = self._code_serves() and "code_psnr" in out
            out["encoder_psnr"] = out["code_psnr"] if own else _psnr(x, self._e.rebuilt(g, signed(x)))
        return out

    def _code_serves(self) -> bool:
        """Whether the opening's encoder is the one that is kept: until the last stage, since its codes are w."""
        return self.config.begin and float(self._control[DONE]) <= self._turn and not self._given

    def state(self) -> dict[str, Tensor]:
        encoder = self._e.update.state("encoder") if self._e is not None else {}
        opening = {**self._opening.state(), "gan.first": self._first} if self._opening is not None else {}
        return {
            **self._g.state("generator"),
            **self._d.state("discriminator"),
            **encoder,
            **opening,
            "gan.control": self._control,
            "gan.given": torch.tensor(float(self._given)),
        }

    @torch.no_grad()
    def load(self, state: Mapping[str, Tensor]) -> None:
        self._g.load(state, "generator")
        self._d.load(state, "discriminator")
        if self._e is not None:
            self._e.update.load(state, "encoder")
            self._e.forget()
        if self._opening is not None:
            self._opening.load(state)
            self._first.copy_(state["gan.first"])
            self._schedule()
        self._control.copy_(state["gan.control"])
        self._given = bool(state.get("gan.given", 0.0))  # of a run of before, nobody knows

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        where = "the model to begin from"
        self._g.start_from(below(weights, "generator."), where)
        self._d.start_from(below(weights, "discriminator."), where)
        encoder = below(weights, "encoder.")
        if self._e is not None:
            if encoder:
                self._e.update.start_from(encoder, where)
                self._given = True
            self._e.forget()
        # The judge has its features, and the generator is no longer a decoder that may be drawn anew.
        self._first.zero_()
        self._schedule()

    def weights(self) -> dict[str, Tensor]:
        generator, trunk = self._generator(), self._trunk()
        encoder = self._e.update.average.state_dict() if self._e is not None else {}
        if encoder and trunk is not None and self._code_serves():
            encoder = translated(trunk, generator, self.config.latent)
        return {
            **generator.state_dict(prefix="generator."),
            **self._d.module.state_dict(prefix="discriminator."),
            **{f"encoder.{name}": value for name, value in encoder.items()},
        }


def _psnr(x: Tensor, back: Tensor) -> float:
    """Of items in [0, 1] and what they were rebuilt as, in [-1, 1]; a mean over items, in dB."""
    mse = (x - back.mul(0.5).add(0.5).clamp(0, 1)).square().flatten(1).mean(1)
    return float((-10 * mse.clamp_min(1e-10).log10()).mean())


def _apart(a: Tensor, b: Tensor) -> Tensor:
    """Mean distance of two different items."""
    n = len(a)
    return torch.cdist(a, b).sum() / max(1, n * (n - 1))


@final
class GAN(Family):
    """Style-based generative adversarial network."""

    name = "gan"
    title = "Style-based generative adversarial network"
    config_type = GANConfig
    space_names = ("z", "w", "w+")
    presets = {
        "tiny": {"latent": 16, "widths": (16, 32, 48), "batch": 16, "steps": 3000},
        "small": {
            "judge": "features",
            "mapping": 4,
            "gamma": 1.0,
            "lazy": 8,
            "features_share": 0.2,
            "cover": 1.0,
            "rebuild": 1.0,
        },
        "pixels": {},
        "base": {
            "latent": 256,
            "mapping": 4,
            "widths": (64, 128, 256, 256),
            "batch": 64,
            "steps": 100_000,
            "lr": 2e-4,
            "gamma": 2.0,
            "lazy": 4,
        },
    }
    sizes, least_items = (16, 128), 500
    curves = {
        "Logits of real and of made items": ("test_real_logit", "test_fake_logit"),
        "Penalties R1 and R2, and their weight": ("r1", "r2", "gamma"),
        "Diversity of samples, 1 is the data's": ("test_diversity",),
        "Energy distance of samples to the data": ("test_distance",),
        "Losses of generator and discriminator": ("g_loss", "d_loss"),
        "Encoder: PSNR on unseen items, dB": ("test_encoder_psnr",),
    }

    def from_data(self, config: FamilyConfig, data: Dataset) -> Mapping[str, Any]:
        if _own(config).augment != "auto":
            return {}
        return {"augment": "on" if len(data) < FEW_ITEMS else "off"}

    def check_unbegun(self, config: FamilyConfig) -> None:
        if _own(config).encoder_share == 1:
            raise InvalidArgument(
                "with encoder_share=1 all steps train an encoder, and the generator stays as it was drawn",
                next="Begin with a generator that was trained: --init MODEL; or give a smaller share",
            )

    def remarks(self, config: FamilyConfig, given: Collection[str]) -> Sequence[str]:
        idle = [name for name in OF_FEATURES if name in given and name != "judge"]
        if _own(config).judge == "features" or not idle:
            return ()
        does = "does" if len(idle) == 1 else "do"
        return (f"{', '.join(idle)} {does} nothing here: made items are judged by their pixels (--set judge=features)",)

    def trainable(self, config: FamilyConfig, representation: Representation, items: int) -> Trainable:
        return GANTraining(_own(config), representation)

    def open(self, config: FamilyConfig, representation: Representation, state: Mapping[str, Tensor]) -> LatentModel:
        networks = open_networks(_own(config), representation)
        check_shapes(state, networks.state_dict(), "model.safetensors")
        networks.load_state_dict(dict(state))
        return GANModel(networks, _own(config), representation)


def _own(config: FamilyConfig) -> GANConfig:
    if not isinstance(config, GANConfig):
        raise TrasluzError("a GAN was given another family's config", got=type(config).__name__)
    return config
