/** WebGPU for the command line: the backend, and one device that all policies of a process share, opened when one is run. */
import { wgslBackend } from '../backends/wgsl/index.ts'
import { openDevice } from '../host/runtime/webgpu/open-device.ts'
import { webgpuInstance } from './compiled-instance.ts'
import type { CompiledTarget } from './compiled-runner.ts'

export class WebgpuTarget implements CompiledTarget {
  readonly name = wgslBackend.name
  readonly instantiate = webgpuInstance(() => this.device())
  private opened: Promise<GPUDevice> | null = null

  target(): typeof wgslBackend {
    return wgslBackend
  }

  close(): void {
    void this.opened?.then(
      (device) => device.destroy(),
      () => undefined,
    )
  }

  /** With everything that the adapter offers. Rejects with ESP4801 where there is none. */
  private device(): Promise<GPUDevice> {
    this.opened ??= openDevice('the command line', { limits: 'adapter', powerPreference: 'high-performance' }).then(
      ({ device }) => device,
    )
    return this.opened
  }
}
