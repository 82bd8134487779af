; run: verify
; level: policy
entry e(%0 x: f32[n] input) axes(n) {
  %1 = iota() {lanes = 4} : i32x4 ; error: the op does not exist at the level policy
  return y = %0
}
