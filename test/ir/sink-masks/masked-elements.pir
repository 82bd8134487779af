; run: pass sink-masks
;; Sums and counts take the mask of their elements, also one spelled with `select`; a maximum and an `else` do not.
entry e(%0 X: f32[a, c] input, %1 m: bool[c] input, %2 n: bool[a, c] input) axes(a, c) {
  %3 = mask(%0, %1) : f32[a, c]
  %4 = reduce(%3, %2, _) {axes = ["c"], kind = "sum"} : f32[a]
  %5 = literal() {scalar = "int", value = "0"} : int
  %6 = select(%2, %0, %5) : f32[a, c]
  %7 = reduce(%6, _, _) {axes = ["a", "c"], kind = "sum"} : f32[]
  %8 = mask(%2, %1) : bool[a, c]
  %9 = reduce(%8, _, _) {axes = ["c"], kind = "count"} : i32[a]
  %10 = reduce(%3, _, _) {axes = ["c"], kind = "max"} : f32[a]
  %11 = reduce(%3, _, %5) {axes = ["a"], kind = "sum"} : f32[c]
  return p = %4, q = %7, r = %9, s = %10, t = %11
}
; check: %3 = mask(%0, %1)
; check: = and(%1, %2)
; check: reduce(%0, %
; check: reduce(%0, %2, _) {axes = ["a", "c"], kind = "sum"}
; check: reduce(%2, %1, _) {axes = ["c"], kind = "count"}
; check: reduce(%3, _, _) {axes = ["c"], kind = "max"}
; check: reduce(%3, _, %
; not: mask(%2
