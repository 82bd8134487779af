/** The functions of a variant in C: the plan of a call, its shape on a device, checks of memory, steps, and what a caller sees. */
import { dtypeBytes, encodeData } from '../../../abi/dtype.ts'
import { decodeNumber } from '../../../abi/manifest-number.ts'
import type { ParamSpec, Step } from '../../../abi/manifest.ts'
import { parseRational, toNumber } from '../../../abi/rational.ts'
import { isStaged, type CallPointer, type FinalCopy } from './call-memory.ts'
import { lateAxes, type CCall } from './c-call.ts'
import { outputs, stageNames } from './c-header.ts'
import { launchesOf, launchShapes, launchText, valueCount } from './c-launches.ts'
import { axisNumber, numbersFunction, positionsOf, positionValue } from './c-numbers.ts'
import { cString } from './c-text.ts'

export function callFunctions(call: CCall): string {
  return [planType(call), numbersFunction(call), shapeFunction(call), runFunction(call), ...publicFunctions(call)].join('\n\n')
}

/** Arrays in C have at least one element. */
const some = (count: number): number => Math.max(1, count)

const stagedCopies = (call: CCall): readonly FinalCopy[] => call.memory.copies.filter((copy) => isStaged(call.memory, copy))

function planType(call: CCall): string {
  const { name, variant } = call
  const staged = stagedCopies(call).length
  return [
    `// Everything about a call of ${name} but where its memory is.`,
    `typedef struct ${name}_plan {`,
    `  int64_t axis[${some(variant.axes.length)}];${comment(variant.axes.map((axis) => axis.name))}`,
    `  int64_t length[${some(variant.buffers.length)}];`,
    `  es_argument value[${some(valueCount(call) + positionsOf(call).length)}];`,
    `  es_launch launch[${some(launchesOf(call).length)}];`,
    `  size_t offset[${some(variant.buffers.length + staged)}], scratch, bytes;`,
    `} ${name}_plan;`,
  ].join('\n')
}

const comment = (names: readonly string[]): string => (names.length === 0 ? '' : ` // ${names.join(', ')}`)

/** Buffers that nobody gives: where they are in the workspace. */
const workspaceBuffers = ({ variant, memory }: CCall): readonly number[] =>
  variant.buffers.flatMap(({ role }, i) => (memory.owner.has(i) || role === 'scratch' ? [] : [i]))

const elementBytes = ({ variant }: CCall, buffer: number): number => dtypeBytes(variant.buffers[buffer]?.dtype ?? 'f32')

function shapeFunction(call: CCall): string {
  const { name, variant } = call
  const place = (buffer: number, slot: number): readonly string[] => [
    `  plan->offset[${slot}] = bytes;`,
    `  bytes += es_aligned((size_t)plan->length[${buffer}] * ${elementBytes(call, buffer)});`,
  ]
  const body = [
    '  es_device device;',
    '  ES_TRY(es_open(&device));',
    '  size_t bytes = 0, scratch = 0;',
    ...workspaceBuffers(call).flatMap((buffer) => place(buffer, buffer)),
    ...stagedCopies(call).flatMap(({ from }, i) => place(from, variant.buffers.length + i)),
    ...launchShapes(call),
    '  plan->scratch = bytes;',
    '  plan->bytes = bytes + scratch;',
    '  return ESPALIER_OK;',
  ]
  return `static int ${name}_shape(${name}_plan *plan) {\n${body.join('\n')}\n}`
}

