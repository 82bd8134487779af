; run: pass sink-masks
;; Not worth it or not known: V is read once, V is computed here, a number from the host may be infinite.
entry e(%0 P: f32[q, t] input, %1 V: f32[q, t] input, %2 m: bool[t] input, %3 X: f32[t, c] input, %4 s: real param) axes(q, t, c) {
  %5 = mask(%0, %2) : f32[q, t]
  %6 = mul(%5, %1) : f32[q, t]
  %7 = reduce(%6, _, _) {axes = ["t"], kind = "sum"} : f32[q]
  %8 = reduce(%3, _, _) {axes = ["c"], kind = "sum"} : f32[t]
  %9 = mul(%5, %8) : f32[q, t]
  %10 = reduce(%9, _, _) {axes = ["t"], kind = "sum"} : f32[q]
  %11 = mul(%5, %4) : f32[q, t]
  %12 = reduce(%11, _, _) {axes = ["t"], kind = "sum"} : f32[q]
  return o = %7, p = %10, r = %12
}
; check: mask(
; not: isnan(
; check: return
; count: 4 _, _) {axes
