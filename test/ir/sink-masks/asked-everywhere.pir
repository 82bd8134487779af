; run: pass sink-masks
;; One reader without a mask, a mask made of the values themselves, positions of another axis, an address: all of it is computed.
entry e(%0 X: f32[a, c] input, %1 m: bool[a] input, %2 Z: f32[z] input, %14 by: int param) axes(a, c, z) {
  %3 = reduce(%0, _, _) {axes = ["c"], kind = "sum"} : f32[a]
  %4 = mask(%3, %1) : f32[a]
  %5 = reduce(%0, _, _) {axes = ["c"], kind = "max"} : f32[a]
  %6 = isnan(%5) : bool[a]
  %7 = mask(%5, %6) : f32[a]
  %8 = reduce(%0, _, _) {axes = ["c"], kind = "min"} : f32[a]
  %9 = shift(%8, %14) {axis = "a"} : f32[a]
  %10 = mask(%9, %1) : f32[a]
  %11 = reduce(%0, _, _) {axes = ["c"], kind = "argmax"} : i32[a]
  %12 = gather(%2, %11) {axes = ["z"]} : f32[a]
  %13 = mask(%12, %1) : f32[a]
  return p = %3, q = %4, r = %7, s = %10, t = %13
}
; count: 4 reduce(%0, _, _)
