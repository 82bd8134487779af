/** Launches in C: the variant of a kernel, blocks and scratch, as `abi/cuda-teams.ts` and `abi/cuda-launch.ts` have them. */
import { EXCHANGE_BYTES, MAX_BLOCKS, RESIDENT_THREADS, SCRATCH_BYTES } from '../../../../abi/cuda-launch.ts'

export const launching = /* c */ `
// A form of a kernel: threads of a team and the chunks of rows that each holds, threads and workers of a block.
typedef struct es_variant {
  int threads, chunks, block, workers;
  const void *entry;
} es_variant;

// Up to this width, that variant.
typedef struct es_choice {
  int64_t most;
  int variant;
} es_choice;

// A kernel. few: its choices for launches with fewer points than multiprocessors.
typedef struct es_kernel {
  const char *name;
  bool team;
  int count;
  const es_variant *variants;
  const es_choice *many, *few;
} es_kernel;

typedef struct es_device {
  int multiprocessors;
  int64_t shared_bytes;
} es_device;

// The rows of one scratch parameter: elements for each worker, and whether registers can hold them.
typedef struct es_row {
  int64_t length;
  bool lane;
} es_row;

// A number that a kernel is given.
typedef union es_argument {
  int32_t i;
  uint32_t u;
  float f;
  double d;
} es_argument;

// A launch. points below 0: not known yet; width below 0: no hint.
typedef struct es_launch {
  const es_kernel *kernel;
  const void *entry;
  int32_t points, shared_words;
  int64_t width, blocks;
  int threads;
  size_t shared_bytes, scratch_bytes;
  size_t scratch[ES_ROWS];
} es_launch;

static int es_cuda(cudaError_t error, const char *what) {
  if (error == cudaSuccess) return ESPALIER_OK;
  return es_fail(ESPALIER_CUDA, "%s: %s (%s)", what, cudaGetErrorString(error), cudaGetErrorName(error));
}

static int es_open(es_device *device) {
  int id = 0, shared = 0;
  ES_TRY(es_cuda(cudaGetDevice(&id), "cudaGetDevice"));
  const char *what = "cudaDeviceGetAttribute";
  ES_TRY(es_cuda(cudaDeviceGetAttribute(&device->multiprocessors, cudaDevAttrMultiProcessorCount, id), what));
  ES_TRY(es_cuda(cudaDeviceGetAttribute(&shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, id), what));
  device->shared_bytes = shared;
  return ESPALIER_OK;
}

static const es_variant *es_choose(const es_kernel *kernel, int64_t width, int64_t points, const es_device *device) {
  const es_choice *choice = points < device->multiprocessors ? kernel->few : kernel->many;
  while (choice->most < (width < 0 ? INT64_MAX : width)) choice++;
  return &kernel->variants[choice->variant];
}

static void es_shape_as(es_launch *launch, const es_variant *variant, int64_t points, const es_device *device, const es_row *rows, int count) {
  const bool team = launch->kernel->team;
  const int64_t workers = variant->workers;
  int64_t words = 0;
  for (int i = 0; i < count; i++)
    if (!(team && rows[i].lane && variant->chunks > 0)) words += (rows[i].length + 3) / 4 * 4;
  launch->entry = variant->entry;
  launch->threads = variant->block;
  launch->blocks = (points + workers - 1) / workers;
  const bool shared = team && words > 0 && 4 * words * workers <= device->shared_bytes - ${EXCHANGE_BYTES};
  launch->shared_words = shared ? (int32_t)words : 0;
  launch->shared_bytes = shared ? (size_t)(4 * words * workers) : 0;
  int64_t allowed = ${MAX_BLOCKS};
  if (words > 0 && !shared) {
    const int resident = ${RESIDENT_THREADS} / launch->threads;
    const int64_t running = (int64_t)device->multiprocessors * (resident < 1 ? 1 : resident);
    const int64_t held = ${SCRATCH_BYTES} / (4 * words * workers);
    allowed = running < held ? running : held;
    if (allowed < 1) allowed = 1;
  }
  if (launch->blocks > allowed) launch->blocks = allowed;
  size_t bytes = 0;
  for (int i = 0; i < count; i++) {
    launch->scratch[i] = bytes;
    if (shared || (team && rows[i].lane && variant->chunks > 0)) continue;
    bytes += es_aligned((size_t)(4 * rows[i].length) * (size_t)(launch->blocks * workers));
  }
  launch->scratch_bytes = bytes;
}

// How a kernel is launched. While its points are not known, only what its scratch takes at most is of use.
static void es_shape(es_launch *launch, const es_device *device, const es_row *rows, int count) {
  const es_kernel *kernel = launch->kernel;
  if (launch->points >= 0) {
    es_shape_as(launch, es_choose(kernel, launch->width, launch->points, device), launch->points, device, rows, count);
    return;
  }
  size_t most = 0;
  for (int i = 0; i < kernel->count; i++) {
    es_shape_as(launch, &kernel->variants[i], ES_LARGEST, device, rows, count);
    most = launch->scratch_bytes > most ? launch->scratch_bytes : most;
  }
  launch->scratch_bytes = most;
}

static int es_start(const es_launch *launch, void **arguments, void *stream) {
  if (launch->points == 0) return ESPALIER_OK;
  if (launch->shared_bytes > 0) {
    const cudaError_t error = cudaFuncSetAttribute(launch->entry, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)launch->shared_bytes);
    ES_TRY(es_cuda(error, launch->kernel->name));
  }
  const dim3 blocks((unsigned)launch->blocks, 1, 1), threads((unsigned)launch->threads, 1, 1);
  const cudaStream_t on = (cudaStream_t)stream;
  return es_cuda(cudaLaunchKernel(launch->entry, blocks, threads, arguments, launch->shared_bytes, on), launch->kernel->name);
}
`
