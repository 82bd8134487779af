"""
Policies compiled to C, called from Python through ctypes. The header says everything: structures of arguments are read from it, so that
a field is given by its name, `in.W` or `param.sparsity`. Pointers are tensors of PyTorch (anything with `data_ptr`) or whole numbers.
"""

import ctypes
import re
from fractions import Fraction
from pathlib import Path

UNSET = -(2**63)
CODES = ["OK", "NULL_POINTER", "MISALIGNED", "WORKSPACE", "EXTENT", "TOO_LARGE", "PARAMETER", "NUMBER", "CUDA"]


class EspalierError(Exception):
    """A call that was refused, with the name of its code: `MISALIGNED`."""

    def __init__(self, code: int, text: str):
        super().__init__(text)
        self.code = CODES[code] if 0 <= code < len(CODES) else str(code)


class Ratio(ctypes.Structure):
    _fields_ = [("num", ctypes.c_int64), ("den", ctypes.c_int64)]


TYPES = {"espalier_ratio": Ratio, "int64_t": ctypes.c_int64, "int32_t": ctypes.c_int32, "double": ctypes.c_double, "int": ctypes.c_int}


class Policy:
    """The functions of one policy: `Policy("dist/libwanda.so", "dist/wanda.h")["wanda_prune_f16"]`."""

    def __init__(self, library: str, header: str):
        self.library = ctypes.CDLL(str(library))
        text = Path(header).read_text()
        self.last_error = self.library[re.search(r"const char \*(\w+_last_error)", text).group(1)]
        self.last_error.restype = ctypes.c_char_p
        self.structures = dict(read_structures(text))

    def __getitem__(self, name: str) -> "Function":
        return Function(self, name)

    def check(self, code: int) -> None:
        if code != 0:
            raise EspalierError(code, self.last_error().decode())


class Function:
    """One variant of an entry. Calling it queries nothing: the workspace is the caller's."""

    def __init__(self, policy: Policy, name: str):
        self.policy, self.name = policy, name
        self.arguments_type = policy.structures[f"{name}_args"]
        self.sizes_type = policy.structures.get(f"{name}_sizes")

    def arguments(self, values: dict):
        """The structure with these fields, and the rest as the policy has it."""
        arguments = self.arguments_type()
        self.policy.library[f"{self.name}_init"](ctypes.byref(arguments))
        for path, value in values.items():
            *groups, field = path.split(".")
            place = arguments
            for group in groups:
                place = getattr(place, group)
            setattr(place, field, converted(value))
        return arguments

    def workspace_size(self, values: dict) -> int:
        size = ctypes.c_size_t()
        self._call("_workspace_size", self.arguments(values), size)
        return size.value

    def output_sizes(self, values: dict) -> dict:
        """Elements of every output by its name: `{"mask": 4096}`, `{"K.words": …}`."""
        sizes = self.sizes_type()
        self._call("_output_sizes", self.arguments(values), sizes)
        return dict(flattened(sizes))

    def __call__(self, values: dict, workspace, workspace_bytes: int, stream: int, stage: str = "") -> None:
        """Puts the call on a stream (`torch.cuda.current_stream().cuda_stream`); `stage`: `_stage1`, `_stage2`, of entries that have some."""
        pointer, on = ctypes.c_void_p(converted(workspace)), ctypes.c_void_p(stream)
        run = self.policy.library[f"{self.name}{stage}"]
        self.policy.check(run(ctypes.byref(self.arguments(values)), pointer, ctypes.c_size_t(workspace_bytes), on))

    def _call(self, suffix: str, arguments, result) -> None:
        self.policy.check(self.policy.library[self.name + suffix](ctypes.byref(arguments), ctypes.byref(result)))


def converted(value):
    if hasattr(value, "data_ptr"):
        return value.data_ptr()
    if isinstance(value, Fraction):
        return Ratio(value.numerator, value.denominator)
    return value


def flattened(structure, prefix=""):
    for name, _ in structure._fields_:
        value = getattr(structure, name)
        if isinstance(value, ctypes.Structure):
            yield from flattened(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def read_structures(header: str):
    """The structures of a header as ctypes has them: one field a line, structures in structures."""
    for name, body in re.findall(r"^typedef struct (\w+_(?:args|sizes)) \{\n(.*?)^\} \1;", header, re.M | re.S):
        lines = iter(re.sub(r"/\*.*?\*/", "", body, flags=re.S).splitlines())
        yield name, structure_of(name, lines)


def structure_of(name: str, lines):
    fields = []
    for line in lines:
        text = line.strip()
        if text == "struct {":
            inner, field = structure_with_name(lines)
            fields.append((field, inner))
        elif text:
            kind, field = re.fullmatch(r"(.*?)(\w+);", text).groups()
            fields.append((field, ctypes.c_void_p if "*" in kind else TYPES[kind.strip()]))
    return type(name, (ctypes.Structure,), {"_fields_": fields})


def structure_with_name(lines):
    own, depth = [], 1
    for line in lines:
        text = line.strip()
        depth += (text == "struct {") - text.startswith("}")
        if depth == 0:
            field = re.fullmatch(r"\} (\w+);", text).group(1)
            return structure_of(field, iter(own)), field
        own.append(line)
    raise ValueError("a structure does not end")
