/** Policies from source to numbers: the front end and the evaluator against straightforward loops. */
import { describe, expect, test } from 'vitest'
import { checkedModule, run } from '../../support/check-policy.ts'
import { random } from '../../support/differential.ts'

type Matrix = number[][]
const floats = (seed: number, ...shape: number[]) => {
  const next = random(seed)
  const fill = (dims: readonly number[]): never =>
    (dims.length === 0 ? next() * 2 - 1 : Array.from({ length: dims[0] as number }, () => fill(dims.slice(1)))) as never
  return fill(shape)
}
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)

/** The k best: larger first, lower position first among equals. */
function best(score: readonly number[], k: number, protectedAt: (i: number) => boolean = () => false): number[] {
  const order = range(score.length).sort(
    (a, b) => Number(protectedAt(b)) - Number(protectedAt(a)) || (score[b] as number) - (score[a] as number) || a - b,
  )
  const kept = new Set(order.slice(0, Math.max(k, range(score.length).filter(protectedAt).length)))
  return range(score.length).map((i) => Number(kept.has(i)))
}

describe('mustafar', () => {
  const module = checkedModule(`policy mustafar(k_sparsity: ratio = 70%, v_sparsity: ratio = 70%) {
  entry compress(K, V: f16[kv, token, channel]) {
    return K: pack K by (drop k_sparsity of channel by abs(K)) as bitmap(64),
           V: pack V by (drop v_sparsity of channel by abs(V)) as bitmap(64)
  }
}`)

  test('keeps channel - floor(sparsity * channel) per row', () => {
    const K: Matrix[] = [[[1, -4, 2, 2, 0.5, -3, 0.25]], [[0, 0, 0, 0, 0, 0, 0]]]
    const { K: packed, V } = run(module, 'compress', { inputs: { K, V: K }, params: { k_sparsity: '70%', v_sparsity: '20%' } })
    expect(packed).toEqual([[[0, -4, 2, 0, 0, -3, 0]], [[0, 0, 0, 0, 0, 0, 0]]])
    expect(V).toEqual([[[1, -4, 2, 2, 0.5, -3, 0]], [[0, 0, 0, 0, 0, 0, 0]]])
  })
})

describe('wanda', () => {
  const module = checkedModule(`policy wanda(sparsity: ratio = 50%) {
  axes in = quad * lane(4)
  state seen: i32 = 0
  state power: f32[in] = 0
  entry observe(X: f16[token, in]) {
    power := (power * seen + sum[token](X * X)) / (seen + 1)
    seen  := seen + 1
  }
  entry prune(W: f16[out, in])    { return mask: drop sparsity of in by abs(W) * sqrt(power) }
  entry prune_nm(W: f16[out, in]) { return mask: keep 2 of lane by abs(W) * sqrt(power) }
}`)
  const batches: Matrix[] = [floats(1, 3, 8), floats(2, 5, 8)]
  const W: Matrix = floats(3, 4, 8)
  const power = range(8).map((i) => sum(batches.flatMap((X) => X.map((row) => (row[i] as number) ** 2))) / 2)
  const first = run(module, 'observe', { inputs: { X: batches[0] as Matrix } })
  const second = run(module, 'observe', {
    inputs: { X: batches[1] as Matrix },
    states: { seen: first['seen'] as number, power: first['power'] as number[] },
  })
  const states = { power: second['power'] as number[] }
  const scores = W.map((row) => row.map((w, i) => Math.abs(w) * Math.sqrt(power[i] as number)))

  test('carries a running mean', () => {
    expect(second['seen']).toBe(2)
    ;(second['power'] as number[]).forEach((value, i) => expect(value).toBeCloseTo(power[i] as number, 12))
  })
  test('drops half of every row', () => {
    expect(run(module, 'prune', { inputs: { W }, states })['mask']).toEqual(scores.map((row) => best(row, 4)))
  })
  test('keeps two of four, in the shape of the weight', () => {
    const expected = scores.map((row) => [...best(row.slice(0, 4), 2), ...best(row.slice(4), 2)])
    expect(run(module, 'prune_nm', { inputs: { W }, states })['mask']).toEqual(expected)
  })
})

/** Causal attention of every query over the tokens: [head][query][token]. */
function attention(Q: readonly Matrix[], K: readonly Matrix[]): Matrix[] {
  return Q.map((queries, head) => {
    const keys = K[Math.floor(head / (Q.length / K.length))] as Matrix
    return queries.map((q, at) => {
      const limit = at + keys.length - queries.length
      const s = keys.map((k, t) => (t <= limit ? sum(k.map((x, c) => x * (q[c] as number))) / Math.sqrt(q.length) : -Infinity))
      const e = s.map((x) => Math.exp(x - Math.max(...s)))
      return e.map((x) => x / sum(e))
    })
  })
}

