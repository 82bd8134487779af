; run: pass canonicalize
entry e(%0 x: f32[a, b] input) axes(a, b, c) {
  %1 = rename(%0) {from = "a", to = "c"} : f32[c, b]
  %2 = rename(%1) {from = "c", to = "a"} : f32[a, b]
  %3 = rename(%2) {from = "b", to = "c"} : f32[a, c]
  return o = %3
}
; count: 1 rename(
; check: rename(%0) {from = "b", to = "c"} : f32[a, c]
