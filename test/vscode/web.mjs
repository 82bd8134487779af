/** The same package where no machine is behind the page: the server is a worker of the browser. */
import assert from 'node:assert/strict'

export const webSteps = ({ page, editor, onDisk, url }) => ({
  async 'in a browser, a policy opens and the worker says what it knows'() {
    await page.goto(url)
    await page.locator('.monaco-workbench').waitFor()
    await editor.open('trellis.prune')
    await editor.until('a hint with the axes', async () => (await editor.text()).includes('f32[out, in]'))
    assert.doesNotMatch(await editor.text(), /kernels: wasm/)
    assert.equal(await page.getByText('run test', { exact: true }).count(), 0)
  },
  async 'in a browser, a mistake is underlined, and its quick fix mends it'() {
    await editor.goto(17, 17)
    await page.keyboard.press('Delete')
    await page.locator('.squiggly-error').first().waitFor()
    await page.keyboard.press('Control+.')
    await page.locator('.action-widget .monaco-list-row', { hasText: 'keep' }).first().click()
    await editor.until('no underline', async () => (await page.locator('.squiggly-error').count()) === 0)
  },
  async 'in a browser, saving formats'() {
    await editor.goto(16, 12)
    await page.keyboard.type(' 1   -')
    await page.keyboard.press('Control+s')
    await editor.until('a formatted file', () => Promise.resolve(onDisk('trellis.prune').includes('score = 1 - abs(W)')))
  },
  async 'in a browser, IR after a pass is shown'() {
    await editor.command('Espalier: Show IR After a Pass')
    await editor.pick('front end')
    await editor.until('IR', async () => /module trellis/.test(await editor.text(1)))
  },
})
