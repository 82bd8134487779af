"""What the best of PyTorch needs for the workloads of workloads.json, on this machine's GPU, and what a plain copy reaches.

    python3 bench/gpu/peers.py --out peers.json [--set core|all] [--only G2,G5] [--seconds 140]

Every time is the median of repeated runs between two CUDA events; the cache is overwritten before each run, inputs are normal
numbers. What does not fit into the seconds is listed as skipped, what cannot run with the reason. `--device cpu --scale 512`
tries the script where there is no GPU; it times nothing.
"""

import argparse
import datetime
import json
import math
import pathlib
import sys
import time
import warnings

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

warnings.filterwarnings("ignore")
DTYPES = {"f16": torch.float16, "bf16": torch.bfloat16, "f32": torch.float32}
MIB = 2**20
FLUSHED_BYTES = 512 * MIB  # more than any cache; long enough for the host to have queued what comes next
SECONDS_EACH = 0.25


class Device:
    """Times functions on a GPU, or runs them once on a CPU."""

    def __init__(self, name):
        self.name = name
        self.gpu = name == "cuda"
        self.flushed = torch.empty(FLUSHED_BYTES // 4 if self.gpu else 1, dtype=torch.int32, device=name)
        self.generator = torch.Generator(device=name).manual_seed(1)

    def normal(self, dtype, *shape):
        return torch.randn(shape, generator=self.generator, dtype=DTYPES[dtype], device=self.name)

    def times(self, run, least=5, most=50):
        """Milliseconds of each run, in order of size."""
        if not self.gpu:
            run()
            return [0.0]
        run()
        first = self.events(run, 2)
        count = int(min(max(SECONDS_EACH * 1000 / max(min(first), 1e-3), least), most))
        return sorted(self.events(run, count))

    def events(self, run, count):
        pairs = [[torch.cuda.Event(enable_timing=True) for _ in range(2)] for _ in range(count)]
        for start, end in pairs:
            self.flushed.fill_(1)
            start.record()
            run()
            end.record()
        torch.cuda.synchronize()
        return [start.elapsed_time(end) for start, end in pairs]

    def info(self):
        if not self.gpu:
            return {"name": "cpu"}
        card = torch.cuda.get_device_properties(0)
        return {
            "name": card.name,
            "multiprocessors": card.multi_processor_count,
            "l2Bytes": card.L2_cache_size,
            "torch": torch.__version__,
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),
        }

    def copy_gb_per_s(self):
        size = 1024 * MIB if self.gpu else MIB
        source = self.normal("f32", size // 4)
        target = torch.empty_like(source)
        times = self.times(lambda: target.copy_(source), least=20)
        return 2 * size / middle(times) / 1e6 if self.gpu else 1.0


def middle(ordered):
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


# Each kind of workload gives its peers: names with functions that make what is timed. `part` marks a part of another peer.


def packed(x, mask):
    """Bitmaps of 64, the place of each row's first value, and the values: a packed cache whose rows differ in length."""
    width = mask.shape[-1]
    words = torch.nn.functional.pad(mask, (0, -width % 64)).unflatten(-1, (-1, 64))
    bits = torch.ones(64, dtype=torch.int64, device=x.device) << torch.arange(64, device=x.device)
    ends = torch.cumsum(mask.sum(-1).flatten(), 0)
    return (words * bits).sum(-1), ends, x[mask]


def compress(device, w):
    x = device.normal(w["dtype"], w["batch"] * w["heads"], w["tokens"], w["channels"])
    dropped = math.floor(w["sparsity"] * w["channels"] / 100)

    def by_kth_value():
        size = x.abs()
        return size > torch.kthvalue(size, dropped, dim=-1, keepdim=True).values

    mask = by_kth_value()

    def by_top_k():
        places = torch.topk(x.abs(), w["channels"] - dropped, dim=-1, sorted=False).indices.sort(-1).values
        kept = torch.zeros_like(mask).scatter_(-1, places, True)
        return packed(x, kept)[0], torch.gather(x, -1, places)

    return [
        ("kthvalue, then pack", lambda: lambda: packed(x, by_kth_value())),
        ("topk, gather, bitmap", lambda: by_top_k),
        ("part: kthvalue", lambda: by_kth_value),
        ("part: pack", lambda: lambda: packed(x, mask)),
    ]


def attend(device, w):
    batch, heads, group, tokens, channels = (w[name] for name in ("batch", "heads", "group", "tokens", "channels"))
    q = device.normal(w["dtype"], batch, heads * group, 1, channels)
    k, v = (device.normal(w["dtype"], batch, heads, tokens, channels) for _ in range(2))
    rows = q.view(batch, heads, group, channels)
    attention = torch.nn.functional.scaled_dot_product_attention

    def on(backend, query, **options):
        def run():
            with sdpa_kernel(backend):
                return attention(query, k, v, **options)

        return lambda: run

    backends = {
        "cuDNN": SDPBackend.CUDNN_ATTENTION,
        "flash": SDPBackend.FLASH_ATTENTION,
        "efficient": SDPBackend.EFFICIENT_ATTENTION,
        "math": SDPBackend.MATH,
    }
    peers = []
    for name, backend in backends.items():
        if group > 1:
            peers.append((f"dense {name}, enable_gqa", on(backend, q, enable_gqa=True)))
            peers.append((f"dense {name}, a group's heads as queries", on(backend, rows)))
        else:
            peers.append((f"dense {name}", on(backend, q)))
    return peers


def top_k(device, w):
    shape = (w["rows"], w["columns"]) if w["rows"] > 1 else (w["columns"],)
    x = device.normal(w["dtype"], *shape)
    return [
        ("topk", lambda: lambda: torch.topk(x, w["k"], dim=-1)),
        ("topk, unsorted", lambda: lambda: torch.topk(x, w["k"], dim=-1, sorted=False)),
    ]


def fluctuation(device, w):
    x = device.normal(w["dtype"], w["tokens"], w["features"])
    weights = device.normal(w["dtype"], w["hidden"], w["features"])

    def variance(x, weights):
        return x.float().var(0, correction=0) * weights.float().square().sum(0)

    def moments(x, weights):
        x = x.float()
        return (x.square().mean(0) - x.mean(0).square()) * weights.float().square().sum(0)

    return [
        ("torch.compile, var", lambda: compiled(variance, x, weights)),
        ("torch.compile, moments", lambda: compiled(moments, x, weights)),
        ("eager, var", lambda: lambda: variance(x, weights)),
    ]


def wanda(device, w):
    weights = device.normal(w["dtype"], w["rows"], w["columns"])
    power = device.normal("f32", w["columns"]).square()
    of_four = w["pattern"] == "2:4"
    dropped = 2 if of_four else math.floor(float(w["pattern"].rstrip("%")) * w["columns"] / 100)

    def applied(weights, mask):
        return mask if w["result"] == "mask" else torch.where(mask, weights, 0)

    def score(weights, power):
        scores = weights.abs() * torch.sqrt(power)
        return scores.unflatten(-1, (-1, 4)) if of_four else scores

    def by_top_k(weights, power):
        scores = score(weights, power)
        least = torch.topk(scores, dropped, dim=-1, largest=False).indices
        kept = torch.ones_like(scores, dtype=torch.bool).scatter_(-1, least, False)
        return applied(weights, kept.view_as(weights))

    def by_sort(weights, power):
        scores = score(weights, power)
        least = torch.sort(scores, dim=-1, stable=True).indices[..., :dropped]
        kept = torch.ones_like(scores, dtype=torch.bool).scatter_(-1, least, False)
        return applied(weights, kept.view_as(weights))

    def by_kth_value(weights, power):
        scores = score(weights, power)
        return applied(weights, scores > torch.kthvalue(scores, dropped, dim=-1, keepdim=True).values)

    def by_comparing(weights, power):
        lanes = score(weights, power).unbind(-1)
        better = [
            sum((b >= a if j < i else b > a).int() for j, b in enumerate(lanes) if j != i) for i, a in enumerate(lanes)
        ]
        return applied(weights, torch.stack([count < 2 for count in better], -1).view_as(weights))

    shared = [
        ("torch.compile, topk", lambda: compiled(by_top_k, weights, power)),
        ("eager, topk", lambda: lambda: by_top_k(weights, power)),
    ]
    if of_four:
        return [("torch.compile, comparisons by hand", lambda: compiled(by_comparing, weights, power)), *shared]
    return [
        ("torch.compile, sort", lambda: compiled(by_sort, weights, power)),
        ("eager, kthvalue", lambda: lambda: by_kth_value(weights, power)),
        *shared,
    ]


def compiled(function, *arguments):
    torch._dynamo.reset()
    fast = torch.compile(function, dynamic=False)
    fast(*arguments)
    return lambda: fast(*arguments)


KINDS = {"compress": compress, "attend": attend, "topk": top_k, "fluctuation": fluctuation, "wanda": wanda}


def workloads(path, which, only, scale):
    listed = json.loads(path.read_text())
    base = {row["id"]: row for row in listed["workloads"]}
    rows = list(base.values())
    if which == "all":
        rows += [{**base[row["of"]], **row, "id": f"{row['of']}-{row['variant']}"} for row in listed["variants"]]
    if only:
        rows = [row for row in rows if row["id"] in only]
    return [small(row, scale) for row in rows]


def small(row, scale):
    if scale == 1:
        return row
    shrunk = {name: max(8, row[name] // scale) for name in ("tokens", "rows", "hidden") if row.get(name, 1) > 1}
    if row.get("rows") == 1:
        shrunk |= {"columns": row["columns"] // scale**2, "k": row["k"] // scale**2}
    return {**row, **shrunk}


def measure(device, row, deadline):
    found = []
    try:
        peers = KINDS[row["kind"]](device, row)
    except torch.OutOfMemoryError:
        return [{"name": "all", "failed": "out of memory"}]
    for name, make in peers:
        if time.monotonic() > deadline:
            found.append({"name": name, "skipped": "no time left"})
            continue
        try:
            times = device.times(make())
            spread = {"low": times[len(times) // 10], "high": times[-1 - len(times) // 10]}
            found.append({"name": name, "ms": middle(times), **spread, "runs": len(times)})
        except Exception as error:  # a peer that cannot run is part of the result
            found.append({"name": name, "failed": (str(error).strip() or repr(error)).splitlines()[0][:200]})
        if device.gpu:
            torch.cuda.empty_cache()
    return found


def best(peers):
    done = [peer for peer in peers if "ms" in peer and not peer["name"].startswith("part:")]
    return min(done, key=lambda peer: peer["ms"], default=None)


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path)
    parser.add_argument("--set", choices=["core", "all"], default="core", help="G1 to G9, or their variants too")
    parser.add_argument("--only", default="", help="ids, separated by commas")
    parser.add_argument("--seconds", type=float, default=140, help="what has not begun by then is skipped")
    parser.add_argument("--workloads", type=pathlib.Path, default=here / "workloads.json")
    parser.add_argument("--device", choices=["cuda", "cpu"], default="cuda")
    parser.add_argument("--scale", type=int, default=1, help="divides sizes, to try the script")
    options = parser.parse_args()
    if options.device == "cuda" and not torch.cuda.is_available():
        sys.exit("no CUDA device")

    started = time.monotonic()
    device = Device(options.device)
    only = [name for name in options.only.split(",") if name]
    result = {"date": datetime.date.today().isoformat(), "device": device.info(), "copy_gb_per_s": device.copy_gb_per_s(), "rows": []}
    print(f"{result['device']['name']}: a copy moves {result['copy_gb_per_s']:.0f} GB/s", flush=True)
    rows = workloads(options.workloads, "all" if only else options.set, only, options.scale)
    if not rows:
        sys.exit(f"no workload is called {options.only}")
    for row in rows:
        peers = measure(device, row, started + options.seconds)
        result["rows"].append({"id": row["id"], "peers": peers})
        if options.out:  # as far as it got, should it be ended
            options.out.write_text(json.dumps(result, indent=2) + "\n")
        for peer in peers:
            shown = f"{peer['ms']:9.3f} ms" if "ms" in peer else peer.get("failed", "skipped")
            print(f"{row['id']:12} {peer['name']:42} {shown}", flush=True)
    print(f"\n{time.monotonic() - started:.0f} s; the best of each:")
    for row in result["rows"]:
        peer = best(row["peers"])
        print(f"{row['id']:12} {'none' if peer is None else format(peer['ms'], '9.3f') + ' ms  ' + peer['name']}")


if __name__ == "__main__":
    main()
