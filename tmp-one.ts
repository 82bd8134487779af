import { differences } from './test/support/differential.ts'
import { policyCases } from './test/support/policy-settings.ts'
import { wgslMachine } from './test/support/wgsl-machine.ts'
export async function main([name, at]: string[]): Promise<void> {
  const { create } = await import('webgpu')
  const gpu = create([])
  const device = await (await gpu.requestAdapter())!.requestDevice()
  device.addEventListener('uncapturederror', (e) => console.log((e as never as { error: Error }).error.message))
  const { options } = policyCases(name!)[Number(at ?? 0)]!
  console.log(await differences(options, wgslMachine(() => device)))
  process.exit(0)
}
