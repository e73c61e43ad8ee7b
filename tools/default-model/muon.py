"""The optimiser Muon (K. Jordan et al., 2024): momentum whose update is made orthogonal, for matrices and filters."""

import torch


def orthogonal(matrix, steps=5):
    """About U Vᵀ of a matrix's singular value decomposition U S Vᵀ, by Newton-Schulz steps of fifth order."""
    x = matrix / (matrix.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(steps):
        square = x @ x.T
        x = torch.addmm(x, torch.addmm(square, square, square, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    return x.T if tall else x


class Muon(torch.optim.Optimizer):
    """For parameters of two dimensions or more; steps have an RMS of 0.2 times the rate, about as Adam's have."""

    def __init__(self, parameters, lr, momentum=0.95, weight_decay=0.0):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            rate = group["lr"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                if not self.state[p]:
                    self.state[p]["mean"] = torch.zeros_like(p)
                mean = self.state[p]["mean"].lerp_(p.grad, 1 - group["momentum"])
                update = orthogonal(p.grad.lerp(mean, group["momentum"]).flatten(1))
                p.mul_(1 - rate * group["weight_decay"])
                p.add_(update.view_as(p), alpha=-0.2 * rate * max(update.shape) ** 0.5)
