#!/usr/bin/env bash
# What a build of liao needs besides Rust: a C++ compiler, cmake, make, and libclang with its headers.
# On Debian and Ubuntu it installs what is missing (never a compiler or Rust, which people choose themselves);
# elsewhere it says what to type. With nothing missing it does nothing and says nothing.
set -euo pipefail

# The root under which libraries are looked for; tests point it elsewhere.
root="${LIAO_SETUP_ROOT:-}"

# The language of the messages: the system's; one set to nothing gets Chinese, any third language English.
case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in
  '' | C | C.* | POSIX | zh*) speaks_chinese=yes ;;
  *) speaks_chinese=no ;;
esac

say() { # CHINESE ENGLISH
  if [ "$speaks_chinese" = yes ]; then printf '%s\n' "$1" >&2; else printf '%s\n' "$2" >&2; fi
}

has() { # COMMAND...: any of them
  local command
  for command in "$@"; do
    if command -v "$command" >/dev/null 2>&1; then return 0; fi
  done
  return 1
}

exists() { # PATH...: any of them; globs that match nothing arrive as they are
  local path
  for path in "$@"; do
    if [ -e "$path" ]; then return 0; fi
  done
  return 1
}

# bindgen loads libclang while building, and libclang needs the headers that come with clang (stddef.h).
has_libclang() {
  if [ -n "${LIBCLANG_PATH:-}" ]; then return 0; fi
  case "$system" in
    Darwin)
      exists "$root"/Library/Developer/CommandLineTools/usr/lib/libclang.dylib \
        "$root"/Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib/libclang.dylib \
        "$root"/opt/homebrew/opt/llvm/lib/libclang.dylib "$root"/usr/local/opt/llvm/lib/libclang.dylib
      ;;
    MINGW* | MSYS* | CYGWIN*)
      exists "$root/c/Program Files/LLVM/bin/libclang.dll"
      ;;
    *)
      exists "$root"/usr/lib/llvm-*/lib/libclang.so* "$root"/usr/lib/llvm-*/lib/libclang-[0-9]*.so* \
        "$root"/usr/lib/*-linux-gnu*/libclang.so* "$root"/usr/lib/*-linux-gnu*/libclang-[0-9]*.so* \
        "$root"/usr/lib64/libclang.so* "$root"/usr/lib/libclang.so* "$root"/usr/local/lib/libclang.so* &&
        exists "$root"/usr/lib/llvm-*/lib/clang/*/include/stddef.h "$root"/usr/lib/clang/*/include/stddef.h \
          "$root"/usr/lib64/clang/*/include/stddef.h "$root"/usr/local/lib/clang/*/include/stddef.h
      ;;
  esac
}

# cmake writes files for make, unless it is told to write them for ninja.
has_make() {
  if has make gmake; then return 0; fi
  [ "${CMAKE_GENERATOR:-}" = Ninja ] && has ninja
}

# Sets `missing` to the Debian names of what has to be installed.
look() {
  missing=()
  has cmake || missing+=(cmake)
  case "$system" in
    MINGW* | MSYS* | CYGWIN*) ;; # MSVC brings its own
    *) has_make || missing+=(make) ;;
  esac
  has_libclang || missing+=(libclang-dev)
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

install_on_debian() {
  if [ "$(id -u)" -ne 0 ] && ! has sudo; then
    say "缺少 ${missing[*]}。请以 root 运行：apt-get update && apt-get install -y ${missing[*]}，然后再运行本脚本" \
      "Missing: ${missing[*]}. Run as root: apt-get update && apt-get install -y ${missing[*]}, then this script again"
    exit 1
  fi
  say "正在安装 ${missing[*]} ……" "Installing ${missing[*]} ..."
  local log
  log="$(mktemp)"
  if ! { as_root apt-get update -q && as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    rm -f "$log"
    say "安装没有成功（原因见上）。请检查网络和软件源，然后再运行本脚本" \
      "The installation failed (see above). Check the network and the package sources, then run this script again"
    exit 1
  fi
  rm -f "$log"
  look
  if [ "${#missing[@]}" -gt 0 ]; then
    say "装完后仍找不到 ${missing[*]}；若 libclang 在别处，请设 LIBCLANG_PATH 为它所在的目录" \
      "Installed, but still not found: ${missing[*]}; if libclang is elsewhere, set LIBCLANG_PATH to its directory"
    exit 1
  fi
}

system="$(uname -s)"

if ! has cargo; then
  if exists "${CARGO_HOME:-${HOME:-}/.cargo}/bin/cargo"; then
    say "装了 Rust，但 PATH 里没有 cargo。请运行：. \"${CARGO_HOME:-$HOME/.cargo}/env\"，再运行本脚本" \
      "Rust is installed, but cargo is not in PATH. Run: . \"${CARGO_HOME:-$HOME/.cargo}/env\", then run this script again"
  else
    say "找不到 cargo。请先装 Rust：见 https://rustup.rs（国内镜像见 https://rsproxy.cn），开一个新终端，再运行本脚本" \
      "cargo was not found. Install Rust first, see https://rustup.rs, open a new terminal, and run this script again"
  fi
  exit 1
fi

case "$system" in
  Darwin)
    compiler_zh='请运行：xcode-select --install'
    compiler_en='Run: xcode-select --install'
    ;;
  MINGW* | MSYS* | CYGWIN*)
    # MSVC is found through the registry and not in PATH; cargo says so itself where it is missing.
    compiler_zh=''
    compiler_en=''
    ;;
  *)
    compiler_zh='Debian/Ubuntu：apt-get install -y g++；Fedora：dnf install gcc-c++；Arch：pacman -S gcc'
    compiler_en='Debian/Ubuntu: apt-get install -y g++; Fedora: dnf install gcc-c++; Arch: pacman -S gcc'
    ;;
esac
if [ -n "$compiler_en" ] && [ -z "${CXX:-}" ] && ! has c++ g++ clang++; then
  say "找不到 C++ 编译器。$compiler_zh" "No C++ compiler was found. $compiler_en"
  exit 1
fi

look
if [ "${#missing[@]}" -eq 0 ]; then exit 0; fi

case "$system" in
  Linux)
    if has apt-get; then
      install_on_debian
      exit 0
    elif has dnf; then
      line='sudo dnf install -y cmake make clang-devel'
    elif has pacman; then
      line='sudo pacman -S --needed cmake make clang'
    elif has zypper; then
      line='sudo zypper install -y cmake make clang-devel'
    else
      say "缺少 ${missing[*]}（Debian 的包名）。请用本系统的包管理器安装 cmake、make 和 libclang，然后再运行本脚本" \
        "Missing: ${missing[*]} (Debian's names). Install cmake, make and libclang with this system's package manager, then run this script again"
      exit 1
    fi
    ;;
  Darwin) line='brew install cmake llvm' ;;
  MINGW* | MSYS* | CYGWIN*)
    line='winget install Kitware.CMake LLVM.LLVM && setx LIBCLANG_PATH "C:\Program Files\LLVM\bin"'
    ;;
  *)
    say "不认识的系统 $system：请安装 cmake、make 和 libclang，然后再运行本脚本" \
      "Unknown system $system: install cmake, make and libclang, then run this script again"
    exit 1
    ;;
esac
say "缺少 ${missing[*]}（Debian 的包名）。请运行：$line，开一个新终端，再运行本脚本" \
  "Missing: ${missing[*]} (Debian's names). Run: $line, open a new terminal, and run this script again"
exit 1
