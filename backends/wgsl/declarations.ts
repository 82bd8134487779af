/** The declarations in front of a kernel: its uniform block, its bindings, and the functions that store to them. */
import { dtypeBytes } from '../../abi/dtype.ts'
import { localWordsName } from '../../abi/grid-bindings.ts'
import { wordsOf } from '../source/text.ts'
import type { BufferPlace, Frame } from './frame.ts'

/** `body` is the text of the kernel: functions that it does not call are left out. */
export function declarationsOf(frame: Frame, body: string): string {
  const used = wordsOf(body)
  const stores = [...frame.buffers].flatMap(([id, place]) =>
    place.type.access !== 'scratch' && used.has(place.storeFunction) ? [storeFunction(frame, id, place)] : [],
  )
  const chunks = [...frame.buffers].flatMap(([id, place]) =>
    used.has(place.chunkFunction) ? [chunkFunction(frame, id, place)] : [],
  )
  const stage = `var<workgroup> ${frame.stage()}: array<u32, GROUP_SIZE * (CHUNKS * ${frame.width}u + 1u)>;`
  return [
    bindings(frame),
    ...(used.has(frame.stage()) ? [stage] : []),
    ...[...frame.buffers.values()].flatMap((place) =>
      used.has(frame.shared(place)) ? [`var<workgroup> ${frame.shared(place)}: array<u32, GROUP_SIZE>;`] : [],
    ),
    ...stores,
    ...chunks,
    ...signedFunctions(frame, used),
    ...scratchFunctions(frame, used),
  ].join('\n\n')
}

function bindings(frame: Frame): string {
  const { storage, uniformWords } = frame.bindings
  const own = storage.filter(({ access }) => frame.form === null || access !== 'scratch')
  const lines = own.map(({ binding, access, params }) => {
    const place = frame.buffer(frame.func.params[params[0] as number]?.id as number)
    const mode = access === 'read' ? 'read' : 'read_write'
    return `@group(0) @binding(${binding}) var<storage, ${mode}> ${place.variable}: ${arrayOf(place)};`
  })
  const block = `@group(0) @binding(0) var<uniform> ${frame.words}: array<vec4<u32>, ${uniformWords / 4}>;`
  return [block, ...lines, ...(frame.team && frame.hasScratch() ? localMemory(frame) : [])].join('\n')
}

const arrayOf = ({ atomic, element }: BufferPlace): string => `array<${atomic ? `atomic<${element}>` : element}>`

const scratchPlace = (frame: Frame): BufferPlace =>
  [...frame.buffers.values()].find(({ type }) => type.access === 'scratch') as BufferPlace

function localMemory(frame: Frame): readonly string[] {
  const size = localWordsName(frame.func.name)
  const element = scratchPlace(frame).atomic ? 'atomic<u32>' : 'u32'
  return [
    '// Above 1: scratch is in workgroup memory.',
    `override ${size}: u32 = 1u;`,
    `var<workgroup> ${frame.scratch}_local: array<${element}, ${size}>;`,
  ]
}

/** Changes the bits of one element and no others, which another thread may be changing. */
function storeFunction(frame: Frame, id: number, place: BufferPlace): string {
  const index = frame.func.params.findIndex((param) => param.id === id)
  const start = frame.word(frame.bindings.slots[index]?.word as number)
  const [word, part, mask] =
    dtypeBytes(place.type.dtype) === 2 ? [1, '(at & 1u) << 4u', '0xffffu'] : [2, '(at & 3u) << 3u', '0xffu']
  return `fn ${place.storeFunction}(at: u32, bits: u32) {
  let word = ${start} + (at >> ${word}u);
  let shift = ${part};
  let change = ((atomicLoad(&${place.variable}[word]) >> shift) ^ bits) & ${mask};
  atomicXor(&${place.variable}[word], change << shift);
}`
}

