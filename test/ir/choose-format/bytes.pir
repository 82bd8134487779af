;; A literal share decides by bytes: few elements are listed, many are marked; a written format is left alone.
; run: pass choose-format
entry e(%0 x: f16[row, column] input) axes(row, column) {
  %1 = literal() {scalar = "ratio", value = "1/50"} : ratio
  %2 = size() {axis = "column"} : int
  %3 = budget(%1, %2, _, _) {amount = "ratio", mode = "keep", round = "down"} : int
  %4 = keep(%0, %3, _, _) {axes = ["column"], ties = "first"} : bool[row, column]
  %5 = pack(%0, %4, %3) {exact = true, format = {"kind": "bitmap", "width": 64}, free = true, over = ["column"]} : bitmap(64) over [column] exact f16[row, column]
  %6 = budget(%1, %2, _, _) {amount = "ratio", mode = "drop", round = "down"} : int
  %7 = keep(%0, %6, _, _) {axes = ["column"], ties = "all"} : bool[row, column]
  %8 = pack(%0, %7, _) {exact = false, format = {"kind": "bitmap", "width": 64}, free = true, over = ["column"]} : bitmap(64) over [column] f16[row, column]
  %9 = pack(%0, %4, %3) {exact = true, format = {"kind": "bitmap", "width": 32}, over = ["column"]} : bitmap(32) over [column] exact f16[row, column]
  return few = %5, many = %8, written = %9
}
; check: indices over [column] exact f16[row, column]
; check: bitmap(64) over [column] f16[row, column]
; check: bitmap(32) over [column] exact f16[row, column]
