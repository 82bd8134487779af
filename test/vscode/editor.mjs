/** What a person does with a keyboard in VS Code, and what they then see. Groups of editors are numbered from the left. */
const PATIENCE_MS = 60_000

export class Editor {
  constructor(page) {
    this.page = page
    page.setDefaultTimeout(PATIENCE_MS)
  }

  group(at) {
    return this.page.locator('.editor-group-container').nth(at)
  }

  /** By the file's name, as with the keyboard. */
  async open(name) {
    await this.page.keyboard.press('Control+p')
    const input = this.page.locator('.quick-input-widget input').first()
    await input.waitFor()
    await input.fill(name)
    const label = this.page.locator('.label-name').getByText(name, { exact: true })
    await this.page.locator('.quick-input-widget .monaco-list-row', { has: label }).first().click()
    await this.page.locator('.tab.active', { hasText: name }).first().waitFor()
    await this.group(0).locator('.view-line').first().waitFor()
  }

  /** A row of a list, once it is there. */
  async pick(text) {
    await this.page.locator('.quick-input-widget .monaco-list-row', { hasText: text }).first().click()
  }

  async command(title) {
    await this.page.keyboard.press('F1')
    const input = this.page.locator('.quick-input-widget input').first()
    await input.waitFor()
    await input.fill(`>${title}`)
    await this.pick(title)
  }

  async focus(at) {
    await this.page.keyboard.press(`Control+${at + 1}`)
  }

  /** Line and column count from 1. */
  async goto(line, column) {
    await this.page.keyboard.press('Control+g')
    await this.page.locator('.quick-input-widget input').first().waitFor()
    await this.page.keyboard.type(`${line}:${column}`)
    await this.page.keyboard.press('Enter')
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' })
  }

  /** The lines in view, hints included, with plain spaces. */
  async text(at = 0) {
    const lines = await this.group(at)
      .locator('.view-line')
      .evaluateAll((all) =>
        all.sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top)).map((line) => line.textContent ?? ''),
      )
    return lines.join('\n').replaceAll('\u00a0', ' ')
  }

  /** The class of colour of each word in view; of the first, where there are several. */
  async words() {
    const pairs = await this.group(0)
      .locator('.view-line span[class*=mtk]')
      .evaluateAll((spans) =>
        spans.flatMap((span) => {
          const colour = /mtk\d+/.exec(span.className)?.[0] ?? ''
          return (span.textContent ?? '').split(/[^A-Za-z_0-9]+/).map((word) => [word, colour])
        }),
      )
    return new Map(pairs.filter(([word]) => word !== '').reverse())
  }

  /** Takes back what was typed, until `text` is gone. */
  async undo(text) {
    for (let tries = 0; tries < 20; tries++) {
      if (!(await this.text()).includes(text)) return
      await this.page.keyboard.press('Control+z')
      await this.page.waitForTimeout(200)
    }
    throw new Error(`undoing leaves ${text}`)
  }

  async until(what, holds) {
    const end = Date.now() + PATIENCE_MS
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`${what}: not seen within ${PATIENCE_MS / 1000} s`)
      await this.page.waitForTimeout(150)
    }
  }
}
