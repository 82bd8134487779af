/** Diagnostics ESP1231 and ESP1232: quantiles. */
import { defineDiagnostics } from '../../define.ts'

const taken = (call: string): string => `policy p {\n  entry e(W: f32[out, in]) {\n    return q: ${call}\n  }\n}`

export const quantiles = defineDiagnostics({
  ESP1231: {
    severity: 'error',
    title: 'no such definition of a quantile',
    message: (p: { found: string }) => `\`${p.found}\` does not say which number a quantile between two numbers is`,
    help: () => 'write `linear`, `lower`, `higher`, `nearest` or `midpoint`, or leave it out for `linear`',
    explain:
      'A quantile often lies between two numbers of the row. Libraries differ in what they give then, so the definition has a name, and it is written as it is: it is not a value.',
    example: { kind: 'policy', wrong: taken('quantile[in](W, 90%, lowest)'), right: taken('quantile[in](W, 90%, lower)') },
  },
  ESP1232: {
    severity: 'error',
    title: 'no share for a quantile',
    message: (p: { found: string }) => `a quantile is taken at a share from 0 to 1, and this is ${p.found}`,
    help: () => 'write a ratio (`90%`), or a parameter of type `ratio` or `real`',
    explain:
      'Quantile 0 is the smallest number, quantile 1 the largest, and 50% the median. The share is known before anything runs, so it is not a tensor.',
    example: { kind: 'policy', wrong: taken('quantile[in](W, 90)'), right: taken('quantile[in](W, 90%)') },
  },
})
