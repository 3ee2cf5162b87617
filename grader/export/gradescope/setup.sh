#!/usr/bin/env bash
# Gradescope runs this once, as root, when its image is built: packages, and a build of the course.
set -euo pipefail
cd "${QKOAN_AUTOGRADER:-/autograder}/source/course"

apt-get update
CI=true ./qkoan list  # installs the packages that it needs, and builds the tool
mapfile -t targets <../targets
cmake --build build --target "${targets[@]}"
chmod -R a+rX .  # compilers and students' programs run as nobody
