;; Everything the text form can say.
; roundtrip
/// Documentation,
///   on two lines.
module "a \"name\"" policy {
  axes head = kv * group
  axes lane(4)
  axes slot(page)
  axes a-b.c
  /// How much.
  param k_sparsity: ratio = 7/10
  param page: count
  param rule: choice(exact, "two words") = exact
  param scale: real = 1.5e-3
  param fast: bool = true
  /// What it cost.
  state power: f32[head] = -inf
  state seen: i32[] = -0
  /// One entry.
  entry compress {rule = "exact"} (%0 Q: f16[kv, group, channel] input as [head = kv * group, channel], %1 k: int argument, %2 "p w": f32[kv, group] state as [head = kv * group], %20 P: nm(2, 4) over [channel] f16[kv, channel] input) axes(kv, group, channel, kept: %1, n: counted %9) {
    %3 = abs(%0) : f32[kv, group, channel]
    %4 = keep(%3, %1, _, _) {axes = ["channel"], ties = "first"} : bool[kv, group, channel]
    %5 = kept_indices(%4, %1) {as = "kept", axis = "channel"} : i32[kv, group, kept]
    %6 = pack(%0, %4, %1) {exact = true, format = {"kind": "bitmap", "width": 64}, over = ["channel"]} : bitmap(64) over [channel] exact f16[kv, group, channel]
    %7 = literal() {scalar = "bool", value = "true"} : bool
    %8 = reduce(%4, _, _) {axes = ["kv", "group", "channel"], kind = "count"} : i32[]
    %9 = add(%8, %8) : i32[]
    return out = %6 as [head = kv * group, channel], at = %5, count = %9, "p w" = %2 state as [head = kv * group]
  }
  fn f (%0: bool argument) {
    return x = %0
  }
  kernel k (%0 x: read f16[], %1 y: readwrite i8[], %2 n: i32, %3 m: boolx4, %4 b: bool, %5 h: host bool param, %6 w: i64x2) {
    if(%4) {types = []} {
      store(%1, %2, %2)
    } {
    }
    %8 = while(%2) : i32 { (%9 x: i32)
      %10 = lt(%9, %2) : bool
      yield %10, %9
    } { (%11: i32)
      yield %11
    }
  }
}
; check: state seen: i32[] = -0
; check: entry compress {rule = "exact"} (
; next: %0 Q: f16[kv, group, channel] input as [head = kv * group, channel],
