/** Names in a `test` block: the policy it is for, and what is set, called and expected of it. */
import type { TestDecl, TestStep } from '../ast.ts'
import type { BoundEntry, BoundPolicy } from './bind-policy.ts'
import type { Recorder } from './recorder.ts'

export function bindTest(recorder: Recorder, test: TestDecl, policies: ReadonlyMap<string, BoundPolicy>): void {
  const [only] = policies.values()
  const policy = test.policy === null ? (policies.size === 1 ? only : undefined) : policies.get(test.policy.text)
  if (test.policy !== null) recorder.mention(policy?.id, test.policy.span)
  if (policy === undefined) return
  let called: BoundEntry | null = null
  for (const step of test.steps) called = bindStep(recorder, policy, called, step)
}

function bindStep(recorder: Recorder, policy: BoundPolicy, called: BoundEntry | null, step: TestStep): BoundEntry | null {
  switch (step.kind) {
    case 'set': {
      const param = policy.params.get(step.name.text)
      recorder.mention(param, step.name.span)
      const alternatives = param === undefined ? undefined : policy.alternatives.get(param)
      if (step.value.kind === 'name') recorder.mention(alternatives?.get(step.value.name), step.value.span)
      return called
    }
    case 'size':
      recorder.mention(policy.axes.get(step.axis.text), step.axis.span)
      return called
    case 'expect':
      recorder.mention(called?.outputs.get(step.name.text) ?? policy.states.get(step.name.text), step.name.span)
      return called
    case 'expect-error':
      return called
    case 'call': {
      const entry = policy.entries.get(step.entry.text) ?? null
      recorder.mention(entry?.id, step.entry.span)
      for (const { name, value } of step.args) {
        const param = policy.params.get(name.text)
        recorder.mention(entry?.inputs.get(name.text) ?? param, name.span)
        const alternatives = param === undefined ? undefined : policy.alternatives.get(param)
        if (value.kind === 'name') recorder.mention(alternatives?.get(value.name), value.span)
      }
      return entry
    }
  }
}
