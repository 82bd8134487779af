/** Diagnostics ESP24xx: policies that are right by the rules and prune less than they seem to. All are warnings. */
import { defineDiagnostics } from '../../define.ts'

const cascade = (update: string): string =>
  `policy p(amount: ratio = 50%) {
  state alive: bool[token] = true
  entry layer(K: f32[token, channel], Q: f32[channel]) {
    score = sum[channel](K * Q)
    out = sum[token](softmax[token](score where alive) * norm[channel](K))
    ${update}
    return out
  }
}`

const window = (size: number): string =>
  `policy p(capacity: count = 64, window: count = ${size}) {
  entry e(K: f32[token, channel]) {
    return tokens: keep capacity of token by norm[channel](K) protect last window of token
  }
}`

export const lints = defineDiagnostics({
  ESP2401: {
    severity: 'warning',
    title: 'cascade that revives what it dropped',
    message: (p: { name: string; form: string }) =>
      `\`${p.name}\` is what earlier calls left, and this \`${p.form}\` may bring back what they dropped`,
    help: (p) => `confine it: \`within ${p.name}\`, or \`… and ${p.name}\``,
    explain:
      'The entry computes with the mask of a state and then sets it by a selection among all positions, dropped ones included. In a cascade what is gone stays gone: its values may not have been kept anywhere. A mask that means to bring something back says so by naming `not` the state.',
    example: {
      kind: 'policy',
      wrong: cascade('alive := keep amount of token by score'),
      right: cascade('alive := keep amount of token by score within alive'),
    },
  },
  ESP2402: {
    severity: 'warning',
    title: 'masked where it could be smaller',
    message: (p: { name: string }) => `\`${p.name}\` is returned with zeros for what is dropped: as large as before`,
    help: (p) => `return \`pack ${p.name} by …\` or \`compact ${p.name} by … as AXIS\`, or the mask as well`,
    explain:
      'How many elements the mask keeps is known, so that what is kept can be stored alone. Masked, the output saves nothing. An entry that returns the mask too leaves it to the caller, and is not warned about.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    return W: W where keep 50% of in by abs(W)\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    return W: pack W by (keep 50% of in by abs(W)) as bitmap(64)\n  }\n}',
    },
  },
  ESP2403: {
    severity: 'warning',
    title: 'protection fills the budget by default',
    message: (p: { protected: string; kept: string }) =>
      `by default ${p.protected} are protected and ${p.kept} are kept, so the score decides nothing`,
    help: () => 'make the default of the budget larger than that of what is protected',
    explain:
      'Protected positions are kept inside the budget. With these defaults they are all of it, and whoever uses the policy as it comes gets a window and not a selection.',
    example: { kind: 'policy', wrong: window(64), right: window(16) },
  },
  ESP2404: {
    severity: 'warning',
    title: 'policy that cannot prune',
    message: (p: { name: string; why: string }) => `\`${p.name}\` cannot prune anything: ${p.why}`,
    help: () => 'select with `keep … of … by …` or `drop … of … by …`',
    explain:
      'A policy has a ratio to prune by, or selections, and no call of it can ever leave anything out. Policies that only measure have no ratios and are left alone.',
    example: {
      kind: 'policy',
      wrong: 'policy p(sparsity: ratio = 50%) {\n  entry e(W: f32[out, in]) {\n    return score: abs(W) * (1 - sparsity)\n  }\n}',
      right:
        'policy p(sparsity: ratio = 50%) {\n  entry e(W: f32[out, in]) {\n    return mask: drop sparsity of in by abs(W)\n  }\n}',
    },
  },
})