describe('attention policies', () => {
  const Q: Matrix[] = floats(4, 4, 6, 3)
  const K: Matrix[] = floats(5, 2, 9, 3)
  const P = attention(Q, K)

  test('snapkv: pooled votes of the window, window kept', () => {
    const module = checkedModule(`policy snapkv(window: count = 32, capacity: count = 256, kernel: count = 5) {
  axes head = kv * group
  entry select(Q: float[head, query, channel], K: float[kv, token, channel]) {
    s = sum[channel](Q * K) / sqrt(size(channel))
    causal = index(token) <= index(query) + (size(token) - size(query))
    p = softmax[token](s where causal)
    votes = mean[group, query](p where last window of query else 0)
    tokens = keep capacity of token by pool[token](votes, kernel) protect last window of token
    return tokens, K: compact K by tokens as kept
  }
}`)
    const { tokens, K: kept } = run(module, 'select', {
      inputs: { Q, K },
      params: { window: 2, capacity: 5, kernel: 3 },
      extents: { kv: 2, group: 2 },
    })
    const expected = range(2).map((kv) => {
      const votes = range(9).map((t) => sum([0, 1].flatMap((g) => [4, 5].map((q) => P[kv * 2 + g]?.[q]?.[t] as number))) / 4)
      const pooled = votes.map((x, t) => ((votes[t - 1] ?? 0) + x + (votes[t + 1] ?? 0)) / 3)
      return best(pooled, 5, (t) => t >= 7)
    })
    expect(tokens).toEqual(expected)
    expect(kept).toEqual(expected.map((mask, kv) => (K[kv] as Matrix).filter((_, t) => mask[t] === 1)))
  })

  test('h2o: heavy hitters outside of the recent tokens', () => {
    const module = checkedModule(`policy h2o(heavy: ratio = 10%, recent: ratio = 10%) {
  axes head = kv * group
  entry select(Q: float[head, query, channel], K: float[kv, token, channel]) {
    s = sum[channel](Q * K) / sqrt(size(channel))
    p = softmax[token](s where index(token) <= index(query) + (size(token) - size(query)))
    importance = sum[query](mean[group](p))
    local = last recent of token
    tokens = local or keep heavy of token by importance within not local
    return tokens, importance
  }
}`)
    const { tokens, importance } = run(module, 'select', {
      inputs: { Q, K },
      params: { heavy: '40%', recent: '25%' },
      extents: { kv: 2, group: 2 },
    })
    const expected = range(2).map((kv) =>
      range(9).map((t) => sum([0, 1].flatMap((g) => range(6).map((q) => P[kv * 2 + g]?.[q]?.[t] as number))) / 2),
    )
    ;(importance as Matrix).forEach((row, kv) => row.forEach((x, t) => expect(x).toBeCloseTo(expected[kv]?.[t] as number, 12)))
    expect(tokens).toEqual(expected.map((row) => [...best(row.slice(0, 7), 3), 1, 1]))
  })

  test('quest: pages by an upper bound', () => {
    const module = checkedModule(`policy quest(page: count = 16, budget: count = 256) {
  axes head = kv * group, token = page_index * slot(page)
  entry select(Q: float[head, channel], K: float[kv, token, channel]) {
    bound = sum[channel](max(Q * min[slot](K), Q * max[slot](K)))
    return bound, pages: keep floordiv(budget, page) of page_index by bound protect last 1 of page_index
  }
}`)
    const q: Matrix = Q.map((queries) => queries[0] as number[])
    const { bound, pages } = run(module, 'select', {
      inputs: { Q: q, K },
      params: { page: 3, budget: 7 },
      extents: { kv: 2, group: 2, page_index: 3, slot: 3 },
    })
    const expected = q.map((query, head) =>
      range(3).map((page) => {
        const keys = (K[Math.floor(head / 2)] as Matrix).slice(page * 3, page * 3 + 3)
        return sum(
          query.map((x, c) =>
            Math.max(x * Math.min(...keys.map((k) => k[c] as number)), x * Math.max(...keys.map((k) => k[c] as number))),
          ),
        )
      }),
    )
    ;(bound as Matrix).forEach((row, head) =>
      row.forEach((x, page) => expect(x).toBeCloseTo(expected[head]?.[page] as number, 12)),
    )
    expect(pages).toEqual(expected.map((row) => best(row, 2, (page) => page === 2)))
  })
})