/** Checks everything, then puts the steps of a stage on the stream. */
function runFunction(call: CCall): string {
  const { name, stages, variant } = call
  const isStaged = stages.length > 1
  const launches = [...launchesOf(call)]
  const stepText = (step: Step): readonly string[] => {
    if (step.op === 'fill') return fillText(call, step)
    const launch = launches.shift()
    return launch === undefined ? [] : launchText(launch)
  }
  const steps = stages.flatMap((stage, i) => {
    const lines = [...stage.steps.flatMap(stepText), ...(i === stages.length - 1 ? copyText(call) : [])]
    return isStaged ? [`  if (stage == ${i + 1}) {`, ...lines.map((line) => `  ${line}`), '  }'] : lines
  })
  const usesScratch = launchesOf(call).some(({ step }) => step.args.some((arg) => isScratchArg(arg)))
  const buffers = workspaceBuffers(call).map((i) => `  b[${i}] = (char *)workspace + plan.offset[${i}];`)
  const body = [
    `  ${name}_plan plan;`,
    '  ES_TRY(es_required(args, "args"));',
    `  ES_TRY(${name}_numbers(args, ${isStaged ? 'stage, ' : ''}&plan));`,
    ...call.memory.pointers.flatMap((pointer) => pointerCheck(call, pointer)),
    `  ES_TRY(${name}_shape(&plan));`,
    '  ES_TRY(es_workspace(workspace, workspace_bytes, plan.bytes));',
    `  void *b[${some(variant.buffers.length)}] = {nullptr};`,
    ...[...call.memory.owner].map(([buffer, pointer]) => `  b[${buffer}] = (void *)args->${call.fields.pointer(pointer)};`),
    ...buffers,
    ...(usesScratch ? ['  char *const base = (char *)workspace + plan.scratch;'] : []),
    ...steps,
    '  return ESPALIER_OK;',
  ]
  const stage = isStaged ? ', int stage' : ''
  const parameters = `const ${name}_args *args${stage}, void *workspace, size_t workspace_bytes, void *stream`
  return `static int ${name}_run(${parameters}) {\n${body.join('\n')}\n}`
}

const isScratchArg = (arg: Extract<Step, { readonly op: 'launch' }>['args'][number]): boolean =>
  arg.kind === 'buffer' && arg.access !== 'read' && arg.access !== 'readwrite' && arg.access !== undefined

function pointerCheck(call: CCall, pointer: CallPointer): readonly string[] {
  const field = call.fields.pointer(pointer)
  return [
    `  ES_TRY(es_memory(args->${field}, ${pointerLength(call, pointer)}, ${dtypeBytes(pointer.dtype)}, ${cString(field)}));`,
  ]
}

/** Elements behind a pointer: of a state of which the call only makes a slice, all the state has. */
function pointerLength(call: CCall, { group, tensor, buffer }: CallPointer): string {
  const binding = group === 'state' ? call.variant.states.find(({ name }) => name === tensor) : undefined
  if (binding?.at === undefined || binding.from !== null) return `plan.length[${buffer}]`
  return binding.atoms.length === 0 ? '1' : binding.atoms.map((atom) => `plan.axis[${axisNumber(call, atom)}]`).join(' * ')
}

function fillText(call: CCall, { buffer, value }: Extract<Step, { readonly op: 'fill' }>): readonly string[] {
  const dtype = call.variant.buffers[buffer]?.dtype ?? 'f32'
  const data = encodeData(dtype, [decodeNumber(value)])
  const bytes = new Uint8Array(data.buffer)
  const bits = bytes.reduceRight((sum, byte) => sum * 256 + byte, 0)
  return [`  ES_TRY(es_fill(b[${buffer}], plan.length[${buffer}], ${bytes.length}, ${bits}u, stream));`]
}

/** What has several owners is copied; states that are read by such copies first, all into the workspace. */
function copyText(call: CCall): readonly string[] {
  const { variant, memory, fields } = call
  const staged = stagedCopies(call)
  const slot = (copy: FinalCopy): string => `(char *)workspace + plan.offset[${variant.buffers.length + staged.indexOf(copy)}]`
  const bytes = (buffer: number): string => `(size_t)plan.length[${buffer}] * ${elementBytes(call, buffer)}`
  const before = staged.map((copy) => `  ES_TRY(es_copy(${slot(copy)}, b[${copy.from}], ${bytes(copy.from)}, stream));`)
  const after = memory.copies.flatMap((copy) => {
    const [to, from] = [`args->${fields.pointer(copy.to)}`, staged.includes(copy) ? slot(copy) : `b[${copy.from}]`]
    if (copy.at === null) return [`  ES_TRY(es_copy(${to}, ${from}, ${bytes(copy.from)}, stream));`]
    return sliceText(call, copy, to, from)
  })
  return [...before, ...after]
}

