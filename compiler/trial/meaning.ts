/** What a module means on some random inputs, by the evaluator; and whether another module means the same. */
import { evaluateFunc, EvalError, type EvalOutputs } from '../ir/eval.ts'
import type { Func, Module } from '../ir/node.ts'
import { firstDifference } from './difference.ts'
import { makeTrial, type Trial, type TrialRequest } from './trial.ts'

export interface Sample {
  readonly entry: string
  readonly variant: Readonly<Record<string, string>>
  readonly seed: number
  /** As the front end or the text gave it. */
  readonly func: Func
  readonly trial: Trial
  readonly expected: EvalOutputs
}

export interface Meaning {
  readonly samples: readonly Sample[]
  /** Entries that the evaluator has no answer for, and why. */
  readonly refused: readonly string[]
}

/** Evaluators agree to this, relative to the largest number: passes may reorder sums. */
const TOLERANCE = 1e-6

export function meaningOf(module: Module, requests: readonly TrialRequest[]): Meaning {
  const samples: Sample[] = []
  const refused: string[] = []
  for (const func of module.funcs.filter(({ role }) => role === 'entry'))
    for (const request of requests) {
      const trial = makeTrial(module, func, request)
      try {
        const expected = evaluateFunc(module, func, trial)
        samples.push({ entry: func.name, variant: func.variant, seed: request.seed, func, trial, expected })
      } catch (error) {
        if (!(error instanceof EvalError)) throw error
        refused.push(`${sampleText(func.name, func.variant, request.seed)}: ${error.message}`)
      }
    }
  return { samples, refused }
}

/** The first difference on the same inputs, in words. The module must be one that the evaluator can run. */
export function meaningDifference(meaning: Meaning, module: Module): string | null {
  for (const { entry, variant, seed, trial, expected } of meaning.samples) {
    const func = variantOf(module, entry, variant)
    const found = func === undefined ? 'is gone' : evaluatedDifference(module, func, trial, expected)
    if (found !== null) return `${sampleText(entry, variant, seed)}: ${found}`
  }
  return null
}

function evaluatedDifference(module: Module, func: Func, trial: Trial, expected: EvalOutputs): string | null {
  try {
    return firstDifference(expected, evaluateFunc(module, func, trial), TOLERANCE)
  } catch (error) {
    if (error instanceof EvalError) return `has no answer: ${error.message}`
    throw error
  }
}

const variantOf = (module: Module, entry: string, variant: Readonly<Record<string, string>>): Func | undefined =>
  module.funcs.find(
    (func) => func.role === 'entry' && func.name === entry && JSON.stringify(func.variant) === JSON.stringify(variant),
  )

/** `compress (rule = exact), inputs 1` */
export function sampleText(entry: string, variant: Readonly<Record<string, string>>, seed: number): string {
  const choices = Object.entries(variant).map(([name, value]) => `${name} = ${value}`)
  return `${entry}${choices.length === 0 ? '' : ` (${choices.join(', ')})`}, inputs ${seed}`
}

/** Whether the evaluator runs modules of this level. */
export const isEvaluable = ({ level }: Module): boolean => level !== 'kernel'
