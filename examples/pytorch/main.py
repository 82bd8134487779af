"""
Mustafar and Wanda on tensors of PyTorch, as C functions, each checked against its formula in PyTorch. The argument is the folder with
`libmustafar.so`, `libwanda.so` and their headers; README.md beside this file says how they are made.
"""

import sys
from fractions import Fraction
from pathlib import Path

import torch

from espalier import Policy

DEVICE = torch.device("cuda")


def stream() -> int:
    return torch.cuda.current_stream().cuda_stream


def run(function, values: dict) -> None:
    """A call with a workspace of its own."""
    size = function.workspace_size(values)
    workspace = torch.empty(max(size, 1), dtype=torch.uint8, device=DEVICE)
    function(values, workspace, size, stream())


def kept_of_rows(scores: torch.Tensor, count: int) -> torch.Tensor:
    """The mask of the `count` largest of each row, the first among equals."""
    order = torch.sort(scores, dim=-1, descending=True, stable=True).indices[..., :count]
    return torch.zeros_like(scores, dtype=torch.bool).scatter_(-1, order, True)


def words_of(mask: torch.Tensor) -> torch.Tensor:
    """Bits of the last axis, 32 in a word, rows padded to 64."""
    rows = torch.nn.functional.pad(mask.long(), (0, -mask.shape[-1] % 64)).unflatten(-1, (-1, 32))
    return (rows << torch.arange(32, device=mask.device)).sum(-1)


def report(what: str, wrong: int) -> int:
    print(f"{'ok   ' if wrong == 0 else 'WRONG'} {what}" + ("" if wrong == 0 else f": {wrong} elements differ"))
    return wrong


def mustafar(folder: Path) -> int:
    policy = Policy(folder / "libmustafar.so", folder / "mustafar.h")
    kv, group, token, local, channel = 8, 4, 4096, 32, 128
    cache = {name: torch.randn(kv, token, channel, device=DEVICE, dtype=torch.float16) for name in "KV"}
    compress = policy["mustafar_compress_exact_f16"]
    sizes = {"size.kv": kv, "size.token": token, "size.channel": channel}
    values = {**sizes, "in.K": cache["K"], "in.V": cache["V"], "param.k_sparsity": Fraction(7, 10), "param.v_sparsity": Fraction(1, 2)}
    room = compress.output_sizes(values)
    packed = {
        part: torch.empty(count, device=DEVICE, dtype=torch.int32 if part.endswith("words") else torch.float16) for part, count in room.items()
    }
    run(compress, {**values, **{f"out.{part}": tensor for part, tensor in packed.items()}})

    wrong, pruned, starts = 0, {}, {}
    for name, dropped in (("K", 89), ("V", 64)):  # of 128: exactly 70 % rounded down, and half
        mask = kept_of_rows(cache[name].abs().float(), channel - dropped)
        wrong += report(f"mustafar.compress: {name}.words", int((words_of(mask).flatten() != packed[f"{name}.words"].long() & 0xFFFFFFFF).sum()))
        wrong += report(f"mustafar.compress: {name}.values", int((cache[name][mask] != packed[f"{name}.values"]).sum()))
        pruned[name] = torch.where(mask, cache[name], torch.zeros_like(cache[name]))
        starts[name] = torch.arange(kv * token + 1, device=DEVICE, dtype=torch.int32) * (channel - dropped)

    query = torch.randn(kv * group, channel, device=DEVICE, dtype=torch.float16)
    window = {name: torch.randn(kv, local, channel, device=DEVICE, dtype=torch.float16) for name in "KV"}
    result = torch.empty(kv * group, channel, device=DEVICE)
    parts = {f"in.{part}": tensor for part, tensor in packed.items()}
    kept = {"kept.K": channel - 89, "kept.V": channel - 64}  # not needed, but with it shared memory has room for these rows and no more
    run(
        policy["mustafar_attend_f16"],
        {
            **{**sizes, "size.head": kv * group, "size.local": local},
            **{**parts, **kept, "in.K.offsets": starts["K"], "in.V.offsets": starts["V"]},
            **{"in.Q": query, "in.K_local": window["K"], "in.V_local": window["V"], "out.O": result},
        },
    )
    keys, seen = (torch.cat([pruned[name], window[name]], 1).double().repeat_interleave(group, 0) for name in "KV")
    scores = torch.einsum("hc,htc->ht", query.double(), keys) / channel**0.5
    expected = torch.einsum("ht,htc->hc", scores.softmax(-1), seen)
    return wrong + report("mustafar.attend over what compress packed", int((~torch.isclose(result.double(), expected, 1e-3, 1e-4)).sum()))


def wanda(folder: Path) -> int:
    policy = Policy(folder / "libwanda.so", folder / "wanda.h")
    out, inputs, token = 1024, 4096, 512
    seen = torch.zeros((), dtype=torch.int32, device=DEVICE)
    power = torch.zeros(inputs, device=DEVICE)
    mean = torch.zeros(inputs, dtype=torch.float64, device=DEVICE)
    for step in range(3):
        x = torch.randn(token, inputs, device=DEVICE, dtype=torch.float16)
        values = {"size.token": token, "size.in": inputs, "in.X": x, "state.seen": seen, "state.power": power}
        run(policy["wanda_observe_f16"], values)
        mean = (mean * step + x.double().square().sum(0)) / (step + 1)
    wrong = report("wanda.observe, three times", int((~torch.isclose(power.double(), mean, 1e-4)).sum()) + int(seen.item() != 3))

    weights = torch.randn(out, inputs, device=DEVICE, dtype=torch.float16)
    scores = weights.abs().float() * power.sqrt()
    values = {"size.out": out, "size.in": inputs, "in.W": weights, "state.power": power}
    mask = torch.empty(out, inputs, dtype=torch.bool, device=DEVICE)
    run(policy["wanda_prune_f16"], {**values, "out.mask": mask, "param.sparsity": Fraction(1, 2)})
    wrong += report("wanda.prune, half of each row", int((mask != kept_of_rows(scores, inputs // 2)).sum()))
    run(policy["wanda_prune_nm_f16"], {**values, "out.mask": mask})
    expected = kept_of_rows(scores.unflatten(-1, (-1, 4)), 2).flatten(-2)
    return wrong + report("wanda.prune_nm, 2 of every 4", int((mask != expected).sum()))


if __name__ == "__main__":
    torch.manual_seed(1)
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "dist")
    sys.exit(1 if mustafar(where) + wanda(where) > 0 else 0)
