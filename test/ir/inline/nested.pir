;; Fns that call fns; the axis one of them makes comes along.
; run: pass inline
fn first_two(%0 x: f32[n] input) axes(n, two: %1) {
  %1 = literal() {scalar = "int", value = "2"} : int
  %2 = keep(%0, %1, _, _) {axes = ["n"], ties = "first"} : bool[n]
  %3 = kept_indices(%2, %1) {as = "two", axis = "n"} : i32[two]
  %4 = gather(%0, %3) {axes = ["n"]} : f32[two]
  return out = %4
}
fn outer(%0 x: f32[n] input) axes(n, two: %1) {
  %1 = literal() {scalar = "int", value = "2"} : int
  %2 = abs(%0) : f32[n]
  %3 = call(%2) {callee = "first_two", results = [{"axes": ["two"], "dtype": "f32", "kind": "tensor"}]} : f32[two]
  return out = %3
}
entry e(%0 x: f32[n] input) axes(n, two: %1) {
  %1 = literal() {scalar = "int", value = "2"} : int
  %2 = call(%0) {callee = "outer", results = [{"axes": ["two"], "dtype": "f32", "kind": "tensor"}]} : f32[two]
  return out = %2
}
; not: call(
; not: fn
; check: entry e
; check: abs(%0)
; check: keep(
; check: gather(
; next: return out = %
