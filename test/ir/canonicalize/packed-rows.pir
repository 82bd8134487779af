;; Rows of a packed tensor at positions are the only ones that are decoded; positions along what is packed need whole rows first.
; run: pass canonicalize
entry e(
    %0 p: bitmap(64) over [c] f32[layer, t, c] input, %1 at: i32[layer, s] input, %2 l: int argument, %3 of: i32[t] input,
    %4 each: i32[s, c] input
) axes(layer, t, c, s) {
  %5 = unpack(%0) : f32[layer, t, c]
  %6 = gather(%5, %1) {axes = ["t"]} : f32[layer, s, c]
  %7 = gather(%5, %2) {axes = ["layer"]} : f32[t, c]
  %8 = gather(%5, %3) {axes = ["c"]} : f32[layer, t]
  %9 = gather(%5, %4) {axes = ["t"]} : f32[layer, s, c]
  return rows = %6, slice = %7, inside = %8, each = %9
}
; check: unpack(%0, %1) {axes = ["t"]}
; check: unpack(%0, %2) {axes = ["layer"]}
; count: 2 gather(
; count: 3 unpack(
