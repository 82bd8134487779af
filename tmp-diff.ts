import { differences } from './test/support/differential.ts'
import { policyCases, policySettings } from './test/support/policy-settings.ts'
import { wgslMachine } from './test/support/wgsl-machine.ts'
export async function main(names: string[]): Promise<void> {
  const { create } = await import('webgpu')
  const gpu = create([])
  ;(globalThis as never as { keep: unknown }).keep = gpu
  let ok = 0, bad = 0
  for (const name of names.length > 0 ? names : Object.keys(policySettings)) {
    const adapter = await gpu.requestAdapter()
    const device = await adapter!.requestDevice()
    const t = performance.now()
    for (const { size, values, options } of policyCases(name)) {
      let found: readonly string[]
      try { found = await Promise.race([differences(options, wgslMachine(() => device)), new Promise<never>((_, no) => setTimeout(() => no(new Error('timeout')), 120000))]) }
      catch (e) { found = [`threw ${String((e as Error).message).slice(0, 400)}`] }
      if (found.length === 0) ok++
      else { bad++; console.log(`${name} [${size}, ${values}]: ${found.length} ${found[0]}`) }
    }
    console.log(`-- ${name} ${(performance.now() - t).toFixed(0)} ms`)
    await device.queue.onSubmittedWorkDone(); device.destroy()
  }
  console.log({ ok, bad })
}
