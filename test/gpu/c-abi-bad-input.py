"""
Bad input at the C functions of a policy on a device: null pointers, misaligned ones, a small workspace, sizes that are negative, too
large or contradict each other, parameters out of range. Each must be an error code with a text, before anything is launched and
without a fault. Then a misaligned but naturally aligned call, and a captured graph that is replayed, must give what a plain call gives.

    python test/gpu/c-abi-bad-input.py FOLDER      the folder with libwanda.so and wanda.h, built with --dtype f16
"""

import sys
from fractions import Fraction
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "pytorch"))
from espalier import EspalierError, Policy  # noqa: E402

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "dist")
policy = Policy(folder / "libwanda.so", folder / "wanda.h")
device = torch.device("cuda")
failures = 0


def check(what: str, holds: bool, detail: str = "") -> None:
    global failures
    failures += 0 if holds else 1
    print(f"{'ok   ' if holds else 'WRONG'} {what}{'' if detail == '' else f' ({detail})'}")


out, inputs = 256, 1024
weights = torch.randn(out, inputs, device=device, dtype=torch.float16)
power = torch.rand(inputs, device=device)
mask = torch.zeros(out, inputs, dtype=torch.bool, device=device)
good = {"size.out": out, "size.in": inputs, "in.W": weights, "state.power": power, "out.mask": mask}
prune, prune_nm = policy["wanda_prune_f16"], policy["wanda_prune_nm_f16"]
stream = torch.cuda.current_stream().cuda_stream


def call(function, values: dict, short: int = 0, workspace=None) -> None:
    size = function.workspace_size(values)
    space = torch.empty(max(size, 16), dtype=torch.uint8, device=device) if workspace is None else workspace
    function(values, space, max(0, size - short), torch.cuda.current_stream().cuda_stream)


def refused(what: str, code: str, function, values: dict, **options) -> None:
    mask.zero_()
    try:
        call(function, values, **options)
        check(what, False, "was accepted")
    except EspalierError as error:
        torch.cuda.synchronize()
        check(what, error.code == code and not bool(mask.any()), f"{error.code}: {error}")


for name in ("in.W", "state.power", "out.mask"):
    refused(f"null {name}", "NULL_POINTER", prune_nm, {**good, name: 0})
refused("misaligned in.W", "MISALIGNED", prune_nm, {**good, "in.W": weights.data_ptr() + 1})
refused("misaligned state.power", "MISALIGNED", prune_nm, {**good, "state.power": power.data_ptr() + 2})
if prune_nm.workspace_size(good) > 0:
    refused("a workspace that is too small", "WORKSPACE", prune_nm, good, short=1)
    refused("a null workspace", "NULL_POINTER", prune_nm, good, workspace=0)
    refused("a misaligned workspace", "MISALIGNED", prune_nm, good, workspace=mask.data_ptr() + 8)
refused("a negative size", "EXTENT", prune_nm, {**good, "size.out": -5})
refused("a size that is not set", "EXTENT", prune_nm, {name: value for name, value in good.items() if name != "size.in"})
refused("a size that no factor fits", "EXTENT", prune_nm, {**good, "size.in": 1022})
refused("a size above 2^31 - 1", "TOO_LARGE", prune_nm, {**good, "size.out": 2**31})
refused("a size near 2^63", "TOO_LARGE", prune_nm, {**good, "size.out": 2**63 - 1})
refused("more than 2^31 - 1 elements", "TOO_LARGE", prune_nm, {**good, "size.out": 2**30})
refused("a ratio above 1", "PARAMETER", prune, {**good, "param.sparsity": Fraction(3, 2)})
refused("a negative ratio", "PARAMETER", prune, {**good, "param.sparsity": Fraction(-1, 2)})
code = policy.library["wanda_prune_nm_f16"](None, None, 0, None)
check("no arguments at all", code == 1, str(code))

call(prune_nm, good)
expected = mask.clone()
check("a good call after all of these", bool((expected.sum(1) == inputs // 2).all()))

# At every multiple of the size of an element.
for shift in (1, 2, 3, 5, 7):
    w = torch.empty(out * inputs + 16, device=device, dtype=torch.float16)[shift : shift + out * inputs].view(out, inputs)
    p = torch.empty(inputs + 16, device=device)[shift : shift + inputs]
    m = torch.empty(out * inputs + 16, device=device, dtype=torch.bool)[shift : shift + out * inputs].view(out, inputs)
    w.copy_(weights)
    p.copy_(power)
    for function, name in ((prune_nm, "prune_nm"), (prune, "prune")):
        call(function, good)
        plain = mask.clone()
        call(function, {**good, "in.W": w, "state.power": p, "out.mask": m})
        check(f"{name}, pointers {shift} elements off", bool((m == plain).all()))

# A captured call: no synchronisation, no allocation, replayed on other contents.
size = prune.workspace_size(good)
workspace = torch.empty(max(size, 16), dtype=torch.uint8, device=device)
side = torch.cuda.Stream()
side.wait_stream(torch.cuda.current_stream())
with torch.cuda.stream(side):
    prune(good, workspace, size, side.cuda_stream)
torch.cuda.current_stream().wait_stream(side)
graph = torch.cuda.CUDAGraph()
with torch.cuda.graph(graph):
    prune(good, workspace, size, torch.cuda.current_stream().cuda_stream)
weights.copy_(torch.randn_like(weights))
call(prune, good)
expected = mask.clone()
mask.zero_()
graph.replay()
torch.cuda.synchronize()
check("a captured call, replayed on new weights", bool((mask == expected).all()))

sys.exit(1 if failures > 0 else 0)
