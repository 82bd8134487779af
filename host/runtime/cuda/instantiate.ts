/** Makes an instance from a manifest and its CUDA C. Throws EspalierError. */
import { describe, problem } from '../../../abi/espalier-error.ts'
import { ABI_VERSION, type Manifest } from '../../../abi/manifest.ts'
import type { ArtifactSource } from '../device/types.ts'
import { verifierOf } from '../device/verify-call.ts'
import { readFile } from '../read-file.ts'
import { bytesOf, readCubin } from './cubin-file.ts'
import { CudaContext, type CudaLibraries } from './cuda-context.ts'
import { CudaMemory } from './cuda-memory.ts'
import { KernelLauncher } from './kernel-launcher.ts'
import { openCompiler, openDriver } from './open-library.ts'
import { PolicyInstance } from './policy-instance.ts'
import type { InstanceOptions, Policy } from './types.ts'

export async function instantiate(manifest: Manifest, source: ArtifactSource, options: InstanceOptions = {}): Promise<Policy> {
  requireAbi(manifest)
  return instantiateWith(await cudaLibraries(manifest.policy), manifest, source, options)
}

/** With a driver and a compiler that are open already. */
export async function instantiateWith(
  { driver, compiler }: CudaLibraries,
  manifest: Manifest,
  source: ArtifactSource,
  options: InstanceOptions = {},
): Promise<Policy> {
  requireAbi(manifest)
  const { sizes = {}, verify, device = 0, maxBytes } = options
  const verifier = verify === undefined ? null : verifierOf(manifest, verify, sizes)
  const text = bytesOf((await readFile(source)).bytes)
  const context = CudaContext.open({ driver, compiler }, manifest.policy, device)
  context.requireDevice()
  const cubin = await readCubin(options.cubin, source, text, context.architecture)
  const stream = streamOf(options.stream) ?? context.stream
  const memory = new CudaMemory(manifest.policy, context, stream, maxBytes)
  const module = { policy: manifest.policy, source: new TextDecoder().decode(text), cubin }
  return new PolicyInstance(manifest, memory, new KernelLauncher(memory, module), { sizes, verifier })
}

function requireAbi({ abi }: Manifest): void {
  if (abi !== ABI_VERSION) throw problem('ESP4002', { expected: ABI_VERSION, got: String(abi) })
}

function streamOf(given: unknown): bigint | null {
  if (given === undefined) return null
  if (typeof given === 'bigint') return given
  throw problem('ESP4203', { tensor: 'stream', expected: 'a bigint, the handle of a stream', got: describe(given) })
}

/** Those of the process: opened when they are first needed, and tried again as long as there is none. */
let opened: CudaLibraries | null = null

export async function cudaLibraries(policy: string): Promise<CudaLibraries> {
  if (opened !== null) return opened
  const driver = await openDriver()
  if ('missing' in driver) throw problem('ESP4901', { policy, reason: driver.missing })
  opened = { driver, compiler: await openCompiler() }
  return opened
}