/** The words of neighbours from any element on; behind the end of the buffer there may be anything. */
function chunkFunction(frame: Frame, id: number, place: BufferPlace): string {
  const index = frame.func.params.findIndex((param) => param.id === id)
  const start = frame.word(frame.bindings.slots[index]?.word as number)
  const bytes = dtypeBytes(place.type.dtype)
  const count = (frame.width * bytes) / 4
  const [word, shift] = bytes === 2 ? [1, '(at & 1u) << 4u'] : [2, '(at & 3u) << 3u']
  const words = Array.from({ length: count }, (_, i) => i)
  const low = words.map((i) => `w${i} >> shift`)
  const parts = words.map((i) => `(${low[i]}) | ((w${i + 1} << (31u - shift)) << 1u)`)
  const type = count === 4 ? 'vec4<u32>' : `array<u32, ${count}>`
  return `fn ${place.chunkFunction}(at: u32) -> ${type} {
  let word = ${start} + (at >> ${word}u);
  let shift = ${shift};
${[...words, count].map((i) => `  let w${i} = ${place.variable}[word + ${i}u];`).join('\n')}
  return ${type}(${parts.join(', ')});
}`
}

function signedFunctions(frame: Frame, used: ReadonlySet<string>): readonly string[] {
  const variables = new Set([...frame.buffers.values()].map(({ variable }) => variable))
  return [...variables].flatMap((variable) =>
    ['MaxSigned', 'MinSigned'].flatMap((kind) => {
      const name = `atomic${kind}_${variable}`
      return variable !== frame.scratch && used.has(name)
        ? [`fn ${name}(at: u32, x: u32) {\n  ${atomicText(kind, variable)}\n}`]
        : []
    }),
  )
}

function scratchFunctions(frame: Frame, used: ReadonlySet<string>): readonly string[] {
  if (!frame.hasScratch()) return []
  const { atomic } = scratchPlace(frame)
  const [load, store] = [`load_${frame.scratch}`, `store_${frame.scratch}`]
  const read = (memory: string): string => (atomic ? `atomicLoad(&${memory}[at])` : `${memory}[at]`)
  const write = (memory: string): string => (atomic ? `atomicStore(&${memory}[at], bits);` : `${memory}[at] = bits;`)
  const isLocal = `${localWordsName(frame.func.name)} > 1u`
  const local = `${frame.scratch}_local`
  const both = (then: string, otherwise: string): string =>
    frame.team ? `  if (${isLocal}) { ${then} } else { ${otherwise} }` : `  ${otherwise}`
  const loads = frame.team
    ? `  if (${isLocal}) { return ${read(local)}; }\n  return ${read(frame.scratch)};`
    : `  return ${read(frame.scratch)};`
  return [
    ...(used.has(load) ? [`fn ${load}(at: u32) -> u32 {\n${loads}\n}`] : []),
    ...(used.has(store) ? [`fn ${store}(at: u32, bits: u32) {\n${both(write(local), write(frame.scratch))}\n}`] : []),
    ...['Add', 'Or', 'Max', 'Min', 'MaxSigned', 'MinSigned'].flatMap((kind) => {
      const name = `atomic${kind}_${frame.scratch}`
      if (!used.has(name)) return []
      return [`fn ${name}(at: u32, x: u32) {\n${both(atomicText(kind, local), atomicText(kind, frame.scratch))}\n}`]
    }),
  ]
}

/** Signed order has no instruction on words that other values share: tried until no other thread came between. */
function atomicText(kind: string, memory: string): string {
  if (!kind.endsWith('Signed')) return `atomic${kind}(&${memory}[at], x);`
  const next = `${kind.slice(0, 3).toLowerCase()}(bitcast<i32>(old), bitcast<i32>(x))`
  return [
    `var old = atomicLoad(&${memory}[at]);`,
    'loop {',
    `let result = atomicCompareExchangeWeak(&${memory}[at], old, bitcast<u32>(${next}));`,
    'if (result.exchanged) { break; }',
    'old = result.old_value;',
    '}',
  ].join(' ')
}
