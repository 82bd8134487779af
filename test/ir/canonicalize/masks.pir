; run: pass canonicalize
entry e(%0 x: f16[n, m] input, %1 a: bool[n, m] input, %2 k: int param) axes(n, m) {
  %3 = literal() {scalar = "bool", value = "true"} : bool
  %4 = broadcast(%3) {axes = ["n", "m"], dtype = "bool"} : bool[n, m]
  %5 = mask(%0, %4) : f16[n, m]
  %6 = not(%1) : bool[n, m]
  %7 = not(%6) : bool[n, m]
  %8 = and(%7, %1) : bool[n, m]
  %9 = mask(%5, %8) : f16[n, m]
  %10 = mask(%9, %1) : f16[n, m]
  %11 = keep(%0, %2, %4, _) {axes = ["m"], ties = "first"} : bool[n, m]
  %12 = pack(%10, %11, _) {exact = false, format = {"kind": "bitmap", "width": 64}, over = ["m"]} : bitmap(64) over [m] f16[n, m]
  %13 = unpack(%12) : f16[n, m]
  return o = %13
}
; not: not(
; not: and(
; not: pack(
; check: mask(%0, %1)
; next: keep(%0, %2, _, _)
; next: mask(
; next: return
