#!/usr/bin/env bash
# A Slurm of one node, for tests: one_node.sh FOLDER [PROCESSORS]. Runs as root or as anybody, without
# systemd and cgroups, in FOLDER alone, on free ports of this machine's own address. Once FOLDER/ready is there,
# SLURM_CONF=FOLDER/slurm.conf makes the commands of Slurm talk to it. It ends, and all of it, when it gets
# SIGTERM or when whoever started it has gone. Exit code 77: Debian's packages are not installed.
set -euo pipefail

folder=$1 processors=${2:-2}
parent=$PPID

for program in munged slurmctld slurmd sbatch squeue scancel setpriv; do
  PATH=$PATH:/usr/sbin command -v "$program" >/dev/null && continue
  echo "$program is missing: install the packages of section [grade] in packages.txt" >&2
  exit 77
done

free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

configure() {
  mkdir -p "$folder"/{state,spool}
  head -c 1024 /dev/urandom >"$folder/munge.key"
  chmod 0600 "$folder/munge.key"
  chmod 0755 "$folder"
  : >"$folder/cgroup.conf"
  cat >"$folder/slurm.conf" <<END
ClusterName=one
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
MailProg=/bin/true
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1
MaxArraySize=100001
JobRequeue=1
KillWait=2
MinJobAge=10
ReturnToService=2
NodeName=one NodeAddr=127.0.0.1 NodeHostname=$(hostname -s) CPUs=$processors RealMemory=65536 State=UNKNOWN
PartitionName=all Nodes=one Default=YES MaxTime=60 State=UP
END
}

daemon() {  # goes when this shell does, however that ends
  setpriv --pdeathsig KILL "$@" </dev/null >>"$folder/${1##*/}.out" 2>&1 &
  daemons+=("$!")
}

stop() {
  trap - EXIT TERM INT HUP
  rm -f "$folder/ready"
  timeout 5 scancel --quiet --user="$(id -un)" 2>/dev/null || true
  for _ in {1..30}; do  # what runs a job outlives slurmd, so that it must end before
    pgrep -f "^slurmstepd: " >/dev/null || break
    sleep 0.1
  done
  kill "${daemons[@]}" 2>/dev/null || true
  wait
}

daemons=()
export SLURM_CONF=$folder/slurm.conf PATH=$PATH:/usr/sbin
configure
trap stop EXIT
trap 'exit 0' TERM INT HUP
daemon munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
  --pid-file="$folder/munged.pid" --seed-file="$folder/munged.seed" --log-file="$folder/munged.log"
for _ in {1..100}; do
  [[ ! -S $folder/munge.socket ]] || break
  sleep 0.05
done
daemon slurmctld -D -L "$folder/slurmctld.log"
daemon slurmd -D -N one -L "$folder/slurmd.log"
for _ in {1..300}; do
  [[ $(sinfo --noheader --format=%t 2>/dev/null) != idle ]] || { touch "$folder/ready"; break; }
  sleep 0.1
done
while [[ -e $folder/ready ]] && kill -0 "$parent" "${daemons[@]}" 2>/dev/null; do
  sleep 0.2
done
