/** ESP39xx: textual IR given to the compiler (`.pir` files). Codes of this range are seen by people who work on passes. */
import { defineDiagnostics } from '../define.ts'

const right = `module m policy {
  entry e (%0 X: f32[n] input) axes(n) {
    %1 = abs(%0) : f32[n]
    return y = %1
  }
}
`

/** An entry that calls a fn, which does this with its parameter. */
const calling = (body: string): string => `module m policy {
  fn f (%0 x: f32[n] input) axes(n) {
    %1 = ${body} : f32[n]
    return y = %1
  }
  entry e (%0 X: f32[n] input) axes(n) {
    %1 = ${call} : f32[n]
    return y = %1
  }
}
`
const call = 'call(%0) {callee = "f", results = [{"axes": ["n"], "dtype": "f32", "kind": "tensor"}]}'

export const ir = defineDiagnostics({
  ESP3901: {
    severity: 'error',
    title: 'malformed IR text',
    message: (p: { problem: string }) => `this is not IR text: ${p.problem}`,
    explain: [
      'Textual IR has one form, described in `docs/pir.md`: it is what the compiler prints, and only that is read back.',
      'Usually a value is missing its `%`, an attribute its braces, or an op is misspelt.',
    ].join('\n'),
    example: {
      kind: 'command',
      wrong: 'espalier dev wrong.pir',
      right: 'espalier dev right.pir',
      files: { 'wrong.pir': right.replace('abs(', 'abs['), 'right.pir': right },
    },
  },
  ESP3902: {
    severity: 'error',
    title: 'IR that breaks its own rules',
    message: (p: { problem: string }) => `this IR is not valid: ${p.problem}`,
    explain: [
      'The text could be read, but what it says breaks a rule every pass relies on: a value is used before it is computed,',
      'a result has another type than its op gives, an op is used at a level where it does not exist.',
    ].join('\n'),
    example: {
      kind: 'command',
      wrong: 'espalier dev wrong.pir',
      right: 'espalier dev right.pir',
      files: { 'wrong.pir': right.replace('abs(%0)', 'abs(%7)'), 'right.pir': right },
    },
  },
  ESP3903: {
    severity: 'error',
    title: 'functions that grow beyond measure',
    message: (p: { entry: string; limit: number }) =>
      `with its functions written out, \`${p.entry}\` has more than ${p.limit} operations`,
    help: () => 'Keep the result of a function in a variable instead of calling the function for it again.',
    explain: [
      'A `fn` is written out wherever it is called, so one that calls itself never ends, and functions that each call the one',
      'before twice double the program at every step: twenty of them make a million operations out of twenty lines. In a policy',
      'the checker says so first (ESP1010, ESP1011); this is what textual IR gets.',
    ].join('\n'),
    example: {
      kind: 'command',
      wrong: 'espalier dev wrong.pir --passes inline',
      right: 'espalier dev right.pir --passes inline',
      files: { 'wrong.pir': calling(call), 'right.pir': calling('abs(%0)') },
    },
  },
})
