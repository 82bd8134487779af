/** Makes an instance from a manifest and its shader module. Throws EspalierError. */
import { problem } from '../../../abi/espalier-error.ts'
import { ABI_VERSION, type Manifest } from '../../../abi/manifest.ts'
import { readFile } from '../read-file.ts'
import { DeviceContext } from './device-context.ts'
import { WebgpuMemory } from './webgpu-memory.ts'
import { GridLauncher } from './grid-launcher.ts'
import { withExactUnpack } from './exact-unpack.ts'
import { openDevice } from './open-device.ts'
import { ShaderModules } from './shader-modules.ts'
import { PolicyInstance } from './policy-instance.ts'
import type { ArtifactSource } from '../device/types.ts'
import type { InstanceOptions, Policy } from './types.ts'
import { verifierOf } from '../device/verify-call.ts'

export async function instantiate(manifest: Manifest, source: ArtifactSource, options: InstanceOptions = {}): Promise<Policy> {
  if (manifest.abi !== ABI_VERSION) throw problem('ESP4002', { expected: ABI_VERSION, got: String(manifest.abi) })
  const verifier = options.verify === undefined ? null : verifierOf(manifest, options.verify, options.sizes ?? {})
  const { bytes } = await readFile(source)
  const { device, isOwn, features } = await openDevice(manifest.policy, options)
  const context = DeviceContext.of(device)
  const text = new TextDecoder().decode(bytes)
  context.requireDevice(manifest.policy)
  const memory = new WebgpuMemory(manifest.policy, context, options.maxBytes)
  const launcher = new GridLauncher(memory, new ShaderModules(text, await withExactUnpack(device, features, text), device))
  return new PolicyInstance(manifest, memory, launcher, { sizes: options.sizes ?? {}, ownsDevice: isOwn, verifier })
}
