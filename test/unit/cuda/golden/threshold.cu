typedef unsigned char u8;
typedef signed char i8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;

#ifndef ESPALIER_KERNEL
#define ESPALIER_KERNEL extern "C" __global__
#endif

__device__ __forceinline__ float decode_f16(u16 bits) {
  float x;
  asm("cvt.f32.f16 %0, %1;" : "=f"(x) : "h"(bits));
  return x;
}

#if !defined(ESPALIER_ONLY) || defined(ESPALIER_threshold_0)
ESPALIER_KERNEL void __launch_bounds__(256)
threshold_0(const u16 *__restrict__ scores, u8 *keep, int rows_2, int columns, float limit, int points) {
  const u32 worker = blockIdx.x * 256 + threadIdx.x;
  const u32 workers = gridDim.x * 256;
  u32 extent = u32(columns);
  for (u32 point = worker; point < u32(points); point += workers) {
    int row = int(point / extent);
    int column = int(point % extent);
    int v8 = (row * columns) + column;
    float value = decode_f16(scores[v8]);
    keep[v8] = u8(fabsf(value) > limit);
  }
}
#endif

// -DESPALIER_ONLY=… leaves only these variants of kernels.
#ifdef ESPALIER_ONLY
ESPALIER_ONLY
#endif
