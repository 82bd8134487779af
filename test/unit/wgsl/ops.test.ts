/** Every op of the core on special values, as kernels on a device. */
import { emitWgsl } from '../../../backends/wgsl/emit.ts'
import { testCoreOps } from '../../support/core-ops.ts'
import { describeGpu, useDevice } from '../../support/gpu.ts'
import { runGrid } from '../../support/run-grid.ts'

/** Operations that need not be rounded correctly: what WGSL leaves to devices, and functions that are approximations. */
const tolerance = { div: 3, floordiv: 3, sqrt: 3, exp: 3, log: 3, sin: 3, cos: 3, tanh: 3, pow: 1 }

describeGpu('ops of the core', () => {
  const device = useDevice('default limits')
  testCoreOps({ run: (kernel, args, points) => runGrid(device(), emitWgsl([kernel]), kernel, args, { points }), tolerance })
})
