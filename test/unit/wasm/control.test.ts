/** Loops, branches and carried values, and the order of loads and stores around them. */
import { expect, test } from 'vitest'
import type { BlockParam } from '../../../compiler/ir/node.ts'
import { AT, buffer, kernelOf, machine, start, type KernelBuilder } from './kernel.ts'

type Params = Readonly<Record<'out' | 'a' | 'b', BlockParam>>

const i32 = machine('i32')
const out = buffer('i32')

/** Runs a kernel (out, a, b) and returns the first `count` numbers it stored. */
async function ints(count: number, fill: (b: KernelBuilder, params: Params) => void, a = 0, b = 0) {
  const kernel = kernelOf('k', { out, a: i32, b: i32 }, fill)
  const { memory, call } = await start([kernel])
  call.k?.(AT(0), a, b)
  return [...new Int32Array(memory.buffer, AT(0), count)]
}

test('for runs lo, lo + step, … while below hi, and not at all when hi <= lo', async () => {
  const record = kernelOf('k', { out, lo: i32, hi: i32 }, (b, { out, lo, hi }) => {
    const [count] = b.for(lo.id, hi.id, 3, [b.constant(0)], (i, [n]) => {
      b.store(out, b.emit('add', [n as number, b.constant(1)]), i)
      return [b.emit('add', [n as number, b.constant(1)])]
    })
    b.store(out, b.constant(0), count as number)
  })
  const { memory, call } = await start([record])
  const run = (lo: number, hi: number) => {
    call.k?.(AT(0), lo, hi)
    const [count = 0, ...rest] = new Int32Array(memory.buffer, AT(0), 8)
    return rest.slice(0, count)
  }
  expect(run(0, 7)).toEqual([0, 3, 6])
  expect(run(0, 6)).toEqual([0, 3])
  expect(run(-4, 1)).toEqual([-4, -1])
  expect(run(5, 5)).toEqual([])
  expect(run(5, -5)).toEqual([])
  // Neither end of the range makes the index wrap around.
  expect(run(2147483643, 2147483647)).toEqual([2147483643, 2147483646])
  expect(run(-2147483648, -2147483647)).toEqual([-2147483648])
  expect(run(-2147483648, -2147483646)).toEqual([-2147483648])
})

test('a step of one reaches the highest index', async () => {
  const seen = await ints(
    1,
    (b, { out, a, b: hi }) => {
      const [n] = b.for(a.id, hi.id, 1, [b.constant(0)], (_, [n]) => [b.emit('add', [n as number, b.constant(1)])])
      b.store(out, b.constant(0), n as number)
    },
    2147483640,
    2147483647,
  )
  expect(seen).toEqual([7])
})

test('carried values are set together: swapping and Fibonacci', async () => {
  const seen = await ints(
    2,
    (b, { out, a }) => {
      const [x, y] = b.for(b.constant(0), a.id, 1, [b.constant(0), b.constant(1)], (_, [x, y]) => [
        y as number,
        b.emit('add', [x as number, y as number]),
      ])
      b.store(out, b.constant(0), x as number)
      b.store(out, b.constant(1), y as number)
    },
    20,
  )
  expect(seen).toEqual([6765, 10946])
})

test('while: region 0 decides and hands values to region 1 and to the results', async () => {
  const collatz = await ints(
    2,
    (b, { out, a }) => {
      const [x, steps] = b.while(
        [a.id, b.constant(0)],
        ([x, n]) => [b.emit('ne', [x as number, b.constant(1)]), x as number, n as number],
        ([x, n]) => {
          const odd = b.emit('eq', [b.emit('and', [x as number, b.constant(1)]), b.constant(1)])
          const up = b.emit('add', [b.emit('mul', [x as number, b.constant(3)]), b.constant(1)])
          const down = b.emit('div', [x as number, b.constant(2)])
          return [b.emit('select', [odd, up, down]), b.emit('add', [n as number, b.constant(1)])]
        },
      )
      b.store(out, b.constant(0), x as number)
      b.store(out, b.constant(1), steps as number)
    },
    27,
  )
  expect(collatz).toEqual([1, 111])
  // Region 0 swaps and changes what it passes on.
  const swapped = await ints(
    2,
    (b, { out, a }) => {
      const [x, y] = b.while(
        [a.id, b.constant(0)],
        ([x, y]) => [b.emit('lt', [x as number, b.constant(10)]), b.emit('add', [y as number, b.constant(1)]), x as number],
        ([x, y]) => [b.emit('add', [y as number, b.constant(4)]), x as number],
      )
      b.store(out, b.constant(0), x as number)
      b.store(out, b.constant(1), y as number)
    },
    1,
  )
  let [x, y] = [1, 0]
  for (;;) {
    const again = x < 10
    ;[x, y] = [y + 1, x]
    if (!again) break
    ;[x, y] = [y + 4, x]
  }
  expect(swapped).toEqual([x, y])
})

