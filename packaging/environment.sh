# shellcheck shell=sh
# What packaging/run, packaging/test and packaging/lock share: finding a Python, installing system
# packages, making .venv. Read with "." from the top of the checkout, under "set -eu". POSIX sh.
#
# A need is written "kind:name": what must be there, not which package has it. Tables of needs have
# one line each: the need, Debian's and Ubuntu's package for it and, where dnf cannot find it by
# the need itself, Fedora's.

# What Qt's libraries and its xcb plugin load (readelf -d), apart from the C++ runtime. What the
# Wayland plugin loads beyond this comes with every Wayland desktop; without it Qt takes xcb.
window_needs='
library:libEGL.so.1 libegl1
library:libGL.so.1 libgl1
library:libX11.so.6 libx11-6
library:libX11-xcb.so.1 libx11-xcb1
library:libdbus-1.so.3 libdbus-1-3
library:libfontconfig.so.1 libfontconfig1
library:libfreetype.so.6 libfreetype6
library:libglib-2.0.so.0 libglib2.0-0
library:libxcb-cursor.so.0 libxcb-cursor0
library:libxcb-icccm.so.4 libxcb-icccm4
library:libxcb-image.so.0 libxcb-image0
library:libxcb-keysyms.so.1 libxcb-keysyms1
library:libxcb-randr.so.0 libxcb-randr0
library:libxcb-render-util.so.0 libxcb-render-util0
library:libxcb-render.so.0 libxcb-render0
library:libxcb-shape.so.0 libxcb-shape0
library:libxcb-shm.so.0 libxcb-shm0
library:libxcb-sync.so.1 libxcb-sync1
library:libxcb-util.so.1 libxcb-util1
library:libxcb-xfixes.so.0 libxcb-xfixes0
library:libxcb-xkb.so.1 libxcb-xkb1
library:libxkbcommon-x11.so.0 libxkbcommon-x11-0
library:libxkbcommon.so.0 libxkbcommon0
'

# What libvirt-python is compiled with; it comes as source only.
compiler_needs='
command:gcc gcc
command:pkg-config pkg-config
file:/usr/include/stdio.h libc6-dev glibc-devel
header:libvirt libvirt-dev
'

# say SENTENCE: to standard error, since standard output belongs to the program that is started.
say() {
    printf 'isoscope: %s\n' "$*" >&2
    case $* in
    *"${log:-no log}"*) keep_log=yes ;;
    esac
}

# open_log: $log takes what the installers print. It stays only where a message names it.
open_log() {
    keep_log=no
    log=$(mktemp "${TMPDIR:-/tmp}/isoscope-install.XXXXXX")
    trap '[ "$keep_log" = yes ] || rm -f "$log"' EXIT
}

# stop SENTENCE: ends with EX_UNAVAILABLE of sysexits.h, which is no exit status of isoscope.
stop() {
    say "$*"
    exit 69
}

# has NEED
has() {
    case $1 in
    command:*) command -v "${1#*:}" || test -x "/usr/sbin/${1#*:}" ;;
    library:*) /sbin/ldconfig -p | grep "^[[:space:]]*${1#*:} " ;;
    header:*) pkg-config --exists "${1#*:}" ;;
    file:*) test -e "${1#*:}" ;;
    static:*) command -v "${1#*:}" && ! ldd "$(command -v "${1#*:}")" ;;
    python-module:*) "$python" -c "import ${1#*:}" ;;
    python-header:*) "$python" -c 'import pathlib, sys, sysconfig
sys.exit(not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists())' ;;
    esac >/dev/null 2>&1
}

# package NEED DEBIAN [FEDORA]: what to ask this machine's package manager for.
package() {
    if [ "$manager" = apt-get ]; then
        printf '%s\n' "$2" | tr , ' '
    elif [ -n "${3-}" ]; then
        printf '%s\n' "$3" | tr , ' '
    else # dnf finds packages by what they provide
        case $1 in
        command:* | static:*) printf '/usr/bin/%s\n' "${1#*:}" ;;
        library:*) printf '%s()(64bit)\n' "${1#*:}" ;;
        header:*) printf 'pkgconfig(%s)\n' "${1#*:}" ;;
        esac
    fi
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif [ -t 0 ]; then
        sudo "$@"
    else
        sudo -n "$@" # nobody is there to type a password
    fi
}

# install_packages PACKAGE...: through $manager. The services of the host assessed are not restarted.
install_packages() {
    if [ "$manager" = dnf ]; then
        as_root dnf install -y --setopt=install_weak_deps=False "$@" >>"$log" 2>&1
        return
    fi
    set -- as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
        apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
    "$@" >>"$log" 2>&1 && return
    # The lists of packages may be missing (a fresh image) or old.
    as_root apt-get -o DPkg::Lock::Timeout=300 update >>"$log" 2>&1 || return 1
    "$@" >>"$log" 2>&1
}

