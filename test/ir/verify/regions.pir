;; Values of a region are not seen outside it, and regions yield what the op carries.
; run: verify
; level: kernel
kernel k(%0 x: read f32[], %1 n: i32, %2 z: f32) {
  %3 = for(%1, %1, %2) {step = 1} : f32 { (%4 i: i32, %5 s: f32)
    %6 = load(%0, %4) {lanes = 1} : f32
    yield %6
  }
  %7 = add(%6, %3) : f32 ; error: operand 1 is %6
  %8 = for(%1, %1, %2) {step = 1} : f32 { (%9 i: i32, %10 s: f32) ; error: another type
    yield %9
  }
  %11 = for(%1, %1, %2) : f32 { (%12 i: i32, %13 s: f32) ; error: lacks the attribute step
    yield %13
  }
}
