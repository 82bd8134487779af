#!/bin/sh
# Runs policies on CUDA under NVIDIA's compute-sanitizer, one tool after the other, and counts what it finds.
#
#   sh bench/gpu/sanitize.sh [-t "memcheck racecheck synccheck initcheck"] [-s SECONDS] [-o FOLDER] [NAME…]
#
# NAME: policies of test/policies; all of them without names, which takes long: a kernel is up to a hundred times slower under a
# tool. -s ends a tool after that many seconds (200 unless given); its log up to then counts, and is marked as cut short.
# -o keeps the logs. Ends with 1 when a tool found something or the program failed, with 3 when there is no compute-sanitizer.
# On a machine that machine.sh has set up it runs the program from there.

tools="memcheck racecheck synccheck initcheck"
seconds=200
logs=
while getopts t:s:o: option; do
  case $option in
    t) tools=$OPTARG ;;
    s) seconds=$OPTARG ;;
    o) logs=$OPTARG ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))

sanitizer=$(command -v compute-sanitizer || echo /usr/local/cuda/bin/compute-sanitizer)
if [ ! -x "$sanitizer" ]; then
  echo "there is no compute-sanitizer: it comes with the CUDA toolkit" >&2
  exit 3
fi
program=${ESPALIER_GPU:+$ESPALIER_GPU/cuda-differences.mjs}
program=${program:-$(dirname "$0")/../../test/gpu/cuda-differences.mjs}
logs=${logs:-$(mktemp -d)}
mkdir -p "$logs"

found=0
printf '%-10s %8s %8s  %s\n' tool reports seconds 'how the program ended'
for tool in $tools; do
  log=$logs/$tool.log
  output=$logs/$tool.out
  started=$(date +%s)
  timeout "$seconds" "$sanitizer" --tool "$tool" --target-processes all --print-limit 50 --log-file "$log" \
    node "$program" "$@" >"$output" 2>&1
  status=$?
  # The last line of a log sums up; of a tool that was ended, its reports are counted.
  reports=$(sed -n 's/.*SUMMARY: \([0-9][0-9]*\) .*/\1/p' "$log" 2>/dev/null | tail -n 1)
  if [ -z "$reports" ]; then
    reports=$(grep -c -E '========= (Invalid|Error|Uninitialized|Barrier error|Program hit|Race reported|Warning)' "$log" 2>/dev/null)
    reports=${reports:-0}
  fi
  case $status in
    0) ended="$(tail -n 1 "$output")" ;;
    124) ended="cut short; $(tail -n 1 "$output")" ;;
    *) ended="status $status; $(tail -n 1 "$output")" ;;
  esac
  printf '%-10s %8s %8s  %s\n' "$tool" "$reports" $(($(date +%s) - started)) "$ended"
  if [ "$reports" != 0 ]; then
    grep -m 5 -A 3 -E '========= (Invalid|Error|Uninitialized|Barrier error|Program hit|Race reported)' "$log"
    found=1
  fi
  if [ "$status" != 0 ] && [ "$status" != 124 ]; then found=1; fi
done
echo "logs: $logs"
exit $found
