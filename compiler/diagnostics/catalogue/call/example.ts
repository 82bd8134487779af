/** Policies and tensors that the examples of calls share. */

export const maskPolicy = `policy prune(sparsity: ratio = 50%, least: count = 0) {
  entry mask(W: f32[out, in]) {
    return mask: drop sparsity of in by abs(W) at least least
  }
}
`

export const rulePolicy = `policy score(rule: magnitude | square = magnitude) {
  entry mask(W: f32[out, in]) {
    return mask: keep 50% of in by (if rule == magnitude then abs(W) else W * W)
  }
}
`

export const statePolicy = `policy collect {
  axes in = quad * lane(4)
  state power: f32[in] = 0
  entry observe(X: f32[token, in]) {
    power := power + sum[token](X * X)
  }
  entry prune(W: f32[out, in]) {
    return mask: keep 2 of lane by abs(W) * sqrt(power)
  }
}
`

export const packPolicy = `policy cache {
  entry compress(K: f32[token, channel]) {
    return K: pack K by (keep 50% of channel by abs(K)) as bitmap(32)
  }
  entry read(K: bitmap(32) f32[token, channel]) {
    return K: unpack K
  }
  entry scale(K: f32[token, channel]) {
    return K: K * 2
  }
}
`

export const weights = { data: [1, -2, 3, -4], shape: [2, 2] }
export const eight = { data: [1, 2, 3, 4, 5, 6, 7, 8], shape: [1, 8] }
