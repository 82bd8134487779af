;; Weights that are needed themselves are not streamed: here their sums over heads. Nor is a softmax without a row op behind it.
; run: pass decompose stream-softmax
entry importance (
    %0 s: f32[head, token] input, %1 V: bitmap(64) over [channel] f32[token, channel] input
) axes(head, token, channel) {
  %2 = softmax(%0, _) {axes = ["token"]} : f32[head, token]
  %3 = unpack(%1) : f32[token, channel]
  %4 = mul(%2, %3) : f32[head, token, channel]
  %5 = reduce(%4, _, _) {axes = ["token"], kind = "sum"} : f32[head, channel]
  %6 = reduce(%2, _, _) {axes = ["head"], kind = "sum"} : f32[token]
  return O = %5, importance = %6
}
entry dense (%0 s: f32[head, token] input, %1 V: f32[token, channel] input) axes(head, token, channel) {
  %2 = softmax(%0, _) {axes = ["token"]} : f32[head, token]
  %3 = mul(%2, %1) : f32[head, token, channel]
  %4 = reduce(%3, _, _) {axes = ["token"], kind = "sum"} : f32[head, channel]
  return O = %4
}
entry packed_along (
    %0 s: f32[head, token] input, %1 V: bitmap(64) over [token] f32[channel, token] input
) axes(head, token, channel) {
  %2 = softmax(%0, _) {axes = ["token"]} : f32[head, token]
  %3 = unpack(%1) : f32[channel, token]
  %4 = mul(%2, %3) : f32[head, token, channel]
  %5 = reduce(%4, _, _) {axes = ["token"], kind = "sum"} : f32[head, channel]
  return O = %5
}
; count: 0 fold_softmax
; count: 3 exp(
