// A CUDA runtime that prints what it is asked for, one call a line, and does nothing.
#pragma once
#include "cuda_runtime_api.h"

// A function that can be launched: what it is called, and what its parameters are (p: a pointer; i, u, f, d: numbers).
struct fake_kernel {
  const void *entry;
  const char *name, *parameters;
};
static const fake_kernel *fake_kernels;
static int fake_multiprocessors, fake_shared_bytes;
static cudaError_t fake_error = cudaSuccess;

cudaError_t cudaGetDevice(int *device) {
  *device = 0;
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int) {
  *value = attribute == cudaDevAttrMultiProcessorCount ? fake_multiprocessors : fake_shared_bytes;
  return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void *, cudaFuncAttribute, int) { return fake_error; }

cudaError_t cudaLaunchKernel(const void *entry, dim3 blocks, dim3 threads, void **arguments, size_t shared, cudaStream_t) {
  const fake_kernel *kernel = fake_kernels;
  while (kernel->entry != nullptr && kernel->entry != entry) kernel++;
  if (kernel->entry == nullptr || blocks.x == 0 || blocks.x > 2147483647u) return cudaErrorInvalidValue;
  printf("launch %s %u %u %zu", kernel->name, blocks.x, threads.x, shared);
  for (int i = 0; kernel->parameters[i] != 0; i++) {
    const void *argument = arguments[i];
    switch (kernel->parameters[i]) {
      case 'p': printf(" %llu", (unsigned long long)(uintptr_t)*(void *const *)argument); break;
      case 'i': printf(" %d", *(const int32_t *)argument); break;
      case 'u': printf(" %u", *(const uint32_t *)argument); break;
      case 'f': printf(" %.9g", (double)*(const float *)argument); break;
      case 'd': printf(" %.17g", *(const double *)argument); break;
    }
  }
  printf("\n");
  return fake_error;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind, cudaStream_t) {
  printf("copy %llu %llu %zu\n", (unsigned long long)(uintptr_t)to, (unsigned long long)(uintptr_t)from, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t) {
  printf("set %llu %d %zu\n", (unsigned long long)(uintptr_t)to, value, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemset2DAsync(void *to, size_t pitch, int value, size_t width, size_t height, cudaStream_t) {
  printf("set2d %llu %zu %d %zu %zu\n", (unsigned long long)(uintptr_t)to, pitch, value, width, height);
  return cudaSuccess;
}
