/** The parameters of a checked policy as the manifest has them: what the rules of the ABI read. */
import type { ParamSpec } from '../abi/manifest.ts'
import type { PolicySignature } from '../compiler/frontend/check/signature.ts'

export const paramSpecs = ({ params }: PolicySignature): readonly ParamSpec[] =>
  params.map(({ name, doc, type, default: text }) => ({
    ...{ name, doc, default: text, type: type.kind },
    ...(type.kind === 'choice' ? { choices: type.choices } : {}),
  }))
