/** Diagnostics ESP20xx and ESP2107: `keep` and `drop`: axes, scores, budgets, candidates, protection. */
import { defineDiagnostics } from '../../define.ts'

const keep = (clause: string): string => `policy p {\n  entry e(W: f32[out, in]) {\n    return mask: ${clause}\n  }\n}`

export const budgets = defineDiagnostics({
  ESP2001: {
    severity: 'error',
    title: 'score without the selected axis',
    message: (p: { missing: string; found: string }) => `the selection is over ${p.missing}, and the score has ${p.found}`,
    help: () => 'select over an axis of the score, or leave that axis out of the reduction that makes the score',
    explain:
      'A selection ranks positions along the selected axes by their score. A score without the axis gives every position the same rank, so it decides nothing.',
    example: {
      kind: 'policy',
      wrong: keep('keep 50% of in by sum[in](abs(W))'),
      right: keep('keep 50% of out by sum[in](abs(W))'),
    },
  },
  ESP2002: {
    severity: 'error',
    title: 'plain number as an amount',
    message: (p: { amount: string }) => `${p.amount} is neither a ratio nor a count`,
    explain:
      'A ratio is an exact decimal, written in per cent: 10% of 100 is 10, never 9. A plain fraction is a floating-point number, and how it rounds would decide how many are kept. A count is a whole number.',
    example: { kind: 'policy', wrong: keep('keep 0.5 of in by abs(W)'), right: keep('keep 50% of in by abs(W)') },
  },
  ESP2003: {
    severity: 'error',
    title: 'ratio outside of 0% to 100%',
    message: (p: { amount: string }) => `${p.amount} is not a share of anything`,
    help: () => 'a ratio is between 0% and 100%',
    explain: 'A ratio says which share of the selected axes is kept or dropped.',
    example: { kind: 'policy', wrong: keep('keep 120% of in by abs(W)'), right: keep('keep 90% of in by abs(W)') },
  },
  ESP2004: {
    severity: 'warning',
    title: 'amount beyond the axis',
    message: (p: { form: string; axes: string; size: string; mode: 'keep' | 'drop' }) =>
      `\`${p.form}\` of ${p.axes} ${p.mode === 'keep' ? 'keeps all' : 'drops all'}: there are only ${p.size}`,
    help: (p) => `write at most ${p.size}`,
    explain: 'More cannot be kept, or dropped, than there is. The budget is cut to the size of the axis.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  axes in = quad * lane(4)\n  entry e(W: f32[out, in]) {\n    return mask: keep 6 of lane by abs(W)\n  }\n}',
      right:
        'policy p {\n  axes in = quad * lane(4)\n  entry e(W: f32[out, in]) {\n    return mask: keep 2 of lane by abs(W)\n  }\n}',
    },
  },
  ESP2005: {
    severity: 'warning',
    title: 'selection that prunes nothing',
    message: (p: { form: string }) => `\`${p.form}\` keeps everything, whatever the score is`,
    help: () => 'make the amount a parameter, or leave the selection out',
    explain: 'Nothing is pruned, and the score is computed for nothing.',
    example: { kind: 'policy', wrong: keep('keep 100% of in by abs(W)'), right: keep('keep 60% of in by abs(W)') },
  },
  ESP2006: {
    severity: 'warning',
    title: 'selection that keeps nothing',
    message: (p: { form: string }) => `\`${p.form}\` keeps nothing, whatever the score is`,
    help: () => 'make the amount a parameter, or raise it with `at least`',
    explain: 'Everything is pruned, and the score is computed for nothing.',
    example: { kind: 'policy', wrong: keep('drop 100% of in by abs(W)'), right: keep('drop 60% of in by abs(W)') },
  },
  ESP2007: {
    severity: 'warning',
    title: 'protection fills the budget',
    message: (p: { protected: string; kept: string }) =>
      `${p.protected} are protected and ${p.kept} are kept, so the score decides nothing`,
    help: () => 'raise the budget above what is protected',
    explain:
      'Protected positions are kept inside the budget, not on top of it. When they fill it, no position is left that the score could win.',
    example: {
      kind: 'policy',
      wrong: keep('keep 4 of in by abs(W) protect first 8 of in'),
      right: keep('keep 16 of in by abs(W) protect first 8 of in'),
    },
  },
  ESP2008: {
    severity: 'error',
    title: 'mask with an axis that the score lacks',
    message: (p: { use: string; extra: string; found: string }) =>
      `\`${p.use}\` varies along ${p.extra}, and the score has ${p.found}`,
    help: (p) => `reduce the mask with \`any[…]\` or \`all[…]\`, or give the score ${p.extra}`,
    explain:
      'Candidates and protected positions are positions of the score. A mask with fewer axes holds for all of the others; one with more has no place to go.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  entry e(W: f32[out, in]) {\n    return mask: keep 50% of in by sum[out](abs(W)) within W != 0\n  }\n}',
      right:
        'policy p {\n  entry e(W: f32[out, in]) {\n    return mask: keep 50% of in by sum[out](abs(W)) within any[out](W != 0)\n  }\n}',
    },
  },
  ESP2009: {
    severity: 'error',
    title: 'amount of the wrong type',
    message: (p: { found: string }) => `an amount is a ratio, a count, or a tensor of counts, and this is ${p.found}`,
    help: () => 'use a ratio (`70%`), a whole number, a parameter of type `ratio` or `count`, or a tensor of integers',
    explain:
      'A budget is exact. A tensor of counts, one per row of the selection, must hold integers; `at least` and `multiple of` then apply to every row.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in]) {\n    return mask: keep sum[in](abs(W)) of in by abs(W)\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in]) {\n    return mask: keep i32(sum[in](abs(W))) of in by abs(W)\n  }\n}',
    },
  },
  ESP2011: {
    severity: 'error',
    title: 'budget along the wrong axis',
    message: (p: { axes: string }) =>
      `the budget varies along ${p.axes}, which is selected over or which the score does not have`,
    explain:
      'There is one budget per row of a selection: it may vary along the axes of the score that are not selected over, and no others.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(W: f32[out, in], budget: i32[in]) {\n    return mask: keep budget of in by abs(W)\n  }\n}',
      right: 'policy p {\n  entry e(W: f32[out, in], budget: i32[out]) {\n    return mask: keep budget of in by abs(W)\n  }\n}',
    },
  },
  ESP2012: {
    severity: 'warning',
    title: 'rounding of a count',
    message: (p: { round: string }) => `\`round ${p.round}\` changes nothing: the amount is a whole number`,
    help: () => 'leave it out',
    explain: 'Only a ratio of a size needs rounding. Counts are taken as they are.',
    example: { kind: 'policy', wrong: keep('keep 4 of in by abs(W) round up'), right: keep('keep 30% of in by abs(W) round up') },
  },
  ESP2107: {
    severity: 'error',
    title: 'count out of range',
    message: (p: { form: string; least: number; found: string }) =>
      `\`${p.form}\` takes a count of ${p.least} or more, and this is ${p.found}`,
    explain: 'Counts are not negative, and `every 0` of an axis would be no position at all.',
    example: {
      kind: 'policy',
      wrong: 'policy p {\n  entry e(x: f32[token]) {\n    return y: x where every 0 of token\n  }\n}',
      right: 'policy p {\n  entry e(x: f32[token]) {\n    return y: x where every 8 of token\n  }\n}',
    },
  },
})
