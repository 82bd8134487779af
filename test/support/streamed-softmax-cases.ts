/** Policies in which a softmax over packed rows is streamed, with extents, masks and values to run them on. */
const packed = `
    PK = pack K by (keep k of d by abs(K)) as bitmap(64)
    PV = pack V by (V >= 0) as indices
    s = sum[d](Q * PK)`
export const entry = (body: string): string => `
policy p(k: count = 3) {
  axes head = kv * group
  entry e(Q: float[head, d], K, V: float[kv, t, d], KL, VL: float[kv, l, d], M: bool[t], N: bool[kv, t]) {${packed}
${body}
  }
}`

/** Bodies, and how many folds each is streamed by. */
export const bodies: Readonly<Record<string, readonly [body: string, folds: number]>> = {
  softmax: ['return O: sum[t](softmax[t](s) * PV)', 1],
  masked: ['return O: sum[t](softmax[t](s where M) * PV)', 1],
  'masked per row': ['return O: sum[t](softmax[t](s where N and index(t) > 1) * PV), l: sum[t](softmax[t](s where M))', 2],
  'masked values': ['p = softmax[t](s)\n return O: sum[t](p * PV where M), Q: sum[t](p * PV * V where N)', 3],
  'by hand': ['e = exp(s - max[t](s))\n return O: sum[t](e * PV) / sum[t](e)', 1],
  'by hand, masked': ['e = exp(s - max[t](s where M else 0))\n return O: sum[t](e * PV where M) / sum[t](e where M)', 1],
  lse: ['return O: lse[t](s)', 1],
  'as a part': [
    `n = sum[d](Q * KL)
    m = max(max[t](s), max[l](n))
    e = exp(s - m)
    f = exp(n - m)
    total = sum[t](e) + sum[l](f)
    return O: (sum[t](e * PV) + sum[l](f * VL)) / total, far: sum[t](e * PV), near: sum[l](f)`,
    1,
  ],
  'two packed parts, masked': [
    `n = sum[d](Q * (unpack (pack KL by (keep k of d by KL) as bitmap(32))))
    m = max(max[t](s where M else -inf), max[l](n))
    e = exp(s - m)
    f = exp(n - m)
    total = sum[t](e where M) + sum[l](f)
    return O: sum[t](e / total * PV where M) + sum[l](f / total * VL)`,
    2,
  ],
  'no value axes': ['return O: sum[t](softmax[t](s) * sum[d](V)), l: sum[t](softmax[t](s) * index(t))', 1],
}

export const sizes: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  small: { kv: 2, group: 3, t: 9, l: 4, d: 7 },
  odd: { kv: 1, group: 5, t: 33, l: 1, d: 67 },
  'no prefix': { kv: 2, group: 2, t: 0, l: 3, d: 8 },
  'no window': { kv: 2, group: 1, t: 5, l: 0, d: 8 },
  'nothing at all': { kv: 2, group: 2, t: 0, l: 0, d: 4 },
}
export const special = [0, -0, 1, -1, NaN, Infinity, -Infinity, 2, -2, 0.5]
export const masks: Readonly<Record<string, readonly number[] | null>> = { random: null, none: [0], all: [1] }
