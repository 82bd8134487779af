;; f16 times one is f32: the op also converts, so it stays.
; run: pass canonicalize
entry e(%0 x: f16[n] input) axes(n) {
  %1 = literal() {scalar = "int", value = "1"} : int
  %2 = mul(%0, %1) : f32[n]
  return a = %2
}
; count: 1 mul(
