;; Host scalars fold exactly: 1 - 90% of 100 is 10.
; run: pass canonicalize
entry e(%0 x: f32[n] input) axes(n: %9) {
  %9 = literal() {scalar = "int", value = "100"} : int
  %1 = literal() {scalar = "int", value = "1"} : int
  %2 = literal() {scalar = "ratio", value = "9/10"} : ratio
  %3 = sub(%1, %2) : ratio
  %4 = size() {axis = "n"} : int
  %5 = budget(%3, %4, _, _) {amount = "ratio", mode = "keep", round = "down"} : int
  %6 = keep(%0, %5, _, _) {axes = ["n"], ties = "first"} : bool[n]
  return mask = %6
}
; not: size
; not: budget
; not: ratio
; check: value = "100"
; next: value = "10"
; next: keep(%0,
