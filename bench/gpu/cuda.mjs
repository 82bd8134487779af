/**
 * The part of CUDA's driver interface and of NVRTC that the benchmarks use, through koffi. Every call checks its status;
 * device pointers are bigints. `ESPALIER_LIBCUDA` and `ESPALIER_LIBNVRTC` name other libraries.
 */
const DRIVER = {
  cuInit: ['uint'],
  cuDriverGetVersion: ['out'],
  cuDeviceGet: ['out', 'int'],
  cuDeviceGetName: ['out', 'int', 'int'],
  cuDeviceGetAttribute: ['out', 'int', 'int'],
  cuDeviceTotalMem_v2: ['out', 'int'],
  cuDevicePrimaryCtxRetain: ['out', 'int'],
  cuCtxSetCurrent: ['handle'],
  cuMemAlloc_v2: ['out', 'size_t'],
  cuMemFree_v2: ['handle'],
  cuMemcpyDtoDAsync_v2: ['handle', 'handle', 'size_t', 'handle'],
  cuMemcpyHtoD_v2: ['handle', 'out', 'size_t'],
  cuMemcpyDtoH_v2: ['out', 'handle', 'size_t'],
  cuModuleLoadData: ['out', 'out'],
  cuModuleGetFunction: ['out', 'handle', 'str'],
  cuLaunchKernel: ['handle', 'uint', 'uint', 'uint', 'uint', 'uint', 'uint', 'uint', 'handle', 'out', 'handle'],
  cuStreamCreate: ['out', 'uint'],
  cuStreamSynchronize: ['handle'],
  cuStreamBeginCapture_v2: ['handle', 'int'],
  cuStreamEndCapture: ['handle', 'out'],
  cuGraphInstantiateWithFlags: ['out', 'handle', 'uint64_t'],
  cuGraphLaunch: ['handle', 'handle'],
  cuEventCreate: ['out', 'uint'],
  cuEventRecord: ['handle', 'handle'],
  cuEventSynchronize: ['handle'],
  cuEventElapsedTime: ['out', 'handle', 'handle'],
}

const COMPILER = {
  nvrtcCreateProgram: ['out', 'str', 'str', 'int', 'handle', 'handle'],
  nvrtcCompileProgram: ['handle', 'int', 'strings'],
  nvrtcGetCUBINSize: ['handle', 'out'],
  nvrtcGetCUBIN: ['handle', 'out'],
  nvrtcGetProgramLogSize: ['handle', 'out'],
  nvrtcGetProgramLog: ['handle', 'out'],
}

const C_TYPES = { handle: 'uint64_t', out: 'void *', str: 'const char *', strings: 'const char **' }

const FOLDERS = ['', '/usr/local/cuda/lib64/']

function open(koffi, names, table, other) {
  const tried = []
  for (const name of other === undefined ? FOLDERS.flatMap((folder) => names.map((each) => folder + each)) : [other]) {
    try {
      const library = koffi.load(name)
      const parameters = (types) => types.map((type) => C_TYPES[type] ?? type)
      return Object.fromEntries(
        Object.entries(table).map(([call, types]) => {
          const native = library.func(call, 'int', parameters(types))
          return [
            call,
            (...args) => {
              const status = native(...args)
              if (status !== 0) throw new Error(`${call} ended with status ${status}`)
            },
          ]
        }),
      )
    } catch (error) {
      tried.push(`${name}: ${error.message}`)
    }
  }
  throw new Error(tried.join('; '))
}

/** Memory that C writes to: buffers of their own, which the garbage collector does not move. */
const cell = (bytes = 8) => Buffer.from(new ArrayBuffer(bytes))

const handle = (call, ...rest) => {
  const out = cell()
  call(out, ...rest)
  return out.readBigUInt64LE()
}
const int = (call, ...rest) => {
  const out = cell()
  call(out, ...rest)
  return out.readInt32LE()
}

/** Compiles CUDA C for one architecture to a cubin. */
function compile(compiler, architecture, source) {
  const program = handle(compiler.nvrtcCreateProgram, source, 'bench.cu', 0, 0n, 0n)
  const options = [`--gpu-architecture=${architecture}`, '--std=c++17']
  try {
    compiler.nvrtcCompileProgram(program, options.length, options)
  } catch (error) {
    const size = cell()
    compiler.nvrtcGetProgramLogSize(program, size)
    const log = cell(Number(size.readBigUInt64LE()))
    compiler.nvrtcGetProgramLog(program, log)
    throw new Error(`${error.message}\n${log.toString('latin1')}`)
  }
  const size = cell()
  compiler.nvrtcGetCUBINSize(program, size)
  const cubin = cell(Number(size.readBigUInt64LE()))
  compiler.nvrtcGetCUBIN(program, cubin)
  return cubin
}

