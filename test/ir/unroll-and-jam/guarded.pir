; run: pass unroll-and-jam
;; Straight code in a branch: loads of all iterations come before what they store, where all of them enter it; else one by one.
module pairs kernel {
  kernel k (%0 x: read f32[] argument, %1 w: read f32[] argument, %2 y: readwrite f16[] argument, %3 rows: i32, %4 cols: i32) {
    %5 = constant() {dtype = "i32", lanes = 1, value = 0} : i32
    %6 = constant() {dtype = "i32", lanes = 1, value = 2} : i32
    points(%3, %4) {team = false} { (%7 pair: i32, %8 col: i32)
      %9 = mul(%7, %6) : i32
      lanes(%5, %6) {combine = []} { (%10 i: i32)
        %11 = add(%9, %10) : i32
        %12 = lt(%11, %3) : bool
        if(%12) {types = []} {
          %13 = mul(%11, %4) : i32
          %14 = add(%13, %8) : i32
          %15 = load(%0, %14) {lanes = 1} : f32
          %16 = load(%1, %8) {lanes = 1} : f32
          %17 = mul(%15, %16) : f32
          store(%2, %14, %17)
        } {}
      }
    }
  }
}
; check: and(
; next: if(
; check: load(%0
; next: load(%0
; next: load(%1
; next: mul(
; next: mul(
; next: store(%2
; next: store(%2
; check: for(
; check: if(
; check: store(%2
