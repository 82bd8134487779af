/** Every op of the core on special values, on a processor; its mathematical functions are not those of a GPU. */
import { testCoreOps } from '../../support/core-ops.ts'
import { describeOnCpu, runOnCpu } from '../../support/cuda-on-cpu/cuda-on-cpu.ts'

const tolerance = { exp: 1, log: 1, sin: 1, cos: 1, tanh: 1, pow: 1 }

describeOnCpu('ops of the core', () => {
  testCoreOps({
    run: async (kernel, args, points) => {
      await runOnCpu(kernel, args, { entry: kernel.name, points, blocks: 1, threads: 256, team: false })
      return args.map((arg) => (typeof arg === 'number' ? null : (arg.buffer as ArrayBuffer)))
    },
    tolerance,
  })
})