# provide PURPOSE NEEDS: installs what is missing of a table. Where that cannot be, $problem says
# why in one line.
provide() {
    manager=
    for candidate in apt-get dnf; do
        if [ -z "$manager" ] && command -v "$candidate" >/dev/null 2>&1; then
            manager=$candidate
        fi
    done
    lacking=
    packages=
    while read -r need debian fedora; do
        if [ -n "$need" ] && ! has "$need"; then
            lacking="$lacking ${need#*:}"
            packages="$packages $(package "$need" "$debian" "$fedora")"
        fi
    done <<EOF
$2
EOF
    [ -n "$lacking" ] || return 0
    if [ -z "$manager" ]; then
        problem="$1 needs$lacking, and this system has neither apt-get nor dnf to install it with"
        return 1
    fi
    by_hand="$manager install$packages"
    if [ "$(id -u)" -ne 0 ] && ! { command -v sudo >/dev/null 2>&1 && as_root true; } 2>/dev/null; then
        problem="$1 needs system packages, and installing them needs root; as root: $by_hand"
        return 1
    fi
    say "$1 needs system packages; installing:$packages"
    # shellcheck disable=SC2086 # a list
    if ! install_packages $packages; then
        problem="$1 needs system packages, and \"$by_hand\" failed ($(failure))"
        return 1
    fi
}

# failure: what the end of $log says, in a few words.
failure() {
    if grep -q -i -E 'resolution|resolv|unreachable|refused|NewConnection|timed out|Could not connect' "$log"; then
        printf 'no network? details in %s' "$log"
    else
        printf 'details in %s' "$log"
    fi
}

# find_python: sets $python to a Python of a version that every locked package supports
# (PySide6-Essentials ends before 3.15), one that can make virtual environments if there is one.
find_python() {
    python=
    for candidate in python3 python3.13 python3.12 python3.11 python3.14; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
            [ -n "$python" ] || python=$candidate
            if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
                python=$candidate
                return 0
            fi
        fi
    done
    [ -n "$python" ]
}

# require_python: finds or installs one, with what makes virtual environments.
require_python() {
    if ! find_python; then
        provide 'Isoscope (Python >= 3.11)' 'command:python3 python3,python3-venv python3' || stop "$problem"
        find_python || stop 'no Python from 3.11 to 3.14 was found, and none is called python3 here; install one (python3.12, for example) and start again'
    fi
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    provide 'the virtual environment (.venv)' "python-module:ensurepip python$version-venv python3" ||
        stop "$problem"
}

# fingerprint USE: changes when .venv has to.
fingerprint() {
    {
        pwd -P
        .venv/bin/python --version
        cat packaging/environment.sh pyproject.toml packaging/requirements/"$1".txt \
            packaging/requirements/libvirt.txt
    } 2>&1 | sha256sum
}

# is_ready USE: whether .venv has what run or test needs. Looks at files only.
is_ready() {
    [ -f ".venv/isoscope-$1" ] && [ "$(cat ".venv/isoscope-$1")" = "$(fingerprint "$1")" ]
}

locked_install() {
    .venv/bin/python -m pip install --disable-pip-version-check --no-input --retries 2 \
        --require-hashes "$@" >>"$log" 2>&1
}

# install_libvirt_python: Isoscope works without it, so nothing here ends the script.
install_libvirt_python() {
    if ! .venv/bin/python -c 'import libvirt' 2>/dev/null &&
        ! provide 'libvirt-python (virtual machines)' "$compiler_needs
python-header:Python.h python$version-dev pkgconfig(python-$version)"; then
        say "going on without libvirt-python: $problem"
    elif ! locked_install --no-deps --no-build-isolation -r packaging/requirements/libvirt.txt; then
        say "going on without libvirt-python: it did not install ($(failure))"
    fi
}

may_write() {
    [ -w "$1" ]
}

# linked FILE: what a link leads to, as far as this user may see.
linked() {
    readlink -m "$1" 2>/dev/null || printf '%s' "$1"
}

# make_environment USE: .venv with the locked packages of packaging/requirements/USE.txt and this
# checkout, editable.
make_environment() {
    case $(uname -m) in
    x86_64 | aarch64) ;;
    *) stop "the Python packages are locked for x86_64 and aarch64, and this is $(uname -m)" ;;
    esac
    may_write . || [ ! -e ".venv/isoscope-$1" ] || .venv/bin/python --version >/dev/null 2>&1 ||
        stop "$PWD/.venv is there, but $(id -un) may not start its Python, $(linked .venv/bin/python); \
make .venv anew as its owner with a Python that everybody may read (rm -rf .venv; PATH=/usr/bin:/bin \
packaging/run --version), or start a copy of this checkout that is your own"
    require_python
    may_write . || stop "cannot write to $PWD, where .venv has to be"
    if [ -e .venv/isoscope-checkout ] && [ "$(cat .venv/isoscope-checkout)" != "$(pwd -P)" ]; then
        rm -rf .venv # moved or copied: its scripts start the other one
    fi
    if ! .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        "$python" -m venv --clear .venv >>"$log" 2>&1 || stop "could not make .venv ($(failure))"
    fi
    pwd -P >.venv/isoscope-checkout
    say "installing the locked Python packages into .venv (about 100 MB to download, once)"
    locked_install --only-binary :all: -r "packaging/requirements/$1.txt" ||
        stop "could not install the Python packages ($(failure))"
    install_libvirt_python
    .venv/bin/python -m pip install --disable-pip-version-check --no-input --no-deps \
        --no-build-isolation --editable . >>"$log" 2>&1 ||
        stop "could not install Isoscope itself into .venv ($(failure))"
    fingerprint "$1" >".venv/isoscope-$1"
}

provide_window() {
    provide 'the window (Qt)' "$window_needs" || {
        say "going on without the window: $problem"
        return 1
    }
}

# prepare USE: .venv for run or test.
prepare() {
    is_ready "$1" || make_environment "$1"
}
