#!/bin/bash
# Runs on a lab host as root, and brings it to one stage of the demonstration:
#
#     shared     three tenants' containers, and one of the web shop's with the engine's socket in it
#     closed     the same, and that socket taken away again
#     machines   the containers gone, a virtual machine for each tenant
#
# Everything runs /bin/sleep or firmware without a system: what matters is how it is enclosed.
set -eu

stage=$1
image=demo/base:1
limits="--memory 64m --memory-swap 64m --pids-limit 64 --cpus 0.2"
common="$limits --security-opt no-new-privileges --cap-drop ALL --read-only --user 1000:1000"

prepare() {
    docker image inspect $image >/dev/null 2>&1 && return
    tree=$(mktemp -d)
    mkdir -p "$tree"/bin "$tree"/etc "$tree"/proc "$tree"/sys "$tree"/dev "$tree"/tmp "$tree"/run
    cp /bin/busybox "$tree/bin/"
    ln -s busybox "$tree/bin/sleep"
    tar -C "$tree" -cf - . | docker import - $image >/dev/null
    rm -rf "$tree"
    for tenant in bank clinic web-shop; do
        docker network create --label "isoscope.tenant=$tenant" "$tenant" >/dev/null
    done
}

container() { # NAME TENANT OPTION ...
    name=$1 tenant=$2
    shift 2
    docker rm -f "$name" >/dev/null 2>&1 || true
    docker run -d --name "$name" --hostname "$name" --network "$tenant" \
        --label "isoscope.tenant=$tenant" "$@" $image /bin/sleep 1000000 >/dev/null
}

machine() { # NAME TENANT
    virsh -q destroy "$1" 2>/dev/null || true
    cat >"/tmp/$1.xml" <<F
<domain type='qemu'>
  <name>$1</name>
  <metadata>
    <isoscope:tenant xmlns:isoscope="https://isoscope.dev/libvirt">$2</isoscope:tenant>
  </metadata>
  <memory unit='MiB'>64</memory>
  <memoryBacking><nosharepages/></memoryBacking>
  <cputune><period>100000</period><quota>20000</quota></cputune>
  <memtune><hard_limit unit='MiB'>1024</hard_limit></memtune>
  <vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/><apic/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/var/lib/libvirt/images/$1.qcow2'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <serial type='null'/>
  </devices>
</domain>
F
    qemu-img create -q -f qcow2 "/var/lib/libvirt/images/$1.qcow2" 64M
    virsh -q create "/tmp/$1.xml"
}

case $stage in
shared)
    prepare
    # shellcheck disable=SC2086
    {
        container bank-ledger bank $common
        container bank-payments bank $common
        container clinic-records clinic $common
        container clinic-portal clinic $common
        container shop-storefront web-shop $common
        container shop-build web-shop $limits --security-opt no-new-privileges \
            -v /var/run/docker.sock:/var/run/docker.sock
    }
    ;;
closed)
    # shellcheck disable=SC2086
    container shop-build web-shop $common
    ;;
machines)
    containers=$(docker ps -aq)
    # shellcheck disable=SC2086
    [ -z "$containers" ] || docker rm -f $containers >/dev/null
    systemctl start libvirtd
    until virsh -q list >/dev/null 2>&1; do sleep 1; done
    machine bank-vm bank
    machine clinic-vm clinic
    machine shop-vm web-shop
    ;;
*)
    echo "there is no stage $stage" >&2
    exit 2
    ;;
esac
