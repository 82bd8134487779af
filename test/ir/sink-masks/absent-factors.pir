; run: pass sink-masks
;; What is not finite in V matters wherever it stands: zero times infinity is NaN. Whole numbers are always finite.
entry e(%0 P: f32[h, q, t] input, %1 V: f32[t, c] input, %2 m: bool[t, q] input, %3 W: i32[t, c] input) axes(h, q, t, c) {
  %4 = mask(%0, %2) : f32[h, q, t]
  %5 = mul(%4, %1) : f32[h, q, t, c]
  %6 = reduce(%5, _, _) {axes = ["t"], kind = "sum"} : f32[h, q, c]
  %7 = mul(%4, %3) : f32[h, q, t, c]
  %8 = reduce(%7, _, _) {axes = ["t"], kind = "sum"} : f32[h, q, c]
  return o = %6, w = %8
}
; check: sub(%1, %1)
; next: isnan(
; next: {axes = ["t", "c"], kind = "any"} : bool[]
; next: or(%2, %
; check: reduce(%5, _, _, %
; check: reduce(%7, _, _, %2)
