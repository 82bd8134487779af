;; Index arithmetic folds; stores and what they need stay; a loop that writes nothing and is not read goes.
; run: pass canonicalize
; level: kernel
kernel k(%0 x: read f32[], %1 y: write f32[], %2 n: i32) {
  %3 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
  %4 = constant() {dtype = "i32", lanes = 1, value = 1} : i32
  %5 = add(%4, %4) : i32
  %6 = constant() {dtype = "f32", lanes = 1, value = 0} : f32
  for(%3, %2) {step = 1} { (%7 i: i32)
    %8 = add(%7, %4) : i32
    %9 = add(%8, %5) : i32
    %10 = mul(%9, %4) : i32
    %11 = load(%0, %10) {lanes = 1} : f32
    %12 = add(%11, %6) : f32
    store(%1, %10, %12)
  }
  %13 = for(%3, %2, %6) {step = 1} : f32 { (%14 i: i32, %15 s: f32)
    %16 = load(%0, %14) {lanes = 1} : f32
    %17 = add(%15, %16) : f32
    yield %17
  }
}
; count: 1 for(
; check: for(
; check: add(%7,
; next: load(
; next: add(
; next: store(
; count: 1 value = 3
