/**
 * The workloads of `workloads.json`: their names, the bytes that have to move, and how each is called as a policy. Policies are those of
 * the library where it has them; the others are written here and get what every policy of their structure gets.
 */
import listed from './workloads.json' with { type: 'json' }

const SIZES = { f16: 2, bf16: 2, f32: 4 }

const POLICIES = {
  top: `policy top(k: count = 512) {
  entry rows(X: float[row, column]) { return X: pack X by (keep k of column by X) as indices }
  entry whole(X: float[element]) { return X: pack X by (keep k of element by X) as indices }
}`,
  fluctuation: `policy fluctuation {
  entry score(X: float[token, feature], W: float[hidden, feature]) { return score: var[token](X) * sum[hidden](W * W) }
}`,
  norms: `policy norms {
  entry rows(X: float[token, feature]) { return squares: sum[feature](X * X) }
  entry columns(X: float[token, feature]) { return squares: sum[token](X * X) }
}`,
  pruned_weights: `policy pruned_weights(sparsity: ratio = 50%) {
  axes in = quad * lane(4)
  entry rows(W: float[out, in], power: f32[in]) { return W: W where (drop sparsity of in by abs(W) * sqrt(power)) }
  entry pairs(W: float[out, in], power: f32[in]) { return W: W where (keep 2 of lane by abs(W) * sqrt(power)) }
}`,
}

/** Those of G1 to G9, or all; `small` divides sizes, to try the programs. */
export function workloads({ all = false, only = [], small = 1 } = {}) {
  const base = new Map(listed.workloads.map((row) => [row.id, row]))
  const variants = listed.variants.map((row) => ({
    ...base.get(row.of),
    ...row,
    id: `${row.of}-${row.variant}`,
    goal: undefined,
  }))
  const rows = all || only.length > 0 ? [...base.values(), ...variants, ...listed.others] : [...base.values()]
  return rows.filter(({ id }) => only.length === 0 || only.includes(id)).map((row) => (small === 1 ? row : shrunk(row, small)))
}

function shrunk(row, by) {
  const least = (name) => (row[name] > 1 ? { [name]: Math.max(8, Math.floor(row[name] / by)) } : {})
  const whole = row.rows === 1 ? { columns: row.columns / by ** 2, k: row.k / by ** 2 } : {}
  return { ...row, ...least('tokens'), ...least('rows'), ...least('hidden'), ...whole }
}

export function titleOf(w) {
  switch (w.kind) {
    case 'compress':
      return `prune and pack one cache, ${w.dtype} [${w.batch}, ${w.heads}, ${w.tokens}, ${w.channels}], ${w.sparsity} %`
    case 'attend':
      return `decode over packed K and V, ${w.dtype}, ${w.heads * w.group} heads over ${w.heads}, ${w.tokens} tokens of ${w.channels}, batch ${w.batch}, ${w.sparsity} %`
    case 'topk':
      return `top-k, ${w.dtype} [${w.rows > 1 ? `${w.rows}, ` : ''}${w.columns}], k ${w.k}`
    case 'fluctuation':
      return `weighted fluctuation, ${w.dtype} [${w.tokens}, ${w.features}] and [${w.hidden}, ${w.features}]`
    case 'observe':
      return `flap.observe, ${w.dtype} 2 x [${w.tokens}, ${w.features}]`
    case 'nm':
      return `nm.prune, ${w.dtype} [${w.rows}, ${w.columns}]`
    case 'sums':
      return `sum of squares of ${w.entry}, ${w.dtype} [${w.tokens}, ${w.features}]`
    default:
      return `Wanda ${w.pattern}, ${w.dtype} [${w.rows}, ${w.columns}]${w.result === 'mask' ? ', mask only' : ''}`
  }
}

/**
 * Bytes that have to move, each once: inputs read, results written. Packed caches are counted as if every row were known to keep the same
 * number; of a top-k only what is read, whatever the form of the result.
 */
export function leastBytes(w) {
  const size = SIZES[w.dtype]
  switch (w.kind) {
    case 'compress':
      return w.batch * w.heads * w.tokens * (w.channels * size + packedRow(w))
    case 'attend':
      return 2 * w.batch * w.heads * w.tokens * packedRow(w) + w.batch * w.heads * w.group * w.channels * (size + 4)
    case 'topk':
      return w.rows * w.columns * size
    case 'fluctuation':
      return (w.tokens + w.hidden) * w.features * size + 4 * w.features
    case 'observe':
      return 2 * w.tokens * w.features * size
    case 'sums':
      return w.tokens * w.features * size
    case 'nm':
      return w.rows * w.columns * (size + 1)
    default:
      return w.rows * w.columns * (size + (w.result === 'mask' ? 1 : size))
  }
}

