;; `softmax` with a mask: scores outside it are -inf, values stay as they are because a weight of 0 is still multiplied. No factor:
;; what is subtracted is the maximum of the same scores.
; run: pass decompose stream-softmax canonicalize
entry e (
    %0 s: f32[head, token] input, %1 m: bool[token] input, %2 V: bitmap(64) over [channel] f32[token, channel] input
) axes(head, token, channel) {
  %3 = softmax(%0, %1) {axes = ["token"]} : f32[head, token]
  %4 = unpack(%2) : f32[token, channel]
  %5 = mul(%3, %4) : f32[head, token, channel]
  %6 = reduce(%5, _, _) {axes = ["token"], kind = "sum"} : f32[head, channel]
  return O = %6
}
; check: value = "-inf"
; check: select(%1, %0,
; check: fold_softmax(
; count: 1 fold_softmax
; count: 0 exp(
; count: 0 reduce(
; count: 0 mask(
; count: 1 div(