describe('small meanings', () => {
  const one = (
    body: string,
    W: number[] | Matrix,
    head = 'W: f32[row, col]',
    params: Record<string, number | string> = {},
  ): Record<string, unknown> =>
    run(checkedModule(`policy p(k: count = 2) {\n  entry e(${head}) {\n    return y: ${body}\n  }\n}`), 'e', {
      inputs: { W },
      params,
    })

  test.each([
    [
      'max[col](W where W > 0 else -1)',
      [
        [1, 3, -2],
        [-1, -2, -3],
      ],
      [3, -1],
    ],
    [
      'mean[col](W where W > 0 else 9)',
      [
        [1, 3, -2],
        [-1, -2, -3],
      ],
      [2, 9],
    ],
    [
      'std[col](W where W > 0 else -1)',
      [
        [1, 3, -2],
        [-1, -2, -3],
      ],
      [1, -1],
    ],
    [
      'var[col](W)',
      [
        [1, 3, 5],
        [2, 2, 2],
      ],
      [8 / 3, 0],
    ],
    [
      'count[col](W > 0)',
      [
        [1, 3, -2],
        [-1, -2, -3],
      ],
      [2, 0],
    ],
    [
      'count[col](W where W > 1)',
      [
        [1, 3, -2],
        [-1, -2, -3],
      ],
      [1, 0],
    ],
    ['cumsum[col](W)', [[1, 3, -2]], [[1, 4, 2]]],
    ['shift[col](W, 1)', [[1, 3, -2]], [[0, 1, 3]]],
    ['pool[col](W, 3)', [[3, 6, 9]], [[3, 6, 5]]],
    ['max_pool[col](W where W < 9 else -7, 3)', [[3, 6, 9]], [[6, 6, 6]]],
    ['W where not first 1 of col', [[1, 3, -2]], [[0, 3, -2]]],
    ['W where every 2 of col', [[1, 3, -2]], [[1, 0, -2]]],
    ['W where last 50% of col', [[1, 3, -2]], [[0, 0, -2]]],
    ['if W > 0 then W else index(col)', [[1, 3, -2]], [[1, 3, 2]]],
    ['sigmoid(W) + relu(W)', [[0, 2]], [[0.5, 2 + 1 / (1 + Math.exp(-2))]]],
    ['log2(W) + exp2(W) + rsqrt(W) + square(W)', [[4]], [[2 + 16 + 0.5 + 16]]],
    ['W ^ 2 - floordiv(W, 2) + W % 2', [[5]], [[25 - 2 + 1]]],
    [
      'keep k of (row, col) by W',
      [
        [1, 4],
        [3, 4],
      ],
      [
        [0, 1],
        [0, 1],
      ],
    ],
    ['bool(W)', [[0, 2, -1]], [[0, 1, 1]]],
    ['mean[col](W > 0)', [[0, 2, -1, 1]], [0.5]],
    ['lse[col](W where W > 5 else -1)', [[0, 2]], [-1]],
    ['i32(W)', [[1.7, -1.7]], [[1, -1]]],
  ] as const)('%s', (body, W, expected) => {
    const got = one(body, W as unknown as Matrix)['y'] as Matrix
    const flat = (value: unknown): number[] => (Array.isArray(value) ? value.flatMap(flat) : [value as number])
    expect(flat(got).length).toBe(flat(expected).length)
    flat(got).forEach((x, i) => expect(x).toBeCloseTo(flat(expected)[i] as number, 9))
  })

  test('what is masked is zero, whatever it was', () => {
    expect(one('W where not isnan(W)', [[1, NaN, 3]])['y']).toEqual([[1, 0, 3]])
  })

  test('a budget per row', () => {
    const module = checkedModule(
      'policy p {\n  entry e(W: f32[row, col], n: i32[row]) {\n    return m: keep n of col by W, d: drop n of col by W\n  }\n}',
    )
    expect(
      run(module, 'e', {
        inputs: {
          W: [
            [1, 2, 3],
            [3, 2, 1],
          ],
          n: [1, 2],
        },
      }),
    ).toEqual({
      m: [
        [0, 0, 1],
        [1, 1, 0],
      ],
      d: [
        [0, 1, 1],
        [1, 0, 0],
      ],
    })
  })

  test('self similarity over an axis of equal size', () => {
    const module = checkedModule(
      'policy p {\n  axes other = token\n  entry e(K: f32[token, channel]) {\n    return s: sum[channel](K * K[token -> other])\n  }\n}',
    )
    expect(
      run(module, 'e', {
        inputs: {
          K: [
            [1, 2],
            [3, 4],
          ],
        },
      })['s'],
    ).toEqual([
      [5, 11],
      [11, 25],
    ])
  })

  test('a first part of a factored axis', () => {
    const module = checkedModule(
      'policy p {\n  axes in = quad * lane(2)\n  entry e(W: f32[in]) {\n    return y: W where first 3 of in, z: W where last 1 of in, m: max[lane](W)\n  }\n}',
    )
    expect(run(module, 'e', { inputs: { W: [1, 2, 3, 4] } })).toEqual({ y: [1, 2, 3, 0], z: [0, 0, 0, 4], m: [2, 4] })
  })
})
