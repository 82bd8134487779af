# Sets up a bare Linux machine with an NVIDIA GPU for the programs in bench/gpu, from a folder that `bench/gpu/pack.mjs` and
# NOTES.md describe. Nothing is installed but the Vulkan loader's libraries, and those only as root and where they are missing.
#
#   . bench/gpu/machine.sh FOLDER [TARGET]
#
# Exports PATH (Node), VK_DRIVER_FILES (where no driver is set up) and ESPALIER_GPU: the folder that holds the bundled programs
# beside a `node_modules` with `webgpu` and `koffi`, and `dist/espalier.js`.

folder=$1
export ESPALIER_GPU=${2:-/tmp/espalier-gpu}

mkdir -p "$ESPALIER_GPU/bin"
cp -R "$folder/node_modules" "$folder/dist" "$folder"/*.mjs "$ESPALIER_GPU/"
xz -dc "$folder/node.xz" >"$ESPALIER_GPU/bin/node"
if [ -e "$folder/dawn.node.xz" ]; then
  xz -dc "$folder/dawn.node.xz" >"$ESPALIER_GPU/node_modules/webgpu/dist/linux-x64/dawn.node"
fi
chmod +x "$ESPALIER_GPU/bin/node"
export PATH="$ESPALIER_GPU/bin:$PATH"

if ! ldconfig -p | grep 'libvulkan\.so\.1' >/dev/null && [ "$(id -u)" = 0 ]; then
  for package in "$folder"/debs/*.deb; do dpkg -x "$package" /; done
  ldconfig
fi

driver=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
if [ -z "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] && [ -e "$driver" ]; then export VK_DRIVER_FILES=$driver; fi
