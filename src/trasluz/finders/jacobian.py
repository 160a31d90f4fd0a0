"""Local directions: the top right singular vectors of the decoder's Jacobian at a point (Ramesh, Choi & LeCun 2018, *A
spectral regularizer for unsupervised disentanglement*, section 3): of all steps of one length from there, the ones
that change the item most. `J` is never formed: subspace iteration on JᵀJ, one jvp and one vjp per vector and round.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor

from trasluz.base.config import Config, setting
from trasluz.base.errors import InvalidArgument
from trasluz.base.forward import jvp
from trasluz.base.progress import Progress
from trasluz.base.rng import generator
from trasluz.finders._evidence import arrow, differentiable
from trasluz.geometry.linear_algebra import oriented
from trasluz.spaces.methods import Arrow, Evidence, FinderMethod
from trasluz.spaces.space import LatentSpace

BATCH = 32
"""Vectors that go through the decoder at once."""
SPARE = 4
"""Vectors beyond those asked for, which make the iteration converge sooner."""


class JacobianConfig(Config):
    """How far the iteration goes."""

    rounds: int = setting(8, "Rounds of subspace iteration.", ge=1, le=200)


@final
class Jacobian(FinderMethod):
    """What changes the item most, from where it is."""

    name = "jacobian"
    title = "Singular vectors of the decoder's Jacobian at a point"
    config_type = JacobianConfig
    needs = frozenset({"start", "gradients"})

    def find(self, evidence: Evidence, count: int, config: Config, seed: int, progress: Progress) -> list[Arrow]:
        settings = JacobianConfig.make(config.dump())
        differentiable(evidence, "the Jacobian")
        if evidence.start is None:
            raise InvalidArgument("local directions are taken at a point", got="none", next="Name one: --from test:3")
        space, z = evidence.space, evidence.start.detach().float().to(evidence.space.device)
        d = int(torch.Size(space.shape).numel())
        k = min(count, d)
        q = torch.randn(d, min(k + SPARE, d), generator=generator(seed, "jacobian"))
        q = torch.linalg.qr(q).Q
        with progress.task("Following the decoder's Jacobian", settings.rounds) as step:
            for _ in range(settings.rounds):
                q = torch.linalg.qr(_normal_product(space, z, q)).Q
                step(1)
        # The Rayleigh quotient in the span gives values and vectors in order.
        inner = q.T @ _normal_product(space, z, q)
        values, u = torch.linalg.eigh(((inner + inner.T) / 2).double())
        vectors = oriented((q.double() @ u.flip(1)).T)
        singular = values.flip(0).clamp_min(0).sqrt()
        return [arrow(v, evidence, singular=round(float(s), 6)) for v, s in zip(vectors[:k], singular, strict=False)]


def _normal_product(space: LatentSpace, z: Tensor, q: Tensor) -> Tensor:
    """`JᵀJ q` for the columns of q `(d, k)`, `J` at z `(1, *shape)`, by forward and reverse mode."""
    done: list[Tensor] = []
    for part in q.split(BATCH, 1):
        many = z.expand(part.shape[1], *space.shape).contiguous()
        tangents = part.T.reshape(many.shape).to(many)
        forward = jvp(space.render, many, tangents)[1]
        (back,) = torch.func.vjp(space.render, many)[1](forward)
        done.append(back.detach().flatten(1).T.cpu())
    return torch.cat(done, 1)