function sliceText(call: CCall, { at, atoms, from: buffer }: FinalCopy, to: string, from: string): readonly string[] {
  const places = atoms.map((atom) => {
    const position = at?.find(({ axis }) => axis === atom)?.scalar
    return `{plan.axis[${axisNumber(call, atom)}], ${position === undefined ? 'ES_ALL' : `plan.value[${positionValue(call, position)}].i`}}`
  })
  return [
    '  {',
    `    const es_place places[] = {${places.join(', ')}};`,
    `    ES_TRY(es_write_slice(${to}, ${from}, ${elementBytes(call, buffer)}, places, ${places.length}, stream));`,
    '  }',
  ]
}

function publicFunctions(call: CCall): readonly string[] {
  const { name, stages } = call
  const stage = stages.length > 1 ? '1, ' : ''
  const begin = (fn: string, ...required: readonly string[]): readonly string[] => [
    `  es_function = ${cString(fn)};`,
    ...required.map((parameter) => `  ES_TRY(es_required(${parameter}, ${cString(parameter)}));`),
  ]
  const define = (signature: string, lines: readonly string[]): string => `${signature} {\n${lines.join('\n')}\n}`
  const workspace = define(`int ${name}_workspace_size(const ${name}_args *args, size_t *bytes)`, [
    ...begin(`${name}_workspace_size`, 'args', 'bytes'),
    `  ${name}_plan plan;`,
    `  ES_TRY(${name}_numbers(args, ${stage}&plan));`,
    `  ES_TRY(${name}_shape(&plan));`,
    '  *bytes = plan.bytes;',
    '  return ESPALIER_OK;',
  ])
  const sizes = define(`int ${name}_output_sizes(const ${name}_args *args, ${name}_sizes *sizes)`, [
    ...begin(`${name}_output_sizes`, 'args', 'sizes'),
    `  ${name}_plan plan;`,
    `  ES_TRY(${name}_numbers(args, ${stage}&plan));`,
    ...outputs(call).map(
      (pointer) => `  sizes->${call.fields.pointer(pointer).replace(/^out\./, '')} = plan.length[${pointer.buffer}];`,
    ),
    '  return ESPALIER_OK;',
  ])
  const runs = stageNames(call).map((fn, i) =>
    define(`int ${fn}(const ${name}_args *args, void *workspace, size_t workspace_bytes, void *stream)`, [
      ...begin(fn),
      `  return ${name}_run(args, ${stages.length > 1 ? `${i + 1}, ` : ''}workspace, workspace_bytes, stream);`,
    ]),
  )
  return [initFunction(call), workspace, ...(outputs(call).length === 0 ? [] : [sizes]), ...runs]
}

function initFunction(call: CCall): string {
  const { name, params, fields, sizes, kept, hinted } = call
  const unset = [
    ...sizes.given.map(({ axis }) => fields.size(axis)),
    ...lateAxes(call).map((axis) => fields.size(axis)),
    ...[...kept, ...hinted].map((input) => fields.kept(input)),
    ...hinted.map((input) => fields.stored(input)),
  ]
  const lines = [
    '  if (args == nullptr) return;',
    '  memset(args, 0, sizeof *args);',
    ...unset.map((field) => `  args->${field} = -1;`),
    ...params.flatMap((param) => initialText(param).map((text) => `  args->${fields.param(param.name)}${text};`)),
  ]
  return `void ${name}_init(${name}_args *args) {\n${lines.join('\n')}\n}`
}

/** The default, or what is refused as not set. */
function initialText({ type, default: text }: ParamSpec): readonly string[] {
  const exact = text === null ? null : parseRational(text)
  if (type === 'ratio') return exact === null ? ['.den = 0'] : [`.num = ${exact.n}`, `.den = ${exact.d}`]
  if (type === 'bool') return [text === null ? ' = -1' : ` = ${text === 'true' ? 1 : 0}`]
  if (type === 'real' && exact === null) return [` = ${text === null ? 'NAN' : text.replace('inf', 'INFINITY')}`]
  if (exact === null) return [' = ESPALIER_UNSET']
  return [type === 'real' ? ` = ${toNumber(exact)}` : ` = INT64_C(${exact.n})`]
}
