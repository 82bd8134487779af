/** Diagnostics ESP127x: what is carried from step to step. */
import { defineDiagnostics } from '../../define.ts'

export const loops = defineDiagnostics({
  ESP1271: {
    severity: 'error',
    title: 'carried and next differ',
    message: (p: { name: string; why: 'no next' | 'not carried' | 'twice' }) =>
      p.why === 'no next'
        ? `\`${p.name}\` is carried from step to step and has no \`next\``
        : p.why === 'twice'
          ? `\`${p.name}\` has two values for the next step`
          : `\`next ${p.name}\` has no value to start from`,
    help: (p) =>
      p.why === 'no next'
        ? `say what it becomes, \`next ${p.name} = …\`; what does not change is a variable before the loop`
        : p.why === 'twice'
          ? 'give it one'
          : `carry it, \`with (${p.name} = …)\`; a value of one step only is written \`${p.name} = …\``,
    explain:
      'A loop says what it starts from, `with (x = …)`, and what each of these becomes, `next x = …`: every carried value has exactly one of both. All values for the next step are computed from those of this one.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  entry e(X: f32[row]) {\n    return y: iterate 4 times with (x = X, scale = 1) {\n      next x = x * scale\n    }\n  }\n}',
      right:
        'policy p {\n  entry e(X: f32[row]) {\n    return y: iterate 4 times with (x = X) {\n      next x = x * 2\n    }\n  }\n}',
    },
  },
  ESP1272: {
    severity: 'error',
    title: 'carried value changes its type',
    message: (p: { name: string; first: string; next: string }) =>
      `\`${p.name}\` starts as ${p.first} and becomes ${p.next}, which no type holds both of`,
    help: () => 'start from a value of the same kind: a mask from a mask (`true`), a signed integer from a signed one',
    explain:
      'What a loop carries has one type in all steps. A number is repeated along the axes that its next value has, and a whole number becomes f32 beside an f32; a mask never becomes a number, nor a signed integer an unsigned one.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  entry e(X: f32[row]) {\n    return y: iterate 4 times as step with (seen = 0) {\n      next seen = X > step\n    }\n  }\n}',
      right:
        'policy p {\n  entry e(X: f32[row]) {\n    return y: iterate 4 times as step with (seen = false) {\n      next seen = seen or X > step\n    }\n  }\n}',
    },
  },
  ESP1273: {
    severity: 'error',
    title: 'number of steps out of range',
    message: (p: { found: string; most: number }) => `a loop takes 0 to ${p.most} steps, and this is ${p.found}`,
    explain:
      'Loops are bounded: how many steps one takes is known before anything runs. A negative number means no steps, and as a literal it is a slip; more than a million are taken for one as well. A number that only the call gives is refused there, as ESP4401.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  entry e(X: f32[row]) {\n    return y: iterate 10000000 times with (x = X) {\n      next x = x * 0.5\n    }\n  }\n}',
      right:
        'policy p {\n  entry e(X: f32[row]) {\n    return y: iterate 100 times with (x = X) {\n      next x = x * 0.5\n    }\n  }\n}',
    },
  },
  ESP1274: {
    severity: 'error',
    title: 'no room known inside a loop',
    message: (p: { what: string }) => `${p.what} cannot stand inside a loop: what it needs differs from step to step`,
    help: () => 'keep an exact number (`keep 64 of …`), carry the mask and compact or pack after the loop, or use `where`',
    explain:
      'Inside a loop every value has its size before the first step. A selection of exactly k has one; a threshold, candidates or ties keep a number that only the data tells, and packed results are written once, when they are final.',
    example: {
      kind: 'policy',
      wrong:
        'policy p {\n  entry e(X: f32[row]) {\n    return y: iterate 3 times as step with (total = 0) {\n      P = pack X by (keep 2 of row by X * step) as bitmap(64)\n      next total = total + sum[row](P)\n    }\n  }\n}',
      right:
        'policy p {\n  entry e(X: f32[row]) {\n    return y: iterate 3 times as step with (total = 0) {\n      next total = total + sum[row](X where (keep 2 of row by X * step))\n    }\n  }\n}',
    },
  },
})
