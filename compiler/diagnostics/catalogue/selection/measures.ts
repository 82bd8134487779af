/** Diagnostics ESP2021 to ESP2027: budgets by mass and cost, and joint selections. */
import { defineDiagnostics } from '../../define.ts'

const keep = (clause: string): string => `policy p {\n  entry e(W: f32[out, in]) {\n    return mask: ${clause}\n  }\n}`
const joint = (clause: string, part = 'inputs'): string =>
  `policy p {\n  entry e(W: f32[out, in]) {\n    j = ${clause}\n    return mask: j.${part}, rows: j.outputs\n  }\n}`

export const measures = defineDiagnostics({
  ESP2021: {
    severity: 'error',
    title: 'cost without a budget of cost',
    message: (p: { measure: 'count' | 'mass' | 'cost' }) =>
      `\`costing\` says what units cost, and this budget is one of ${p.measure === 'mass' ? 'mass' : 'how many there are'}`,
    help: () => 'write `cost` before the amount, or leave `costing` out',
    explain:
      'A plain amount counts units, `mass` sums their scores, `cost` sums what they cost. Only the last has a use for `costing`.',
    example: {
      kind: 'policy',
      wrong: keep('keep 50% of in by abs(W) costing 2'),
      right: keep('keep cost 50% of in by abs(W) costing index(in) + 1'),
    },
  },
  ESP2022: {
    severity: 'error',
    title: 'budget of cost without a cost',
    message: () => 'nothing says what a unit costs',
    help: () => 'add `costing …`, or leave `cost` out to count units',
    explain:
      'A budget of cost pays for the best units until it is used up. What each costs is a number or a tensor after `costing`.',
    example: {
      kind: 'policy',
      wrong: keep('keep cost 50% of in by abs(W)'),
      right: keep('keep cost 50% of in by abs(W) costing index(in) + 1'),
    },
  },
  ESP2023: {
    severity: 'error',
    title: 'amount that does not measure',
    message: (p: { measure: 'count' | 'mass' | 'cost'; found: string }) =>
      p.measure === 'mass'
        ? `a mass is a ratio of the summed score, and this is ${p.found}`
        : `this budget is a ratio or a number known to the host, and this is ${p.found}`,
    help: () => 'write a ratio (`90%`), or a parameter of type `ratio`',
    explain:
      'A mass is a share of what all scores add up to. A cost is a share of what all units cost, or a sum. Both are known before anything runs.',
    example: {
      kind: 'policy',
      wrong: keep('keep mass 3 of in by abs(W)'),
      right: keep('keep mass 90% of in by abs(W)'),
    },
  },
  ESP2024: {
    severity: 'error',
    title: 'modifier without a meaning here',
    message: (p: { form: string; measure: 'count' | 'mass' | 'cost' }) =>
      `\`${p.form}\` does not go with ${p.measure === 'count' ? 'several kinds of units' : `a budget of ${p.measure}`} here`,
    help: () => 'leave it out',
    explain:
      'A mass is what is reached: the shortest prefix that has it is kept, and nothing is rounded. A cost is rounded down, up, or to nearest. Over several kinds of units `ties all` has no meaning, and `at least` and `multiple of` have one only where units are counted.',
    example: {
      kind: 'policy',
      wrong: keep('keep mass 90% of in by abs(W) round nearest'),
      right: keep('keep mass 90% of in by abs(W)'),
    },
  },
  ESP2025: {
    severity: 'warning',
    title: 'budget that all units together do not reach',
    message: (p: { form: string; mode: 'keep' | 'drop'; total: string }) =>
      `\`${p.form}\` ${p.mode === 'keep' ? 'keeps all' : 'drops all'}: together they cost ${p.total}`,
    help: () => 'lower the budget, or make it a ratio',
    explain: 'The budget pays for every unit, so the score is computed for nothing.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  axes in = quad * lane(4)\n  entry e(W: f32[out, in]) {\n    return mask: keep cost 40 of lane by abs(W) costing 10\n  }\n}',
      right:
        'policy p {\n  axes in = quad * lane(4)\n  entry e(W: f32[out, in]) {\n    return mask: keep cost 20 of lane by abs(W) costing 10\n  }\n}',
    },
  },
  ESP2027: {
    severity: 'error',
    title: 'two kinds of units of one name',
    message: (p: { name: string }) => `there are units named \`${p.name}\` already`,
    explain: 'The mask of each kind of units is a part of the selection, taken by its name: `j.heads`.',
    example: {
      kind: 'policy',
      wrong: joint('keep 50% of inputs: in by sum[out](W), inputs: out by sum[in](W)').replace(', rows: j.outputs', ''),
      right: joint('keep 50% of inputs: in by sum[out](W), outputs: out by sum[in](W)'),
    },
  },
})
