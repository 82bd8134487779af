/** Where the time of a command went, by named part; `start` is from the start of the process to the first line of a command. */
export class Stopwatch {
  private readonly parts = new Map<string, number>()

  constructor() {
    this.parts.set('start', performance.now())
  }

  async time<T>(part: string, work: () => T | Promise<T>): Promise<T> {
    const begin = performance.now()
    try {
      return await work()
    } finally {
      this.add(part, performance.now() - begin)
    }
  }

  timeSync<T>(part: string, work: () => T): T {
    const begin = performance.now()
    try {
      return work()
    } finally {
      this.add(part, performance.now() - begin)
    }
  }

  add(part: string, ms: number): void {
    this.parts.set(part, (this.parts.get(part) ?? 0) + ms)
  }

  /** One line per part; parts that run side by side may add up to more than the whole. */
  text(): string {
    const rows = [...this.parts, ['total', performance.now()] as const]
    return rows.map(([part, ms]) => `${part.padEnd(12)} ${ms.toFixed(1).padStart(8)} ms\n`).join('')
  }
}
