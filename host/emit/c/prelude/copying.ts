/** Copies and fills on a stream, in C. */
export const copying = /* c */ `
static int es_copy(void *to, const void *from, size_t bytes, void *stream) {
  if (bytes == 0 || to == from) return ESPALIER_OK;
  return es_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, (cudaStream_t)stream), "cudaMemcpyAsync");
}

// Every element gets the same bits: byte by byte, in as many strided runs as an element has different bytes.
static int es_fill(void *to, int64_t length, int bytes, uint32_t bits, void *stream) {
  const cudaStream_t on = (cudaStream_t)stream;
  if (length == 0) return ESPALIER_OK;
  bool even = true;
  for (int i = 1; i < bytes; i++) even = even && ((bits >> (8 * i)) & 255) == (bits & 255);
  if (even) return es_cuda(cudaMemsetAsync(to, (int)(bits & 255), (size_t)length * (size_t)bytes, on), "cudaMemsetAsync");
  for (int i = 0; i < bytes; i++)
    ES_TRY(es_cuda(cudaMemset2DAsync((char *)to + i, (size_t)bytes, (int)((bits >> (8 * i)) & 255), 1, (size_t)length, on), "cudaMemset2DAsync"));
  return ESPALIER_OK;
}

// An axis of a state of which a slice is written: its extent, and the position that is; below -1: all of them.
typedef struct es_place {
  int64_t extent, position;
} es_place;

#define ES_ALL INT64_MIN

// Writes a dense slice to its places in a row-major tensor; nowhere when a position is outside.
static int es_write_slice(void *to, const void *from, int bytes, const es_place *axes, int count, void *stream) {
  size_t run = (size_t)bytes, runs = 1, stride[ES_RANK + 1];
  stride[count] = (size_t)bytes;
  for (int i = count - 1; i >= 0; i--) stride[i] = stride[i + 1] * (size_t)axes[i].extent;
  int whole = count;
  while (whole > 0 && axes[whole - 1].position == ES_ALL) run *= (size_t)axes[--whole].extent;
  size_t first = 0;
  for (int i = 0; i < whole; i++) {
    if (axes[i].position == ES_ALL) runs *= (size_t)axes[i].extent;
    else if (axes[i].position < 0 || axes[i].position >= axes[i].extent) return ESPALIER_OK;
    else first += (size_t)axes[i].position * stride[i + 1];
  }
  for (size_t at = 0; at < runs; at++) {
    size_t offset = first, rest = at;
    for (int i = whole - 1; i >= 0; i--) {
      if (axes[i].position != ES_ALL) continue;
      offset += rest % (size_t)axes[i].extent * stride[i + 1];
      rest /= (size_t)axes[i].extent;
    }
    ES_TRY(es_copy((char *)to + offset, (const char *)from + at * run, run, stream));
  }
  return ESPALIER_OK;
}
`
