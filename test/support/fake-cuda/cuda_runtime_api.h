// What C hosts of policies use of the CUDA runtime, without a device: calls are printed, one a line, and do nothing.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum cudaError { cudaSuccess = 0, cudaErrorInvalidValue = 1 } cudaError_t;
typedef struct CUstream_st *cudaStream_t;
enum cudaDeviceAttr { cudaDevAttrMultiProcessorCount = 16, cudaDevAttrMaxSharedMemoryPerBlockOptin = 97 };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
enum cudaMemcpyKind { cudaMemcpyDeviceToDevice = 3 };

struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x_, unsigned y_, unsigned z_) : x(x_), y(y_), z(z_) {}
};

// A function that can be launched: what it is called, and what its parameters are (p: a pointer; i, u, f, d: numbers).
struct fake_kernel {
  const void *entry;
  const char *name, *parameters;
};
extern const fake_kernel *fake_kernels;
extern int fake_multiprocessors, fake_shared_bytes;
extern cudaError_t fake_error;

inline const char *cudaGetErrorString(cudaError_t error) { return error == cudaSuccess ? "no error" : "invalid argument"; }
inline const char *cudaGetErrorName(cudaError_t error) { return error == cudaSuccess ? "cudaSuccess" : "cudaErrorInvalidValue"; }

inline cudaError_t cudaGetDevice(int *device) {
  *device = 0;
  return cudaSuccess;
}

inline cudaError_t cudaDeviceGetAttribute(int *value, cudaDeviceAttr attribute, int) {
  *value = attribute == cudaDevAttrMultiProcessorCount ? fake_multiprocessors : fake_shared_bytes;
  return cudaSuccess;
}

inline cudaError_t cudaFuncSetAttribute(const void *, cudaFuncAttribute, int) { return fake_error; }

inline cudaError_t cudaLaunchKernel(const void *entry, dim3 blocks, dim3 threads, void **arguments, size_t shared, cudaStream_t) {
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

inline cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind, cudaStream_t) {
  printf("copy %llu %llu %zu\n", (unsigned long long)(uintptr_t)to, (unsigned long long)(uintptr_t)from, bytes);
  return cudaSuccess;
}

inline cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t) {
  printf("set %llu %d %zu\n", (unsigned long long)(uintptr_t)to, value, bytes);
  return cudaSuccess;
}

inline cudaError_t cudaMemset2DAsync(void *to, size_t pitch, int value, size_t width, size_t height, cudaStream_t) {
  printf("set2d %llu %zu %d %zu %zu\n", (unsigned long long)(uintptr_t)to, pitch, value, width, height);
  return cudaSuccess;
}