function infoOf(driver, device) {
  const attribute = (which) => int(driver.cuDeviceGetAttribute, which, device)
  const name = cell(256)
  driver.cuDeviceGetName(name, 256, device)
  const version = int(driver.cuDriverGetVersion)
  return {
    name: name.toString('latin1').split('\0')[0],
    cudaOfDriver: `${Math.floor(version / 1000)}.${(version % 1000) / 10}`,
    computeCapability: [attribute(75), attribute(76)].join('.'),
    memoryBytes: Number(handle(driver.cuDeviceTotalMem_v2, device)),
    multiprocessors: attribute(16),
    l2Bytes: attribute(38),
    sharedBytesPerBlock: attribute(97),
  }
}

export async function openCuda() {
  const { default: koffi } = await import('koffi')
  // Before a library is loaded: NVRTC needs more than calls beside the program have otherwise.
  koffi.config({ ...koffi.config(), sync_stack_size: 2 ** 23, async_stack_size: 2 ** 23 })
  const driver = open(koffi, ['libcuda.so.1'], DRIVER, process.env.ESPALIER_LIBCUDA)
  const compiler = open(koffi, ['libnvrtc.so.13', 'libnvrtc.so.12', 'libnvrtc.so'], COMPILER, process.env.ESPALIER_LIBNVRTC)
  driver.cuInit(0)
  const device = int(driver.cuDeviceGet, 0)
  driver.cuCtxSetCurrent(handle(driver.cuDevicePrimaryCtxRetain, device))
  const stream = handle(driver.cuStreamCreate, 1)
  const info = infoOf(driver, device)

  /** Arguments are bigints, each a pointer or a 64-bit number. */
  function launch(kernel, grid, block, args) {
    const values = cell(8 * Math.max(args.length, 1))
    const pointers = cell(8 * Math.max(args.length, 1))
    args.forEach((value, index) => {
      values.writeBigUInt64LE(value, 8 * index)
      pointers.writeBigUInt64LE(koffi.address(values) + BigInt(8 * index), 8 * index)
    })
    driver.cuLaunchKernel(kernel, ...grid, ...block, 0, stream, pointers, 0n)
  }

  /** Milliseconds of the device between the start and the end of `action`. */
  function timed(action) {
    const [start, end] = [handle(driver.cuEventCreate, 0), handle(driver.cuEventCreate, 0)]
    driver.cuEventRecord(start, stream)
    action()
    driver.cuEventRecord(end, stream)
    driver.cuEventSynchronize(end)
    const out = cell()
    driver.cuEventElapsedTime(out, start, end)
    return out.readFloatLE()
  }

  /** What `action` launches, as one graph: a function that launches it. */
  function graph(action) {
    driver.cuStreamBeginCapture_v2(stream, 0)
    action()
    const out = cell()
    driver.cuStreamEndCapture(stream, out)
    const executable = handle(driver.cuGraphInstantiateWithFlags, out.readBigUInt64LE(), 0n)
    return () => driver.cuGraphLaunch(executable, stream)
  }

  /** A function that finds the kernels of a source in CUDA C. */
  function load(source) {
    const module = handle(driver.cuModuleLoadData, compile(compiler, `sm_${info.computeCapability.replace('.', '')}`, source))
    return (name) => handle(driver.cuModuleGetFunction, module, name)
  }

  return {
    info: () => info,
    compile: load,
    launch,
    timed,
    graph,
    stream,
    allocate: (bytes) => handle(driver.cuMemAlloc_v2, bytes),
    free: (pointer) => driver.cuMemFree_v2(pointer),
    copy: (to, from, bytes) => driver.cuMemcpyDtoDAsync_v2(to, from, bytes, stream),
    download: (pointer, bytes) => {
      const out = cell(bytes)
      driver.cuMemcpyDtoH_v2(out, pointer, bytes)
      return out
    },
    wait: () => driver.cuStreamSynchronize(stream),
  }
}
