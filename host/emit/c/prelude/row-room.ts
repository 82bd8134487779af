/** For how many kept entries of a packed row kernels should have room, in C, as `host/runtime/row-room.ts` has it. */
export const rowRoom = /* c */ `
// kept: entries of every row, stored: elements of all of them, -1 where the caller does not say; capacity: elements that there would be
// if all were kept; half: of a row.
static es_number es_row_room(int64_t kept, int64_t stored, es_number capacity, es_number length, es_number half) {
  if (kept >= 0) return es_min(length, es_whole(kept));
  if (stored < 0) return half;
  const es_number step = es_ceil(es_div(length, es_whole(8)));
  const es_number quarter_more = es_mul(es_mul(es_whole(stored), es_ratio(5, 4)), length);
  const es_number room = es_mul(step, es_ceil(es_div(quarter_more, es_mul(capacity, step))));
  const es_number most = es_min(length, es_max(half, room));
  return most.reason == nullptr ? most : half;
}

// A number that need not be said: -1 stands for that.
static int es_hinted(int64_t hint, const char *name) {
  return hint == -1 ? ESPALIER_OK : es_counted_thing(hint, name);
}

static int es_stored(int64_t stored, int64_t capacity, const char *name) {
  ES_TRY(es_hinted(stored, name));
  if (stored <= capacity) return ESPALIER_OK;
  return es_fail(ESPALIER_EXTENT, "%s is %lld: the whole tensor has %lld elements", name, (long long)stored, (long long)capacity);
}
`
