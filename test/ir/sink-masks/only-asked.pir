; run: pass sink-masks
;; Everybody looks at the scores under both masks, so they are made first.
entry e(%0 X: f32[a, c] input, %1 Y: f32[c, t] input, %2 m: bool[t] input, %3 n: bool[a] input, %4 k: int param) axes(a, c, t) {
  %5 = mul(%0, %1) : f32[a, c, t]
  %6 = reduce(%5, _, _) {axes = ["c"], kind = "sum"} : f32[a, t]
  %7 = exp(%6) : f32[a, t]
  %8 = and(%2, %3) : bool[t, a]
  %9 = reduce(%7, %8, _) {axes = ["t"], kind = "max"} : f32[a]
  %10 = mask(%6, %8) : f32[a, t]
  %11 = keep(%10, %4, _, _) {axes = ["t"], ties = "first"} : bool[a, t]
  return best = %9, kept = %11
}
; check: %8 = and(%2, %3)
; next: %6 = reduce(%5, _, _, %8) {axes = ["c"], kind = "sum"}
; next: exp(
; next: reduce(%7, %8, _) {axes = ["t"], kind = "max"}
