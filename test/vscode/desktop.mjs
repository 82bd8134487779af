/** A person at a policy, in VS Code on a machine. One step goes on where the one before it ended. */
import assert from 'node:assert/strict'

export const desktopSteps = ({ page, editor, picture, onDisk, url }) => ({
  async 'a policy opens in colours'() {
    await page.goto(url)
    await page.locator('.monaco-workbench').waitFor()
    await editor.open('trellis.prune')
    await editor.until('colours', async () => new Set((await editor.words()).values()).size >= 6)
    const colours = await editor.words()
    assert.equal(colours.get('policy'), colours.get('entry'), 'words of one kind have one colour')
    assert.notEqual(colours.get('policy'), colours.get('trellis'))
    assert.notEqual(colours.get('keep'), colours.get('score'))
  },
  async 'the server says what it knows'() {
    await page.getByText('run test', { exact: true }).first().waitFor()
    await editor.until('a hint with the axes', async () => (await editor.text()).includes('f32[out, in]'))
    await picture('policy')
  },
  async 'a mistake is underlined, and its quick fix mends it'() {
    await editor.goto(17, 17)
    await page.keyboard.press('Delete')
    await page.locator('.squiggly-error').first().waitFor()
    await page.keyboard.press('Control+.')
    const fix = page.locator('.action-widget .monaco-list-row', { hasText: 'keep' }).first()
    await fix.waitFor()
    await picture('quick-fix')
    await fix.click()
    await editor.until('the mended line', async () => (await editor.text()).includes('chosen = keep kept'))
    await editor.until('no underline', async () => (await page.locator('.squiggly-error').count()) === 0)
  },
  async 'hovering shows the type with its axes'() {
    await editor.goto(17, 5)
    await page.keyboard.press('Control+k')
    await page.keyboard.press('Control+i')
    const hover = page.locator('.monaco-hover:not(.hidden)', { hasText: 'chosen' }).first()
    await hover.waitFor()
    assert.match(await hover.innerText(), /\[out, in\]/)
    await picture('hover')
    await page.keyboard.press('Escape')
  },
  async 'completion offers the axes in scope'() {
    await editor.goto(16, 33)
    await page.keyboard.type(' + mean[o')
    const list = page.locator('.suggest-widget.visible')
    if (!(await list.isVisible())) await page.keyboard.press('Control+Space')
    await list.locator('.monaco-list-row', { hasText: 'out' }).first().waitFor()
    await picture('completion')
    await page.keyboard.press('Escape')
    await editor.undo('(power) +')
  },
  async 'an axis is renamed everywhere'() {
    await editor.goto(15, 29)
    await page.keyboard.press('F2')
    const box = page.locator('.rename-box input')
    await box.waitFor()
    await box.fill('channel')
    await picture('rename')
    await page.keyboard.press('Enter')
    await editor.until('new names', async () => /keep kept of channel by/.test(await editor.text()))
    assert.match(await editor.text(), /power: f32\[channel\]/)
  },
  async 'saving formats'() {
    await editor.goto(16, 12)
    await page.keyboard.type('   ')
    await page.keyboard.press('Control+s')
    await editor.until('the saved file', () =>
      Promise.resolve(onDisk('trellis.prune').includes('state power: f32[channel] = 1\n')),
    )
    assert.match(onDisk('trellis.prune'), /^    score = abs\(W\) \* sqrt\(power\)$/m)
  },
  async 'tests run from their lens'() {
    await page.getByText('run test', { exact: true }).first().click()
    await page.getByText('2 of 2 passed on reference and wasm').first().waitFor()
    await editor.command('Notifications: Clear All Notifications')
  },
  async 'kernels are shown beside the policy, for both targets'() {
    await editor.command('View: Toggle Primary Side Bar Visibility')
    await editor.command('Espalier: Show Kernels')
    await editor.until('WebAssembly', async () => /\(module|\(func/.test(await editor.text(1)))
    await picture('kernel')
    await page.getByText('kernels: wgsl', { exact: true }).nth(2).click()
    await editor.until('WGSL', async () => /@compute|var<storage/.test(await editor.text(1)))
    await picture('wgsl')
  },
  async 'the view follows what is typed'() {
    await editor.focus(0)
    await editor.goto(16, 33)
    await page.keyboard.type(' + missing')
    await editor.until('why there is no kernel', async () => /^error\[ESP\d+\]/.test(await editor.text(1)))
    await editor.undo('(power) +')
    await editor.until('the kernel again', async () => /@compute|var<storage/.test(await editor.text(1)))
  },
  async 'IR after a pass is shown'() {
    await editor.focus(0)
    await editor.goto(15, 1)
    await editor.command('Espalier: Show IR After a Pass')
    await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'front end' }).first().waitFor()
    await picture('passes')
    await editor.pick('front end')
    await editor.until('IR', async () => /module|func/.test(await editor.text(1)))
    await picture('ir')
  },
  async 'the plan is explained'() {
    await editor.focus(0)
    await editor.command('Espalier: Explain Plan')
    await editor.until('a plan', async () => /reads|bytes|kernel/.test(await editor.text(1)))
    await picture('plan')
  },
  async 'fences in Markdown are coloured'() {
    await editor.command('View: Close All Editors')
    await editor.open('NOTES.md')
    await editor.until('colours', async () => {
      const colours = await editor.words()
      return colours.get('policy') !== undefined && colours.get('policy') !== colours.get('sign')
    })
    await picture('markdown')
  },
  async 'a task checks all policies, and its findings are problems'() {
    await editor.command('Tasks: Run Task')
    await editor.pick('espalier')
    await editor.pick('espalier: check')
    // The terminal takes the place of other panels when it starts.
    await editor.until('one error', async () => /1/.test(await page.locator('[id="status.problems"]').innerText()))
    await editor.command('Problems: Focus on Problems View')
    await page.locator('.markers-panel', { hasText: 'wrong.prune' }).waitFor()
    await picture('problems')
  },
  async 'an entry runs on tensors from a file'() {
    await editor.open('trellis.prune')
    await editor.command('Espalier: Run on Tensors from Files')
    await editor.pick('trellis.prune')
    await editor.pick('W.npy')
    const terminals = page.locator('.xterm-rows')
    await editor.until('what was kept', async () => /kept 4/.test((await terminals.allTextContents()).join('\n')))
    await picture('run')
  },
  async 'the server restarts'() {
    await editor.open('trellis.prune')
    await editor.command('Espalier: Restart Server')
    await editor.goto(17, 17)
    await page.keyboard.press('Delete')
    await page.locator('.squiggly-error').first().waitFor()
    await editor.undo('= kee kept')
    await editor.until('no underline', async () => (await page.locator('.squiggly-error').count()) === 0)
  },
})