const packedRow = ({ channels, sparsity, dtype }) =>
  (channels - Math.floor((sparsity * channels) / 100)) * SIZES[dtype] + Math.ceil(channels / 64) * 8

/**
 * Inputs on the device and the call that is timed: `call` for one, `share` of its time that is the workload's (a call prunes two
 * caches, a workload is one).
 */
export async function prepare(machine, w) {
  const { dtype } = w
  const tensors = []
  const random = async (...args) => tensors[tensors.push(await machine.random(...args)) - 1]
  const prepared = await CALLS[w.kind](w, {
    random,
    load: (name, sizes) => machine.load(name, POLICIES[name] ?? null, dtype, sizes),
  })
  const release = () => {
    prepared.policy.release()
    for (const tensor of tensors) machine.free(tensor)
  }
  return { share: 1, ...prepared, release }
}

const CALLS = {
  async compress(w, { random, load }) {
    const { policy, inputs, params } = await caches(w, random, load)
    return { policy, share: 0.5, call: () => policy.call('compress', inputs, params) }
  },
  async attend(w, { random, load }) {
    const { policy, inputs, params } = await caches(w, random, load)
    const { K, V } = await policy.call('compress', inputs, params)
    const kv = w.batch * w.heads
    const window = [kv, 32, w.channels]
    const [Q, K_local, V_local] = [
      await random(w.dtype, [kv * w.group, w.channels]),
      await random(w.dtype, window),
      await random(w.dtype, window),
    ]
    return { policy, call: () => policy.call('attend', { Q, K, V, K_local, V_local }) }
  },
  async topk(w, { random, load }) {
    const policy = await load('top')
    const X = await random(w.dtype, w.rows > 1 ? [w.rows, w.columns] : [w.columns])
    return { policy, call: () => policy.call(w.rows > 1 ? 'rows' : 'whole', { X }, { k: w.k }) }
  },
  async fluctuation(w, { random, load }) {
    const policy = await load('fluctuation')
    const inputs = { X: await random(w.dtype, [w.tokens, w.features]), W: await random(w.dtype, [w.hidden, w.features]) }
    return { policy, call: () => policy.call('score', inputs) }
  },
  async observe(w, { random, load }) {
    const policy = await load('flap', { layer: 1 })
    const shape = [w.tokens, w.features]
    const inputs = { X_attn: await random(w.dtype, shape), X_mlp: await random(w.dtype, shape) }
    return { policy, call: () => policy.call('observe', inputs, { layer: 0 }) }
  },
  async nm(w, { random, load }) {
    const policy = await load('nm')
    const W = await random(w.dtype, [w.rows, w.columns])
    return { policy, call: () => policy.call('prune', { W }) }
  },
  async sums(w, { random, load }) {
    const policy = await load('norms')
    const X = await random(w.dtype, [w.tokens, w.features])
    return { policy, call: () => policy.call(w.entry, { X }) }
  },
  async wanda(w, { random, load }) {
    const isMask = w.result === 'mask'
    const policy = await load(isMask ? 'wanda' : 'pruned_weights')
    const W = await random(w.dtype, [w.rows, w.columns])
    const byRow = w.pattern !== '2:4'
    const params = byRow ? { sparsity: w.pattern } : {}
    if (!isMask) {
      const power = await random('power', [w.columns])
      return { policy, call: () => policy.call(byRow ? 'rows' : 'pairs', { W, power }, params) }
    }
    await policy.call('observe', { X: await random(w.dtype, [64, w.columns]) })
    return { policy, call: () => policy.call(byRow ? 'prune' : 'prune_nm', { W }, params) }
  },
}

async function caches(w, random, load) {
  const shape = [w.batch * w.heads, w.tokens, w.channels]
  const inputs = { K: await random(w.dtype, shape), V: await random(w.dtype, shape) }
  const ratio = `${w.sparsity}%`
  return { policy: await load('mustafar'), inputs, params: { k_sparsity: ratio, v_sparsity: ratio } }
}
