;; Structure of the mask decides before bytes: n of a group of m, blocks of fixed size. What nothing is known of stays a bitmap.
; run: pass choose-format
entry e(%0 x: f32[a, quad, lane] input, %1 z: f32[ob, r, ib, c] input, %2 share: ratio param) axes(a, quad, lane: %3, ob, r: %4, ib, c: %5) {
  %3 = literal() {scalar = "int", value = "4"} : int
  %4 = literal() {scalar = "int", value = "2"} : int
  %5 = literal() {scalar = "int", value = "3"} : int
  %6 = keep(%0, %4, _, _) {axes = ["lane"], ties = "first"} : bool[a, quad, lane]
  %7 = size() {axis = "quad"} : int
  %8 = mul(%4, %7) : int
  %9 = pack(%0, %6, %8) {exact = true, format = {"kind": "bitmap", "width": 64}, free = true, over = ["quad", "lane"]} : bitmap(64) over [quad, lane] exact f32[a, quad, lane]
  %10 = reduce(%1, _, _) {axes = ["r", "c"], kind = "sum"} : f32[ob, ib]
  %11 = keep(%10, %4, _, _) {axes = ["ib"], ties = "first"} : bool[ob, ib]
  %12 = pack(%1, %11, %4) {exact = true, format = {"kind": "bitmap", "width": 64}, free = true, inside = ["r", "c"], over = ["ib"]} : bitmap(64) over [ib] of [r, c] exact f32[ob, r, ib, c]
  %13 = size() {axis = "lane"} : int
  %14 = budget(%2, %13, _, _) {amount = "ratio", mode = "keep", round = "down"} : int
  %15 = keep(%0, %14, _, _) {axes = ["lane"], ties = "first"} : bool[a, quad, lane]
  %16 = pack(%0, %15, _) {exact = false, format = {"kind": "bitmap", "width": 64}, free = true, over = ["quad", "lane"]} : bitmap(64) over [quad, lane] f32[a, quad, lane]
  return groups = %9, blocks = %12, unknown = %16
}
; check: nm(2, 4) over [quad, lane] exact f32[a, quad, lane]
; check: block(2, 3) over [ib] of [r, c] exact f32[ob, r, ib, c]
; check: bitmap(64) over [quad, lane] f32[a, quad, lane]
; not: free
