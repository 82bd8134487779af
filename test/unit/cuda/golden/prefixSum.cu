typedef unsigned char u8;
typedef signed char i8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;

#ifndef ESPALIER_KERNEL
#define ESPALIER_KERNEL extern "C" __global__
#endif

#if !defined(ESPALIER_ONLY) || defined(ESPALIER_prefix_0)
ESPALIER_KERNEL void __launch_bounds__(256)
prefix_0(const float *__restrict__ x, float *sums, int n, int m, double start, int points) {
  const u32 worker = blockIdx.x * 256 + threadIdx.x;
  const u32 workers = gridDim.x * 256;
  for (u32 point = worker; point < u32(points); point += workers) {
    int row = int(point);
    int v6 = row * m;
    int end = v6 + m;
    double sum = start;
    for (int i = v6; i < end; ++i) {
      float value = x[i];
      double v13 = sum + double(value);
      sums[i] = float(v13);
      sum = v13;
    }
  }
}
#endif

// -DESPALIER_ONLY=… leaves only these variants of kernels.
#ifdef ESPALIER_ONLY
ESPALIER_ONLY
#endif
