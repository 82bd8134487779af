/** Tasks that run one after the other, in the order in which they came. The first one starts at once. */
export class TaskQueue {
  #waiting = 0
  #last: Promise<unknown> = Promise.resolve()

  get isBusy(): boolean {
    return this.#waiting > 0
  }

  run<T>(task: () => Promise<T>): Promise<T> {
    const start = this.isBusy ? this.#last.then(task) : task()
    this.#waiting++
    const ended = start.finally(() => this.#waiting--)
    this.#last = ended.catch(() => undefined)
    return ended
  }
}
