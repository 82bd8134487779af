"""
Chains of C functions of policies on a device, where each reads what the one before wrote: on a stream, and
captured into a graph together with work of PyTorch and a second stream. Every replay on new contents must give what the formulas give.

    python test/gpu/c-abi-graphs.py FOLDER      the folder with lib*.so and *.h of mustafar and wanda, built with --dtype f16
"""

import sys
from fractions import Fraction
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "pytorch"))
from espalier import Policy  # noqa: E402
from main import kept_of_rows  # noqa: E402

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "dist")
device = torch.device("cuda")
REPLAYS = 30
failures = 0


def check(what: str, wrong: int) -> None:
    global failures
    failures += 0 if wrong == 0 else 1
    print(f"{'ok   ' if wrong == 0 else 'WRONG'} {what}" + ("" if wrong == 0 else f": {wrong} runs"), flush=True)


def prepared(function, values: dict):
    size = function.workspace_size(values)
    workspace = torch.empty(max(size, 16), dtype=torch.uint8, device=device)
    return lambda: function(values, workspace, size, torch.cuda.current_stream().cuda_stream)


def runs_of(what: str, chain, renew, is_right) -> None:
    """The chain again and again on new contents, on the default stream, on another and as a graph."""

    def wrong_runs(run) -> int:
        wrong = 0
        for _ in range(REPLAYS):
            renew()
            run()
            wrong += 0 if is_right() else 1
        return wrong

    check(f"{what}, on the default stream", wrong_runs(chain))
    side = torch.cuda.Stream()

    def beside() -> None:
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            chain()
        torch.cuda.current_stream().wait_stream(side)

    check(f"{what}, on another stream", wrong_runs(beside))
    graph = torch.cuda.CUDAGraph()
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        chain()
    check(f"{what}, as a graph", wrong_runs(graph.replay))


def mustafar() -> None:
    """Compresses what PyTorch made of noise just before, and attends over it; a second stream joins in between."""
    policy = Policy(folder / "libmustafar.so", folder / "mustafar.h")
    kv, group, token, local, channel = 4, 4, 1024, 32, 128
    sizes = {"size.kv": kv, "size.token": token, "size.channel": channel}
    noise = {name: torch.empty(kv, token, channel, device=device, dtype=torch.float16) for name in "KV"}
    cache = {name: torch.empty_like(noise[name]) for name in "KV"}
    window = {name: torch.empty(kv, local, channel, device=device, dtype=torch.float16) for name in "KV"}
    query = torch.empty(kv * group, channel, device=device, dtype=torch.float16)
    given = torch.empty_like(query)
    results = [torch.empty(kv * group, channel, device=device) for _ in range(2)]
    compress, attend = policy["mustafar_compress_exact_f16"], policy["mustafar_attend_f16"]
    values = {**sizes, "in.K": cache["K"], "in.V": cache["V"], "param.k_sparsity": Fraction(7, 10), "param.v_sparsity": Fraction(7, 10)}
    room = compress.output_sizes(values)
    packed = {part: torch.empty(count, device=device, dtype=torch.int32 if part.endswith("words") else torch.float16) for part, count in room.items()}
    kept = room["K.values"] // (kv * token)
    starts = torch.arange(kv * token + 1, device=device, dtype=torch.int32) * kept
    parts = {**{f"in.{part}": tensor for part, tensor in packed.items()}, "in.K.offsets": starts, "in.V.offsets": starts}
    inputs = {**sizes, **parts, "size.head": kv * group, "size.local": local, "in.Q": query}
    inputs |= {f"in.{name}_local": window[name] for name in "KV"}
    pack = prepared(compress, {**values, **{f"out.{part}": tensor for part, tensor in packed.items()}})
    step = prepared(attend, {**inputs, "out.O": results[0]})
    hints = {"kept.K": kept, "stored.V": room["V.values"]}
    step_with_room = prepared(attend, {**inputs, **hints, "out.O": results[1]})
    beside = torch.cuda.Stream()

    def chain() -> None:
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):
            query.copy_(given)
        for name in "KV":
            torch.mul(noise[name], 2, out=cache[name])
        pack()
        torch.cuda.current_stream().wait_stream(beside)
        step()
        step_with_room()
        query.zero_()

    def renew() -> None:
        for tensor in (*noise.values(), *window.values(), given):
            tensor.normal_()
        for tensor in (*packed.values(), *results):
            tensor.zero_()

    def is_right() -> bool:
        pruned = {name: (2 * noise[name]) * kept_of_rows(noise[name].abs().float(), kept) for name in "KV"}
        keys, seen = (torch.cat([pruned[name], window[name]], 1).double().repeat_interleave(group, 0) for name in "KV")
        scores = torch.einsum("hc,htc->ht", given.double(), keys) / channel**0.5
        expected = torch.einsum("ht,htc->hc", scores.softmax(-1), seen)
        return all(torch.allclose(result.double(), expected, 1e-3, 1e-4) for result in results)

    runs_of("mustafar.compress and two of mustafar.attend", chain, renew, is_right)


def wanda() -> None:
    """States that copies write at the end of a call and the next call reads, then a selection by them."""
    policy = Policy(folder / "libwanda.so", folder / "wanda.h")
    out, inputs, token, steps = 256, 1024, 64, 4
    seen = torch.zeros((), dtype=torch.int32, device=device)
    power = torch.zeros(inputs, device=device)
    x = [torch.empty(token, inputs, device=device, dtype=torch.float16) for _ in range(steps)]
    weights = torch.empty(out, inputs, device=device, dtype=torch.float16)
    mask = torch.empty(out, inputs, dtype=torch.bool, device=device)
    state = {"state.seen": seen, "state.power": power}
    observe = [prepared(policy["wanda_observe_f16"], {"size.token": token, "size.in": inputs, "in.X": one, **state}) for one in x]
    sizes = {"size.out": out, "size.in": inputs, "in.W": weights, "state.power": power, "out.mask": mask}
    select = prepared(policy["wanda_prune_f16"], {**sizes, "param.sparsity": Fraction(1, 2)})

    def chain() -> None:
        seen.zero_()
        power.zero_()
        for one in observe:
            one()
        select()

    def renew() -> None:
        for tensor in (*x, weights):
            tensor.normal_()
        mask.zero_()

    def is_right() -> bool:
        mean = torch.cat(x).double().square().sum(0) / steps
        selected = kept_of_rows(weights.abs().float() * power.sqrt(), inputs // 2)
        return int(seen) == steps and torch.allclose(power.double(), mean, 1e-4) and bool((mask == selected).all())

    runs_of("wanda.observe four times, then wanda.prune", chain, renew, is_right)


torch.manual_seed(1)
mustafar()
wanda()
sys.exit(1 if failures > 0 else 0)
