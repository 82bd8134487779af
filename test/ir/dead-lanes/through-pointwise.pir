; run: pass dead-lanes
;; Through point-wise ops, and with its mask; what another output reads, or what is summed along the axis, stays whole.
entry e(%0 X: f32[t, c] input, %1 m: bool[t] input, %2 w: bool[t, c] input, %3 k: int param, %13 s: i32[z] input) axes(t, c, z, kept: %3) {
  %4 = kept_indices(%1, %3) {as = "kept", axis = "t"} : i32[kept]
  %5 = reduce(%0, %2, _) {axes = ["c"], kind = "sum"} : f32[t]
  %6 = abs(%5) : f32[t]
  %7 = gather(%6, %4) {axes = ["t"]} : f32[kept]
  %8 = reduce(%0, _, _) {axes = ["c"], kind = "max"} : f32[t]
  %9 = gather(%8, %4) {axes = ["t"]} : f32[kept]
  %10 = reduce(%0, _, _) {axes = ["c"], kind = "min"} : f32[t]
  %11 = exp(%10) : f32[t]
  %12 = gather(%11, %4) {axes = ["t"]} : f32[kept]
  %14 = reduce(%0, _, _) {axes = ["c"], kind = "product"} : f32[t]
  %15 = gather(%14, %13) {axes = ["t"]} : f32[z]
  return sizes = %7, top = %8, some = %9, least = %12, anywhere = %15
}
; check: gather(%2, %4)
; next: kind = "sum"} : f32[kept]
; next: abs(
; check: kind = "max"} : f32[t]
; check: kind = "min"} : f32[kept]
; next: exp(
; check: kind = "product"} : f32[t]
; check: return
