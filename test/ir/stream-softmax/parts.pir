;; A softmax over two parts, written by hand: the packed part is streamed, and what was its maximum is that of the fold. The dense
;; part stays as it is.
; run: pass stream-softmax
entry attend (
    %0 far: f32[head, token] input, %1 near: f32[head, local] input,
    %2 V: bitmap(64) over [channel] f16[token, channel] input, %3 W: f16[local, channel] input
) axes(head, token, local, channel) {
  %4 = reduce(%0, _, _) {axes = ["token"], kind = "max"} : f32[head]
  %5 = reduce(%1, _, _) {axes = ["local"], kind = "max"} : f32[head]
  %6 = max(%4, %5) : f32[head]
  %7 = sub(%0, %6) : f32[head, token]
  %8 = exp(%7) : f32[head, token]
  %9 = sub(%1, %6) : f32[head, local]
  %10 = exp(%9) : f32[head, local]
  %11 = reduce(%8, _, _) {axes = ["token"], kind = "sum"} : f32[head]
  %12 = reduce(%10, _, _) {axes = ["local"], kind = "sum"} : f32[head]
  %13 = add(%11, %12) : f32[head]
  %14 = unpack(%2) : f16[token, channel]
  %15 = mul(%8, %14) : f32[head, token, channel]
  %16 = reduce(%15, _, _) {axes = ["token"], kind = "sum"} : f32[head, channel]
  %17 = mul(%10, %3) : f32[head, local, channel]
  %18 = reduce(%17, _, _) {axes = ["local"], kind = "sum"} : f32[head, channel]
  %19 = add(%16, %18) : f32[head, channel]
  %20 = div(%19, %13) : f32[head, channel]
  return O = %20
}
; check: unpack(%2)
; next: %4, %22, %23 = fold_softmax(%0, %14) {axes = ["token"]} : f32[head], f32[head], f32[head, channel]
; check: %6 = max(%4, %5)
; check: sub(%4, %6)
; check: select(
; count: 1 fold_softmax
; count: 1 {axes = ["local"], kind = "max"}
; count: 0 {axes = ["token"], kind = "sum"}
; count: 2 {axes = ["local"], kind = "sum"}
