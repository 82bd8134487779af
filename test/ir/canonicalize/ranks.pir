;; The rank of an element is compared with a count: a selection. With candidates, or compared with an element's own number, it stays.
; run: pass canonicalize
entry e(%0 x: f32[r, n] input, %1 k: int param, %2 ks: i32[r] input, %3 m: bool[r, n] input, %4 own: i32[n] input) axes(r, n) {
  %5 = order(%0, _) {axes = ["n"], give = "rank"} : i32[r, n]
  %6 = lt(%5, %1) : bool[r, n]
  %7 = gt(%2, %5) : bool[r, n]
  %8 = order(%0, %3) {axes = ["n"], give = "rank"} : i32[r, n]
  %9 = lt(%8, %1) : bool[r, n]
  %10 = lt(%5, %4) : bool[r, n]
  %11 = le(%5, %1) : bool[r, n]
  return a = %6, b = %7, c = %9, d = %10, f = %11
}
; count: 2 keep(
; count: 2 order(
; count: 2 lt(
; count: 1 le(
; count: 0 gt(
