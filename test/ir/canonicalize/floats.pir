;; What would change a float stays: x + 0 turns -0 into 0; x * 0 may be NaN. x - 0, x * 1, x / 1 are x.
; run: pass canonicalize
entry e(%0 x: f32[n] input) axes(n) {
  %1 = literal() {scalar = "int", value = "0"} : int
  %2 = literal() {scalar = "int", value = "1"} : int
  %3 = add(%0, %1) : f32[n]
  %4 = mul(%0, %1) : f32[n]
  %5 = sub(%0, %1) : f32[n]
  %6 = mul(%2, %0) : f32[n]
  %7 = div(%0, %2) : f32[n]
  return a = %3, b = %4, c = %5, d = %6, e = %7
}
; count: 1 add(
; count: 1 mul(
; count: 0 sub(
; count: 0 div(
; check: c = %0, d = %0, e = %0
