// A CUDA runtime on a processor: kernels run when they are launched. Comes after `cuda-on-cpu.h` and the kernels, before the table of
// entry points: `static const Runner runners[] = {CPU_ENTRY(kernel), …, {nullptr, nullptr}}`.
#include "cuda_runtime_api.h"

struct Runner {
  const void *entry;
  void (*run)(void **arguments);
};

template <class... X, size_t... I>
static void call_with(void (*kernel)(X...), void **arguments, std::index_sequence<I...>) {
  kernel(*static_cast<X *>(arguments[I])...);
}
template <class... X>
static void call_kernel(void (*kernel)(X...), void **arguments) {
  call_with(kernel, arguments, std::index_sequence_for<X...>{});
}
#define CPU_ENTRY(kernel) \
  { (const void *)kernel, [](void **arguments) { call_kernel(kernel, arguments); } }

static const Runner *all_runners, *running;
static void **running_arguments;

cudaError_t cudaGetDevice(int *device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int) {
  *value = attribute == cudaDevAttrMultiProcessorCount ? 2 : 232448;
  return cudaSuccess;
}
cudaError_t cudaFuncSetAttribute(const void *, cudaFuncAttribute, int) { return cudaSuccess; }

cudaError_t cudaLaunchKernel(const void *entry, dim3 blocks, dim3 threads, void **arguments, size_t, cudaStream_t) {
  running = all_runners;
  while (running->entry != nullptr && running->entry != entry) ++running;
  if (running->entry == nullptr) return cudaErrorInvalidValue;
  running_arguments = arguments;
  run_thread = [] { running->run(running_arguments); };
  gridDim.x = blocks.x;
  blockDim.x = threads.x;
  for (unsigned block = 0; block < blocks.x; ++block) {
    blockIdx.x = block;
    run_block(int(threads.x));
  }
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind, cudaStream_t) {
  memcpy(to, from, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t) {
  memset(to, value, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemset2DAsync(void *to, size_t pitch, int value, size_t width, size_t height, cudaStream_t) {
  for (size_t row = 0; row < height; ++row) memset(static_cast<char *>(to) + row * pitch, value, width);
  return cudaSuccess;
}
