;; One slice of the state itself becomes the output; two slices, and a slice of something else, are written as a whole.
; run: pass place-slices
module m policy {
  state once: f32[a, b] = 0
  state twice: f32[a, b] = 0
  state other: f32[a, b] = 0
  entry e(%0 x: f32[b] input, %1 i: int argument, %2 once: f32[a, b] state, %3 twice: f32[a, b] state, %4 other: f32[a, b] state) axes(a, b) {
    %5 = put(%2, %0, %1) {axes = ["a"]} : f32[a, b]
    %6 = put(%3, %0, %1) {axes = ["a"]} : f32[a, b]
    %7 = literal() {scalar = "int", value = "0"} : int
    %8 = put(%6, %0, %7) {axes = ["a"]} : f32[a, b]
    %9 = put(%2, %0, %1) {axes = ["a"]} : f32[a, b]
    return once = %5 state, twice = %8 state, other = %9 state
  }
}
; check: once = %0 state at [a = %1] as [a, b], twice = %8 state, other = %9 state
