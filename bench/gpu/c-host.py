"""
What the C functions of policies take on the device, by the events of a stream and as a captured graph, with the cache overwritten before
each run; and what a call costs the host. The shapes are those of `workloads.json`.

    python bench/gpu/c-host.py FOLDER      the folder with lib*.so and *.h of mustafar and wanda, built with --dtype f16
"""

import ctypes
import sys
import time
from fractions import Fraction
from pathlib import Path
from statistics import median

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "pytorch"))
from espalier import Policy  # noqa: E402

DEVICE = torch.device("cuda")
RUNS = 20
flush = torch.empty(2**29, dtype=torch.uint8, device=DEVICE)


def prepared(function, values: dict):
    """A call with its arguments and workspace made once, as C programs make it: the stream is left open."""
    size = function.workspace_size(values)
    workspace = torch.empty(max(size, 16), dtype=torch.uint8, device=DEVICE)
    arguments, run = function.arguments(values), function.policy.library[function.name]
    pointer, room = ctypes.c_void_p(workspace.data_ptr()), ctypes.c_size_t(size)

    def call() -> None:
        stream = ctypes.c_void_p(torch.cuda.current_stream().cuda_stream)
        function.policy.check(run(ctypes.byref(arguments), pointer, room, stream))

    call.keeps = (values, workspace)
    return call


def microseconds(run) -> float:
    times = []
    for _ in range(RUNS + 3):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        flush.fill_(1)
        begin.record()
        run()
        end.record()
        end.synchronize()
        times.append(1000 * begin.elapsed_time(end))
    return median(times[3:])


def captured(call) -> torch.cuda.CUDAGraph:
    graph = torch.cuda.CUDAGraph()
    torch.cuda.synchronize()
    with torch.cuda.graph(graph):
        call()
    return graph


def host_microseconds(call) -> float:
    torch.cuda.synchronize()
    times = []
    for _ in range(200):
        start = time.perf_counter()
        call()
        times.append(1e6 * (time.perf_counter() - start))
        torch.cuda.synchronize()
    return median(times)


def report(what: str, call) -> None:
    call()
    graph = captured(call)
    print(f"{what}: {microseconds(call):.1f} us, {microseconds(graph.replay):.1f} in a graph, {host_microseconds(call):.1f} of the host", flush=True)


def attend(folder: Path) -> None:
    policy = Policy(folder / "libmustafar.so", folder / "mustafar.h")
    kv, group, token, local, channel = 64, 4, 16384, 32, 128
    sizes = {"size.kv": kv, "size.token": token, "size.channel": channel}
    dense = {name: torch.randn(kv, token, channel, device=DEVICE, dtype=torch.float16) for name in "KV"}
    window = {f"in.{name}_local": torch.randn(kv, local, channel, device=DEVICE, dtype=torch.float16) for name in "KV"}
    query = torch.randn(kv * group, channel, device=DEVICE, dtype=torch.float16)
    result = torch.empty(kv * group, channel, device=DEVICE)
    for dropped in (30, 50, 70, 90):
        share = {"param.k_sparsity": Fraction(dropped, 100), "param.v_sparsity": Fraction(dropped, 100)}
        values = {**sizes, **share, "in.K": dense["K"], "in.V": dense["V"]}
        compress = policy["mustafar_compress_exact_f16"]
        room = compress.output_sizes(values)
        packed = {
            part: torch.empty(count, device=DEVICE, dtype=torch.int32 if part.endswith("words") else torch.float16) for part, count in room.items()
        }
        report(f"mustafar.compress, {dropped} %", prepared(compress, {**values, **{f"out.{part}": tensor for part, tensor in packed.items()}}))
        kept = room["K.values"] // (kv * token)
        starts = torch.arange(kv * token + 1, device=DEVICE, dtype=torch.int32) * kept
        parts = {**{f"in.{part}": tensor for part, tensor in packed.items()}, "in.K.offsets": starts, "in.V.offsets": starts}
        inputs = {**sizes, **parts, **window, "in.Q": query, "out.O": result, "size.head": kv * group, "size.local": local}
        step = policy["mustafar_attend_f16"]
        report(f"mustafar.attend, {dropped} %, rows not known", prepared(step, inputs))
        for hint, number in (("stored", kept * kv * token), ("kept", kept)):
            hints = {f"{hint}.{name}": number for name in "KV"}
            report(f"mustafar.attend, {dropped} %, {hint} is said", prepared(step, {**inputs, **hints}))


def prune(folder: Path) -> None:
    policy = Policy(folder / "libwanda.so", folder / "wanda.h")
    out, inputs = 14336, 4096
    weights = torch.randn(out, inputs, device=DEVICE, dtype=torch.float16)
    power = torch.rand(inputs, device=DEVICE)
    mask = torch.empty(out, inputs, dtype=torch.bool, device=DEVICE)
    values = {"size.out": out, "size.in": inputs, "in.W": weights, "state.power": power, "out.mask": mask}
    report("wanda.prune, 50 %", prepared(policy["wanda_prune_f16"], {**values, "param.sparsity": Fraction(1, 2)}))
    report("wanda.prune_nm", prepared(policy["wanda_prune_nm_f16"], values))


if __name__ == "__main__":
    torch.manual_seed(1)
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "dist")
    print(torch.cuda.get_device_name())
    attend(where)
    prune(where)