test('if yields from the side that runs, and only that side has effects', async () => {
  const kernel = (a: number) =>
    ints(
      4,
      (b, { out, a }) => {
        const [x, y] = b.if(
          b.emit('lt', [a.id, b.constant(0)]),
          [i32, i32],
          () => {
            b.store(out, b.constant(2), b.constant(7))
            return [b.constant(1), a.id]
          },
          () => {
            b.store(out, b.constant(3), b.constant(8))
            return [a.id, b.emit('mul', [a.id, b.constant(2)])]
          },
        )
        b.store(out, b.constant(0), x as number)
        b.store(out, b.constant(1), y as number)
      },
      a,
    )
  expect(await kernel(-5)).toEqual([1, -5, 7, 0])
  expect(await kernel(5)).toEqual([5, 10, 0, 8])
})

test('nested loops keep their carried values apart', async () => {
  const seen = await ints(
    1,
    (b, { out, a }) => {
      const [total] = b.for(b.constant(0), a.id, 1, [b.constant(0)], (i, [sum]) => {
        const [row] = b.for(b.constant(0), i, 1, [sum as number], (j, [inner]) => [
          b.emit('add', [inner as number, b.emit('mul', [i, j])]),
        ])
        return [row as number]
      })
      b.store(out, b.constant(0), total as number)
    },
    7,
  )
  let sum = 0
  for (let i = 0; i < 7; i++) for (let j = 0; j < i; j++) sum += i * j
  expect(seen).toEqual([sum])
})

test('a load is evaluated before a store that follows it, a loop that follows it and a branch that follows it', async () => {
  const seen = await ints(
    6,
    (b, { out, a }) => {
      const [zero, one] = [b.constant(0), b.constant(1)]
      b.store(out, zero, b.constant(10))
      const before = b.emit('add', [b.load(out, zero), a.id])
      b.store(out, zero, b.constant(20))
      b.store(out, one, before)
      const beforeLoop = b.load(out, zero)
      b.for(zero, one, 1, [], () => {
        b.store(out, zero, b.constant(30))
        return []
      })
      b.store(out, b.constant(2), beforeLoop)
      const beforeIf = b.load(out, zero)
      b.if(
        b.emit('eq', [a.id, a.id]),
        [],
        () => (b.store(out, zero, b.constant(40)), []),
        () => [],
      )
      b.store(out, b.constant(3), beforeIf)
    },
    1,
  )
  expect(seen.slice(0, 4)).toEqual([40, 11, 20, 30])
})

test('a value used in a loop is computed once, outside', async () => {
  const kernel = kernelOf('k', { out, a: i32 }, (b, { out, a }) => {
    const squared = b.emit('mul', [a.id, a.id])
    b.for(b.constant(0), b.constant(4), 1, [], (i) => (b.store(out, i, squared), []))
  })
  const { emitWasm } = await import('../../../backends/wasm/emit.ts')
  const { wat } = await emitWasm([kernel], { wat: true })
  expect(wat?.indexOf('i32.mul')).toBeLessThan(wat?.indexOf('(loop') ?? -1)
})

test('lanes loops run in order where they are left', async () => {
  const kernel = kernelOf('k', { out, n: i32 }, (b, { out, n }) => {
    const params = [b.param('i', i32), b.param('sum', i32)]
    const [i, sum] = params.map(({ id }) => id)
    const block = b.block(params, () => [b.emit('add', [sum as number, i as number])])
    const [total] = b.emitAll('lanes', [b.constant(0), n.id, b.constant(5)], { combine: ['sum'] }, [block])
    b.store(out, b.constant(0), total as number)
  })
  const { memory, call } = await start([kernel])
  call.k?.(AT(0), 10)
  expect(new Int32Array(memory.buffer, AT(0), 1)[0]).toBe(50)
})

test('an i64 counter goes past 2^32', async () => {
  const kernel = kernelOf('k', { out: buffer('i32'), n: i32, by: machine('i64') }, (b, { out, n, by }) => {
    const [total] = b.for(b.constant(0), n.id, 1, [b.constant(0, 'i64')], (_, [sum]) => [b.emit('add', [sum as number, by.id])])
    const high = b.emit('shr', [total as number, b.constant(32)])
    b.store(out, b.constant(0), b.emit('convert', [total as number], { to: 'i32' }))
    b.store(out, b.constant(1), b.emit('convert', [high], { to: 'i32' }))
    const big = b.emit('gt', [total as number, b.constant('4611686018427387904', 'i64')])
    b.store(out, b.constant(2), b.emit('convert', [big], { to: 'i32' }))
  })
  const { memory, call } = await start([kernel])
  call.k?.(AT(0), 500, 12345678901234567n)
  const total = BigInt.asUintN(64, 12345678901234567n * 500n)
  expect([...new Uint32Array(memory.buffer, AT(0), 3)]).toEqual([Number(total & 0xffffffffn), Number(total >> 32n), 1])
})

test('deep chains of operations do not exhaust any stack', async () => {
  const seen = await ints(
    1,
    (b, { out, a }) => {
      let x = a.id
      for (let i = 0; i < 20000; i++) x = b.emit('xor', [x, b.constant(i)])
      b.store(out, b.constant(0), x)
    },
    5,
  )
  let x = 5
  for (let i = 0; i < 20000; i++) x ^= i
  expect(seen).toEqual([x])
})
