; run: verify
; level: kernel
kernel k(%0 x: f32) {
  %1 = literal() {scalar = "int", value = "1"} : int ; error: the op does not exist at the level kernel
}
